// SPDX-License-Identifier: GPL-3.0-or-later
// Names for call sites: function, file and line, inlined callers, from the files of the root file system.
#ifndef READALLOC_SYMBOLS_H
#define READALLOC_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call_edges;
struct rootfs;
struct site;
struct symbols;
struct module;
struct symbols_findings;

// What the files must have been built for. 0 in a field: unknown, anything fits.
struct symbols_target {
	unsigned machine;    // ELF e_machine
	unsigned word_size;  // 4 or 8
	unsigned byte_order; // enum wire_byte_order
};

// Source files below the directory `from` are shown as below `to`.
struct symbols_map {
	const char *from; // `from_size` bytes of it
	size_t from_size;
	const char *to;
};

// How names are shown.
struct symbols_style {
	bool keeps_mangled;       // functions as the linker has them
	struct symbols_map *maps; // the first that fits counts
	size_t n_maps;
};

// One source-level frame of a call site.
struct symbol {
	const char *function; // demangled unless it is to be kept; NULL unknown
	const char *file;     // NULL unknown
	uint32_t line;        // 0 unknown
	// The file the function begins in, where it is not `file` alone that decides (a function may hold
	// lines of several files); else the same as `file`. Together with `function` and the module it
	// identifies the function.
	const char *home;
	const char *linked; // the linker's name of the function; NULL unknown
};

// The frames of one call site, innermost first: frames[n - 1] is the function that holds the code,
// those before it were inlined into it. n is at least 1.
struct symbol_list {
	const struct symbol *frames;
	size_t n;
};

// `rootfs` is borrowed and outlives the result; NULL: no files, every symbol is unknown. A module whose
// file is missing or is not the one that ran costs one line on stderr, when its first symbol is asked for.
struct symbols *symbols_new(struct rootfs *rootfs, const struct symbols_target *target);
// `style` is borrowed and outlives `symbols`. Without it names are demangled and files are as they are.
void symbols_set_style(struct symbols *symbols, const struct symbols_style *style);
// Code that the process made at run time has the names that are left for perf in the target's /tmp.
void symbols_set_process(struct symbols *symbols, uint64_t pid);
void symbols_free(struct symbols *symbols);

// `base` is borrowed: it is asked about the sites that are marked as of a base.
void symbols_set_base(struct symbols *symbols, struct symbols *base);

// The symbol of the call that returns to `site`. Resolved once and kept; strings live as long as `symbols`.
struct symbol_list symbols_find(struct symbols *symbols, const struct site *site);

// What was asked of one module, or of code of no known file.
struct symbols_account {
	const struct module *module;             // NULL: no known file
	const struct symbols_findings *findings; // NULL: it has no file
	size_t n_sites, n_nameless;              // call sites; those without a function
	size_t n_lineless;                       // those with a function, but no line
};

// Hands over an account of each module that was asked for, and of code of no known file if there was any.
void symbols_account(const struct symbols *symbols,
		     void (*take)(void *context, const struct symbols_account *account),
		     void *context);

// Resolves all of `sites` module by module in the order of addresses, with one file open at a time: the
// way to ask for many. symbols_find then only looks up.
void symbols_prepare(struct symbols *symbols, const struct site *const *sites, size_t n);

// The check of call stacks by the same files. It lives as long as `symbols`.
struct call_edges *symbols_edges(struct symbols *symbols);

#endif
