// SPDX-License-Identifier: GPL-3.0-or-later
// What a function is known by in two runs, whose builds may spell its name in two ways.
//
// Compilers name an inlined function without its arguments and scopes, tell lambdas and template arguments apart each in its
// own way, and have variants of a function. So a function is known by itself (function_name_plain) and its source file, and
// by its whole name only where that tells it from others: both runs have that name, and no name of the same function in the
// same file lacks what the others have.
#ifndef READALLOC_DIFFERENCE_NAMES_H
#define READALLOC_DIFFERENCE_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct site;
struct snapshot;
struct symbol;
struct symbols;
struct text_store;

struct difference_names;

// Looks at all names of both runs. `texts` is borrowed, and has all texts that are handed out.
struct difference_names *difference_names_new(struct text_store *texts, const struct snapshot *now,
					      struct symbols *now_symbols,
					      const struct snapshot *base,
					      struct symbols *base_symbols);
void difference_names_free(struct difference_names *names);

// Whether only functions that hold code themselves count, and no files: the site's module has lines in one run alone, and
// with them inlined functions.
bool difference_names_is_bare(const struct difference_names *names, const struct site *site);

// What the function of a frame, which has a name, is known by: equal texts are equal pointers. `*file` becomes NULL if no
// file is known or `is_bare`.
const char *difference_names_of(const struct difference_names *names, const struct symbol *symbol,
				bool is_bare, const char **file);

#endif
