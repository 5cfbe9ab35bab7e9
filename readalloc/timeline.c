// SPDX-License-Identifier: GPL-3.0-or-later
// The heap over time: live bytes in fine steps, the costs of each charge in coarser ones.
#include "timeline.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "model.h"
#include "timeline_change.h"
#include "timeline_join.h"
#include "util.h"

enum { SHIFT_FIRST = 10 }; // about a millisecond

struct timeline *timeline_new(void)
{
	struct timeline *timeline = xcalloc(1, sizeof(*timeline));
	timeline->points = xcalloc(TIMELINE_POINTS_MAX, sizeof(*timeline->points));
	timeline->states = xcalloc(TIMELINE_STATES_MAX, sizeof(*timeline->states));
	timeline->point_shift = timeline->state_shift = SHIFT_FIRST;
	timeline->turn = 1;
	return timeline;
}

void timeline_free(struct timeline *timeline)
{
	if (timeline) {
		free(timeline->points);
		free(timeline->states);
		entry_list_free(&timeline->entries);
		free(timeline->changed);
		free(timeline->charges);
		free(timeline);
	}
}

size_t timeline_memory(const struct timeline *timeline)
{
	return TIMELINE_POINTS_MAX * sizeof(*timeline->points) +
	       TIMELINE_STATES_MAX * sizeof(*timeline->states) + timeline->entries.room +
	       timeline->changed_room * sizeof(*timeline->changed) +
	       timeline->n_charges * sizeof(*timeline->charges);
}

static void point_join(struct timeline_point *into, const struct timeline_point *later)
{
	if (later->most_bytes > into->most_bytes) {
		into->most_bytes = later->most_bytes;
		into->most_time = later->most_time;
	}
	if (later->least_bytes < into->least_bytes) {
		into->least_bytes = later->least_bytes;
	}
	into->time = later->time;
	into->bytes = later->bytes;
	into->blocks = later->blocks;
}

static void points_halve(struct timeline *timeline)
{
	size_t n = 0;
	timeline->point_shift++;
	for (size_t i = 0; i < timeline->n_points; i++) {
		struct timeline_point point = timeline->points[i];
		if (n > 0 && timeline->points[n - 1].time >> timeline->point_shift ==
				     point.time >> timeline->point_shift) {
			point_join(&timeline->points[n - 1], &point);
		} else {
			timeline->points[n++] = point;
		}
	}
	timeline->n_points = n;
}

static void point_add(struct timeline *timeline, const struct timeline_point *point)
{
	for (;;) {
		size_t n = timeline->n_points;
		if (n > 0 && timeline->points[n - 1].time >> timeline->point_shift ==
				     point->time >> timeline->point_shift) {
			point_join(&timeline->points[n - 1], point);
			return;
		}
		if (n < TIMELINE_POINTS_MAX) {
			timeline->points[timeline->n_points++] = *point;
			return;
		}
		points_halve(timeline);
	}
}

static struct entry_place begin_of(const struct timeline *timeline, size_t k)
{
	return k == 0 ? (struct entry_place){ 0 } : timeline->states[k - 1].end;
}

static void states_halve(struct timeline *timeline)
{
	size_t n = 0;
	struct entry_place begin = { 0 }, to = { 0 };
	uint32_t *last = xcalloc(timeline->n_charges, sizeof(*last));
	timeline->state_shift++;
	for (size_t i = 0; i < timeline->n_states;) {
		struct timeline_state state = timeline->states[i];
		uint64_t number = state.time >> timeline->state_shift;
		for (i++; i < timeline->n_states &&
			  timeline->states[i].time >> timeline->state_shift == number;
		     i++) {
			state = timeline->states[i];
		}
		timeline_join(&timeline->entries, begin, state.end, &to, last);
		begin = state.end;
		state.end = to;
		timeline->states[n++] = state;
	}
	free(last);
	timeline->n_states = n;
	entry_list_cut(&timeline->entries, to);
}

static bool has_too_many_entries(const struct timeline *timeline, size_t n_charges)
{
	return timeline->entries.n > TIMELINE_ENTRIES_FREE &&
	       timeline->entries.n / TIMELINE_ENTRIES_SHARE > n_charges;
}

static struct timeline_state *state_under_way(struct timeline *timeline, uint64_t time)
{
	for (;;) {
		size_t n = timeline->n_states;
		if (n > 0 && timeline->states[n - 1].time >> timeline->state_shift ==
				     time >> timeline->state_shift) {
			return &timeline->states[n - 1];
		}
		if (n < TIMELINE_STATES_MAX) {
			return &timeline->states[timeline->n_states++];
		}
		states_halve(timeline);
	}
}

// From now on no charge has changed.
static void turn_begin(struct timeline *timeline)
{
	timeline->turn++;
	if (timeline->turn == 0) {
		// The numbers have come round.
		memset(timeline->charges, 0, timeline->n_charges * sizeof(*timeline->charges));
		timeline->turn = 1;
	}
}

// Writes down what has changed.
static void changes_settle(struct timeline *timeline, const struct model *model)
{
	struct timeline_state *state = state_under_way(timeline, model->last_time);
	for (size_t i = 0; i < timeline->n_changed; i++) {
		uint32_t charge = timeline->changed[i];
		const uint64_t *column = model->charges[charge].cost.column;
		uint64_t live = column[COST_live_bytes];
		uint64_t least = timeline->charges[charge].least_bytes;
		const struct timeline_entry entry = {
			.charge = charge,
			.live_bytes = live,
			.live_blocks = column[COST_live_blocks],
			.total_bytes = column[COST_total_bytes],
			.total_blocks = column[COST_total_blocks],
			.temporary_blocks = column[COST_temporary_blocks],
			.dip_bytes = least < live ? live - least : 0,
		};
		entry_list_add(&timeline->entries, &entry);
	}
	*state = (struct timeline_state){ model->last_time, entry_list_end(&timeline->entries) };
	timeline->n_changed = 0;
	turn_begin(timeline);
	while (has_too_many_entries(timeline, model->n_charges) && timeline->n_states > 1) {
		states_halve(timeline);
	}
}

void timeline_point_begin(struct timeline *timeline, const struct model *model)
{
	uint64_t bytes = model->total.column[COST_live_bytes];
	point_add(timeline, &(struct timeline_point){
				    .time = model->last_time,
				    .bytes = bytes,
				    .blocks = model->total.column[COST_live_blocks],
				    .most_bytes = bytes,
				    .most_time = model->last_time,
				    .least_bytes = bytes,
			    });
	timeline->last = &timeline->points[timeline->n_points - 1];
}

void timeline_charge_list(struct timeline *timeline, uint32_t charge, uint64_t least_bytes)
{
	if (charge >= timeline->n_charges) {
		size_t n = grown_densely(timeline->n_charges, (size_t)charge + 1);
		timeline->charges = xrealloc(timeline->charges, n, sizeof(*timeline->charges));
		memset(&timeline->charges[timeline->n_charges], 0,
		       (n - timeline->n_charges) * sizeof(*timeline->charges));
		timeline->n_charges = n;
	}
	if (timeline->n_changed == timeline->changed_room) {
		timeline->changed_room = grown_capacity(timeline->changed_room, 0);
		timeline->changed = xrealloc(timeline->changed, timeline->changed_room,
					     sizeof(*timeline->changed));
	}
	timeline->changed[timeline->n_changed++] = charge;
	timeline->charges[charge] = (struct timeline_charge){ least_bytes, timeline->turn };
}

static void time_moves(void *context, const struct model *model, uint64_t time)
{
	struct timeline *timeline = context;
	if (timeline->n_changed > 0 &&
	    time >> timeline->state_shift != model->last_time >> timeline->state_shift) {
		changes_settle(timeline, model);
	}
}

void timeline_watch(struct timeline *timeline, struct model *model)
{
	struct watcher watcher = { .context = timeline, .time_moves = time_moves };
	model->timeline = timeline;
	model_watch(model, &watcher);
}

void timeline_settle(struct timeline *timeline, const struct model *model)
{
	if (timeline->n_changed > 0) {
		changes_settle(timeline, model);
	}
}

struct entry_reader timeline_read(const struct timeline *timeline, size_t k, size_t end)
{
	return entry_list_read(&timeline->entries, begin_of(timeline, k), begin_of(timeline, end));
}

void timeline_live_at(const struct timeline *timeline, size_t k, uint64_t *bytes, size_t n)
{
	memset(bytes, 0, n * sizeof(*bytes));
	struct entry_reader reader = timeline_read(timeline, 0, k + 1);
	struct timeline_entry entry;
	while (entry_read(&reader, &entry)) {
		bytes[entry.charge] = entry.live_bytes;
	}
}
