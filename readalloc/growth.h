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
//
// A container that doubles its block when it is full takes ever fewer steps, too few for windows, and so does an arena whose
// every part is as large as all before. It grows if all of these hold, looking back from its last step as far as the charge had
// no more bytes and no more blocks the further back, and nothing was freed before more was there:
// - That time, up to the timeline's end, is at least half of the timeline and GROWTH_STEPS_TIME_LEAST. It rose at
//   GROWTH_STEPS_LEAST moments at least; the confidence is the probability that so many sizes in no order would not all rise.
// - The size has followed the time since the beginning, as a power of 3/4 or more both since it was half of what it is, and since
//   it was an eighth; of 3 or less since then: what gets to its size at one time is a buffer that has met its largest use.
// - There were no more allocations than containers take that grow by 5 % at least, eight of them side by side: what
//   allocates all the time, and keeps something of it now and then, takes no steps.
// - The next step is not overdue yet: with the ratio of the last one, but 2 at most, and that power.
// So what is filled in the first part of a run and kept is no growth; a program that does nothing but fill one container for all
// its time looks the same as one that grows without bound.
enum {
	GROWTH_WINDOWS = 16,
	GROWTH_CHANGES_LEAST = GROWTH_WINDOWS / 2,
	GROWTH_STEPS_LEAST = 4,
	GROWTH_STEPS_TIME_LEAST = 1000000, // microseconds
};

#define GROWTH_CONFIDENCE_LEAST   0.99
#define GROWTH_CONFIDENCE_SLOWING 0.9995

struct growth {
	uint32_t charge;
	double slope;          // bytes per second
	double confidence;     // GROWTH_CONFIDENCE_LEAST to 1
	uint64_t since, until; // microseconds; the span
	// Of steps as a container has them: their number, and the bytes before and after; 0: it is none.
	double steps, from_bytes, to_bytes;
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
