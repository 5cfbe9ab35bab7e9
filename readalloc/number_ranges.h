// SPDX-License-Identifier: GPL-3.0-or-later
// Ranges of numbers, the first of them kept, all counted.
#ifndef READALLOC_NUMBER_RANGES_H
#define READALLOC_NUMBER_RANGES_H

#include <stddef.h>
#include <stdint.h>

enum { NUMBER_RANGES_MAX = 20 };

struct number_ranges {
	struct number_range {
		uint64_t first, last;
	} list[NUMBER_RANGES_MAX];
	size_t n;
	uint64_t n_more; // ranges that are not in the list
};

// Adds the numbers from `first` to `last`.
void number_ranges_add(struct number_ranges *ranges, uint64_t first, uint64_t last);

// Takes a number out again. One that is in no range of the list stays where it may be.
void number_ranges_remove(struct number_ranges *ranges, uint64_t number);

#endif
