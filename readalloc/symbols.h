// SPDX-License-Identifier: GPL-3.0-or-later
// Names for call sites: function, file and line, inlined callers, from the files of the root file system.
#ifndef READALLOC_SYMBOLS_H
#define READALLOC_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct rootfs;
struct site;
struct symbols;

// One source-level frame of a call site.
struct symbol {
	const char *function; // demangled; NULL unknown
	const char *file;     // NULL unknown
	uint32_t line;        // 0 unknown
};

// The frames of one call site, innermost first: frames[n - 1] is the function that holds the code,
// those before it were inlined into it. n is at least 1.
struct symbol_list {
	const struct symbol *frames;
	size_t n;
};

// `rootfs` is borrowed and outlives the result. `machine` is the stream's e_machine.
struct symbols *symbols_new(struct rootfs *rootfs, unsigned machine);
void symbols_free(struct symbols *symbols);

// The symbol of the call that returns to `site`. Resolved once and kept; strings live as long as `symbols`.
struct symbol_list symbols_find(struct symbols *symbols, const struct site *site);

#endif
