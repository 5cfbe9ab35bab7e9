// SPDX-License-Identifier: GPL-3.0-or-later
// Name compression of callgrind files: a text is written in full once and by its number from then on.
#ifndef READALLOC_CALLGRIND_NAMES_H
#define READALLOC_CALLGRIND_NAMES_H

#include "index_table.h"

#include <stdio.h>

struct profile_function;

// The numbers of one kind of names; zeroed memory has none.
struct callgrind_names {
	const void **keys; // key of number i + 1
	size_t n, capacity;
	struct index_table by_key;
};

void callgrind_names_free(struct callgrind_names *names);

// Writes `KEYWORD=(NUMBER) TEXT`, without the text where it was written before. Equal pointers are equal
// texts.
void callgrind_names_write(struct callgrind_names *names, FILE *out, const char *keyword,
			   const char *text);

// The same for a function; behind its name stands 'LEVEL where it is not 1.
void callgrind_names_write_function(struct callgrind_names *names, FILE *out, const char *keyword,
				    const struct profile_function *function);

#endif
