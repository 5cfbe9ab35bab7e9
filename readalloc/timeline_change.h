// SPDX-License-Identifier: GPL-3.0-or-later
// What the timeline does for each block that comes or goes: inline, as it takes little more than a call.
#ifndef READALLOC_TIMELINE_CHANGE_H
#define READALLOC_TIMELINE_CHANGE_H

#include "event.h"
#include "model.h"
#include "timeline.h"

// The slow half of timeline_changed: begins a point at the model's time.
void timeline_point_begin(struct timeline *timeline, const struct model *model);

// The same: notes that the charge has changed, the first time since the last state's end.
void timeline_charge_list(struct timeline *timeline, uint32_t charge, uint64_t least_bytes);

// The least bytes live before and after the change, but not while a realloc moves the block: it is there all the time.
static inline __attribute__((always_inline)) uint64_t
timeline_live_around(const struct block_change *change)
{
	uint64_t live = change->charge_bytes;
	switch (change->event->type) {
	case EVENT_REALLOC_FREE:
		return live + change->bytes;
	case EVENT_REALLOC:
		return UINT64_MAX;
	default:
		return change->is_release ? live : live - change->bytes;
	}
}

static inline __attribute__((always_inline)) void
timeline_charge_changed(struct timeline *timeline, const struct block_change *change)
{
	uint32_t i = change->charge;
	if (i >= timeline->n_charges || timeline->charges[i].turn != timeline->turn) {
		// What was live before is the end of the state before.
		bool is_freed = change->is_release && change->event->type != EVENT_REALLOC_FREE;
		timeline_charge_list(timeline, i,
				     is_freed ? timeline_live_around(change) : UINT64_MAX);
		return;
	}
	uint64_t bytes = timeline_live_around(change);
	struct timeline_charge *charge = &timeline->charges[i];
	charge->least_bytes = bytes < charge->least_bytes ? bytes : charge->least_bytes;
}

static inline __attribute__((always_inline)) void
timeline_changed(struct timeline *timeline, const struct model *model,
		 const struct block_change *change)
{
	uint64_t bytes = model->total.column[COST_live_bytes];
	struct timeline_point *last = timeline->last;
	// Most changes come at the time of the one before.
	if (last && last->time == model->last_time) {
		last->bytes = bytes;
		last->blocks = model->total.column[COST_live_blocks];
		if (bytes > last->most_bytes) {
			last->most_bytes = bytes;
			last->most_time = last->time;
		}
		last->least_bytes = bytes < last->least_bytes ? bytes : last->least_bytes;
	} else {
		timeline_point_begin(timeline, model);
	}
	timeline_charge_changed(timeline, change);
}

#endif
