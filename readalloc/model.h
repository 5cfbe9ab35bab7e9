// SPDX-License-Identifier: GPL-3.0-or-later
// What the events add up to: live blocks, costs of stacks, the peak.
#ifndef READALLOC_MODEL_H
#define READALLOC_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "index_table.h"
#include "live_table.h"
#include "mappings.h"
#include "memory_curve.h"
#include "misuse.h"
#include "modules.h"
#include "pools.h"
#include "snapshot.h"
#include "stacks.h"
#include "stray.h"
#include "watcher.h"

enum { MODEL_WATCHERS_MAX = 8 };

struct model {
	struct stacks stacks;
	struct modules modules;
	struct live_table live; // mappings too
	struct mappings mappings;
	struct charge *charges;
	// Of each charge: its peak columns hold what was live at the last peak only if it changed after that, that is if
	// this is the model's `epoch`; else they are to be read from its live columns.
	uint32_t *charge_epochs;
	size_t n_charges, charges_room;
	struct index_table charge_index;
	// Per thread of the stream: the last allocation, for temporary blocks.
	struct last_block {
		uint64_t addr; // 0: none, or already freed
		uint32_t seq;
	} * last_blocks;
	size_t n_last_blocks;
	struct cost total;
	// The same of each charge, NULL where all is recorded.
	struct variance total_variance, *variances;
	uint32_t epoch; // one more at each peak
	uint64_t peak_time, last_time;
	// What was live when the counting began anew, and what of that has been freed.
	uint64_t before_bytes, before_blocks, before_freed_bytes, before_freed_blocks;
	uint64_t n_events, n_failures, n_unknown_frees, n_missed_frees;
	uint64_t n_reported_lost;     // by LOST records
	uint64_t lost[WIRE_LOST_END]; // the same by enum wire_lost
	uint64_t next_seq;            // after the newest event
	uint64_t known_since;         // the first number since which none is missing
	uint64_t sure_since;          // the first number since which none is known to be lost
	bool has_exited;              // the program reached its normal end
	bool has_pauses; // allocations may be missing: recording was, or is, switched off
	bool is_partial; // they may at this moment: the process or some thread is paused
	bool is_paused;
	uint32_t n_paused_threads;
	// Mean bytes between two points of a sample, 0: all is recorded. To be set before the first event.
	uint64_t sampling;
	uint64_t
		elide_limit; // blocks that lived for so many events may be left out; 0: none is. Also to be set before
	uint64_t n_elided;  // events left out
	unsigned elide_end; // enum wire_elided: why none is any more
	struct misuses misuses;
	struct strays strays;
	struct pools pools;
	struct memory_curve memory;
	// What most reports need is not called as the other watchers are: it is a part of the loop over the events. NULL: not
	// wanted.
	struct census *census;
	struct timeline *timeline;
	struct watcher watchers[MODEL_WATCHERS_MAX];
	unsigned n_watchers;
	bool has_change_watchers; // any of them looks at changes
	// Whether an allocation counts; NULL: all do. A block that does not is live, but has no costs: its charge is
	// CHARGE_NONE.
	bool (*is_counted)(void *context, const struct event *event);
	void *counted_context;
};

void model_init(struct model *model);
void model_free(struct model *model);

// No event comes any more: frees what only events need, so that there is room for reports.
void model_close(struct model *model);

// From now on `watcher` is called; what its context points to must outlive the events.
void model_watch(struct model *model, const struct watcher *watcher);

// Applies the next event in order. `model` is a struct model.
void model_apply(struct model *model, const struct event *event);

// Applies the next `n` events, a few dozen at most: what they need is fetched for all of them beforehand.
void model_apply_all(struct model *model, const struct event *events, size_t n);

// Begins to count from here: what is live now does not count from now on, all numbers are 0. Watchers are not told.
void model_count_anew(struct model *model);

// For an archive: charge `i`, which is new, is found from now on.
void model_index_charge(struct model *model, uint32_t i);

// The costs of charge `i` at this moment, its peak columns brought up to date.
struct charge model_charge_at(const struct model *model, size_t i);

// Brings the peak columns of all charges up to date: `charges` then are the costs of this moment.
void model_settle(struct model *model);

#endif
