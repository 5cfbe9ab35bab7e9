// SPDX-License-Identifier: GPL-3.0-or-later
// The part of a run between two moments: which events belong to it.
//
// It begins with the first event that is at its `from`, and ends before the first one after that which is at its `to`.
#ifndef READALLOC_SLICE_H
#define READALLOC_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "moment.h"

struct slice_bounds {
	struct moment from, to; // MOMENT_NONE: the beginning, the end
};

enum { SLICE_TAGS_MAX = 8 };

struct slice {
	const struct slice_bounds *bounds; // borrowed
	enum slice_state {
		SLICE_BEFORE,
		SLICE_WITHIN,
		SLICE_AFTER,
		SLICE_REVERSED, // `to` was there when it would have begun
	} state;
	uint64_t time; // the greatest so far, microseconds
	uint64_t n_snapshots;
	uint64_t begin, end; // microseconds; `end` once it is known
	uint64_t next_seq;   // after the newest event
	uint64_t n_missing;  // numbers that did not come, within
	// The first different tags of the run, to be named where one is looked for in vain.
	char *tags[SLICE_TAGS_MAX];
	size_t n_tags;
	bool has_more_tags;
};

// Whether there are any bounds, so that there is a slice at all.
bool slice_is_wanted(const struct slice_bounds *bounds);

void slice_init(struct slice *slice, const struct slice_bounds *bounds);
void slice_free(struct slice *slice);

// Takes the next event in order and says where it is.
enum slice_state slice_pass(struct slice *slice, const struct event *event);

void slice_bounds_free(struct slice_bounds *bounds);

#endif
