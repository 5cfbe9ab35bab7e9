// SPDX-License-Identifier: GPL-3.0-or-later
// Ranges of numbers, the first of them kept, all counted.
#include "number_ranges.h"

#include <string.h>

void number_ranges_add(struct number_ranges *ranges, uint64_t first, uint64_t last)
{
	if (ranges->n == NUMBER_RANGES_MAX) {
		ranges->n_more++;
		return;
	}
	ranges->list[ranges->n++] = (struct number_range){ first, last };
}

static void range_delete(struct number_ranges *ranges, size_t i)
{
	ranges->n--;
	memmove(&ranges->list[i], &ranges->list[i + 1], (ranges->n - i) * sizeof(ranges->list[0]));
}

// Makes two ranges of one: without `number`, which is inside.
static void range_split(struct number_ranges *ranges, size_t i, uint64_t number)
{
	struct number_range upper = { number + 1, ranges->list[i].last };
	ranges->list[i].last = number - 1;
	if (ranges->n == NUMBER_RANGES_MAX) {
		ranges->n_more++;
		if (i == ranges->n - 1) {
			return;
		}
		ranges->n--;
	}
	memmove(&ranges->list[i + 2], &ranges->list[i + 1],
		(ranges->n - i - 1) * sizeof(ranges->list[0]));
	ranges->list[i + 1] = upper;
	ranges->n++;
}

void number_ranges_remove(struct number_ranges *ranges, uint64_t number)
{
	for (size_t i = 0; i < ranges->n; i++) {
		struct number_range *range = &ranges->list[i];
		if (number < range->first || number > range->last) {
			continue;
		}
		if (range->first == range->last) {
			range_delete(ranges, i);
		} else if (number == range->first) {
			range->first++;
		} else if (number == range->last) {
			range->last--;
		} else {
			range_split(ranges, i, number);
		}
		return;
	}
}
