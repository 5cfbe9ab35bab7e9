// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown and what is not: conditions on stacks, threads, kinds, sizes, ages and lives.
#ifndef READALLOC_FILTER_H
#define READALLOC_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pattern.h"

struct site;
struct symbol_list;

// X(name, what): the keys, the word of each.
#define FILTER_KEY_LIST(X)                                                                         \
	X(FUNCTION, "function")                                                                    \
	X(FILE, "file")                                                                            \
	X(MODULE, "module")                                                                        \
	X(KIND, "kind")                                                                            \
	X(THREAD, "thread")                                                                        \
	X(SIZE, "size")                                                                            \
	X(AGE, "age")                                                                              \
	X(LIFE, "life")

enum filter_key {
#define X(name, word) FILTER_##name,
	FILTER_KEY_LIST(X)
#undef X
		N_FILTER_KEYS,
};

enum {
	FILTERS_MAX = 64,
	// Keys of which a charge tells all, and of which only an event does.
	FILTER_STACK_KEYS =
		1 << FILTER_FUNCTION | 1 << FILTER_FILE | 1 << FILTER_MODULE | 1 << FILTER_KIND,
	FILTER_EVENT_KEYS = 1 << FILTER_THREAD | 1 << FILTER_SIZE,
	// Those of live blocks alone (ages.h).
	FILTER_LIVE_KEYS = 1 << FILTER_AGE,
	// Those of released blocks alone (life_filter.h).
	FILTER_LIFE_KEYS = 1 << FILTER_LIFE,
};

struct filter {
	enum filter_key key;
	bool is_exclude;
	const char *text;       // as it was given
	struct pattern pattern; // of a name
	uint64_t least, most;   // of a size, or of an age or a life in microseconds
};

// Which filters match something is a set of bits, one for each.
struct filters {
	struct filter list[FILTERS_MAX];
	size_t n;
};

// Adds the filter KEY=PATTERN, or of a size, an age or a life KEY=N, <, <=, > or >=; `text` is borrowed. False, after having
// said why: it is none. The line names `option`.
bool filters_add(struct filters *filters, const char *option, const char *text, bool is_exclude);
void filters_free(struct filters *filters);

// Whether there is any of these keys (1 << key).
bool filters_have(const struct filters *filters, unsigned keys);

// The filters that match one of the frames of a call site.
uint64_t filters_of_site(const struct filters *filters, const struct site *site,
			 struct symbol_list symbols);

// The filters of `key` that match `text`.
uint64_t filters_of_text(const struct filters *filters, enum filter_key key, const char *text);

// The filters of `key`, which is that of sizes, ages or lives, that match the number.
uint64_t filters_of_number(const struct filters *filters, enum filter_key key, uint64_t number);

// Whether what `bits` match is to be shown, as far as `keys` tell: of each key that has includes one matches, of sizes,
// ages and lives all, and no exclude.
bool filters_pass(const struct filters *filters, uint64_t bits, unsigned keys);

#endif
