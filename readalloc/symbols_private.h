// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of struct symbols, for symbols.c and symbols_many.c.
#ifndef READALLOC_SYMBOLS_PRIVATE_H
#define READALLOC_SYMBOLS_PRIVATE_H

#include "elf_linkage.h"
#include "index_table.h"
#include "symbols.h"
#include "symbols_file.h"

// A module something was asked of.
struct source {
	const struct module *module;
	struct symbols_file file;
	bool is_open;
	bool has_spoken; // what is wrong with its files was said
	struct symbols_findings findings;
	struct elf_linkage linkage; // once asked for
	bool has_linkage;
};

// A call site that is resolved.
struct answer {
	const struct module *module;
	uint64_t offset;
	bool is_exact;
	bool is_special;       // named, though no function of a file is there
	struct symbol *frames; // owned
	size_t n;
};

// The file a function begins in.
struct home {
	const struct module *module;
	uint64_t address;
	const char *file;
};

struct symbols {
	struct symbols *base; // knows the sites that are marked as of a base; NULL: there are none
	const struct rootfs *rootfs;
	struct symbols_target target;
	const struct symbols_style *style;
	struct text_store *texts;
	struct source *sources;
	size_t n_sources;
	struct index_table by_module;
	struct answer *answers;
	size_t n_answers, answers_capacity;
	struct index_table by_site;
	struct home *homes;
	size_t n_homes, homes_capacity;
	struct index_table by_function;
	struct call_edges *edges; // once asked for
	struct jit_map *jit;      // NULL: there is none
};

// The source form where the name is mangled; else NULL.
const char *symbols_demangled(struct symbols *symbols, const char *name);

// The address of the site's code, which tells of the call that returns there. The module's file is open.
uint64_t symbols_code(const struct symbols *symbols, const struct source *source,
		      const struct site *site);

// A name for a site where no function of a file is; NULL: none. Lives as long as `symbols`.
const char *symbols_special(struct symbols *symbols, const struct site *site);

// The source of the module's names.
struct source *symbols_source(struct symbols *symbols, const struct module *module);
struct symbols *symbols_owner(struct symbols *symbols, const struct site *site);
void symbols_source_close(struct source *source);

#endif
