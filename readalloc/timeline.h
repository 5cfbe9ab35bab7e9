// SPDX-License-Identifier: GPL-3.0-or-later
// The heap over time: live bytes in fine steps, the costs of each charge in coarser ones.
#ifndef READALLOC_TIMELINE_H
#define READALLOC_TIMELINE_H

#include <stddef.h>
#include <stdint.h>

#include "timeline_entries.h"
#include "watcher.h"

// Steps begin small. Once there are too many they are made twice as long and joined by twos, so a run of any length has at
// least half of the greatest number and no information about the peak is lost.
enum {
	TIMELINE_POINTS_MAX = 1024,
	TIMELINE_STATES_MAX = 128,
};

// A step of the curve in which blocks came or went; between two points nothing changed.
struct timeline_point {
	uint64_t time;                  // microseconds; of the last change
	uint64_t bytes, blocks;         // live after that
	uint64_t most_bytes, most_time; // the greatest value within the step, and when it was first
	uint64_t least_bytes;
};

// The end of a coarse step: what changed within it. Charges without an entry are as at the end of the state before,
// nothing before the first one.
struct timeline_state {
	uint64_t time;          // microseconds; of the last change
	struct entry_place end; // of its entries, which begin where those of the state before end
};

struct timeline {
	struct timeline_point *points;
	size_t n_points;
	struct timeline_point *last; // NULL: none yet
	unsigned point_shift;        // a step is so many powers of two of microseconds
	struct timeline_state *states;
	size_t n_states;
	unsigned state_shift;
	// The entries of all states. A charge may have several within one: the last one holds.
	struct entry_list entries;
	// The charges that have changed since the end of the last state, which began turn `turn`.
	uint32_t *changed;
	size_t n_changed, changed_room;
	uint32_t turn;
	// Of a charge that has changed in this turn: what was live between two changes, but amid a realloc, at least;
	// UINT64_MAX: nothing yet.
	struct timeline_charge {
		uint64_t least_bytes;
		uint32_t turn; // in which it changed last; 0: in none
	} * charges;
	size_t n_charges;
};

// Memory: entries number at most TIMELINE_ENTRIES_FREE, or TIMELINE_ENTRIES_SHARE for each charge where that is more; a
// dozen bytes each.
enum { TIMELINE_ENTRIES_FREE = 1 << 20, TIMELINE_ENTRIES_SHARE = 8 };

struct timeline *timeline_new(void);
void timeline_free(struct timeline *timeline);
size_t timeline_memory(const struct timeline *timeline);

// From now on the timeline watches `model`.
void timeline_watch(struct timeline *timeline, struct model *model);

// Ends the state under way at this moment, so that the last state holds the model's costs. Changes may go on to come.
void timeline_settle(struct timeline *timeline, const struct model *model);

// Reads the entries of the states from `k` on, but not from `end` on.
struct entry_reader timeline_read(const struct timeline *timeline, size_t k, size_t end);

// The live bytes of each charge at the end of state `k` into `bytes` (of `n` charges, those the snapshot has).
void timeline_live_at(const struct timeline *timeline, size_t k, uint64_t *bytes, size_t n);

#endif
