// SPDX-License-Identifier: GPL-3.0-or-later
// Stacks whose live bytes rise all the time, by the timeline alone.
#ifndef READALLOC_GROWTH_H
#define READALLOC_GROWTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct timeline;

// How a charge is judged. It is looked at from its first change to its last allocation, so that neither what is freed when
// the program ends nor how long it is idle before counts. That span is cut into GROWTH_WINDOWS equal windows; of each only
// the least live bytes at any moment count: what goes up and down is no growth, unless its lowest points rise; a realloc is no such moment. It grows if all of these
// hold:
// - It has changed in at least GROWTH_WINDOWS / 2 states, and its span is at least half of the timeline and ends in the
//   last quarter of what follows its start.
// - The Mann-Kendall test, corrected for ties, says of all windows and of those of the second half that they rise, each
//   with GROWTH_CONFIDENCE_LEAST. The lower of the two is the confidence: the probability that values in no order would
//   rise less than these do.
// - The second half rises by more than blocks that come and go at random may differ by, n of them at a time: 2.5 sqrt(2 n).
// - In the second half at least three windows are above the one before, in the last quarter at least two, and there the bytes
//   rise by at least an eighth of what a straight line would, and by a quarter of it where they rise by less than half of what
//   they did in the quarter before: start-up, and caches that have filled up, or are about to as what comes is found in them
//   ever more often, do not.
// Where the second half rises by less than 4/5 of what the first one did, it also must not look like what fills up:
// - Blocks that come as they did in the second half and go at the pace of the whole span, whatever their age, would come to
//   a mean number, and the second half rises no more than they would and chance may add, and that number is less than 4/3
//   of the last one.
// - The windows have the shape of what fills up (growth_shape.h), such as a cache of which ever more is there.
// Where it rises by less than two thirds, its confidence must be GROWTH_CONFIDENCE_SLOWING, which takes a rise from each window
// to the next.
// The slope is Theil's and Sen's: the median of those between any two windows.
enum { GROWTH_WINDOWS = 16, GROWTH_CHANGES_LEAST = GROWTH_WINDOWS / 2 };
#define GROWTH_CONFIDENCE_LEAST   0.99
#define GROWTH_CONFIDENCE_SLOWING 0.9995

struct growth {
	uint32_t charge;
	double slope;          // bytes per second
	double confidence;     // GROWTH_CONFIDENCE_LEAST to 1
	uint64_t since, until; // microseconds; the span
};

// By how many bytes the charge has grown in its span.
static inline double growth_bytes(const struct growth *growth)
{
	return growth->slope * (double)(growth->until - growth->since) / 1e6;
}

// The charges that grow, of the `n_charges` there are, those with the greatest slope first. The caller frees; NULL: none.
struct growth *growth_find(const struct timeline *timeline, size_t n_charges, size_t *n);

// Whether the timeline is long enough for growth to be seen.
bool growth_can_tell(const struct timeline *timeline);

#endif
