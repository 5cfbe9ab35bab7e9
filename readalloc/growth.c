// SPDX-License-Identifier: GPL-3.0-or-later
// Stacks whose live bytes rise all the time, by the timeline alone.
#include "growth.h"

#include <stdbool.h>
#include <stdlib.h>

#include "growth_container.h"
#include "growth_windows.h"
#include "timeline.h"
#include "util.h"

// The changes of some charges, those of one charge side by side and in the order of time.
struct series {
	const struct timeline *timeline;
	size_t n_charges;
	uint32_t *counts;  // of each charge; how many changes there are
	size_t begin, end; // charges whose changes are here
	struct growth_change *changes;
	size_t changes_size; // bytes of it
	uint32_t *first;     // of each charge that is here: the place of its changes
};

// A quarter of all changes at a time, within these limits.
enum { SERIES_MIN = 1 << 17, SERIES_MAX = 1 << 30 };

// Charges that have changed too seldom to grow have no room.
static size_t room_of(const struct series *series, size_t charge)
{
	return series->counts[charge] > GROWTH_STEPS_LEAST ? series->counts[charge] : 0;
}

static void series_init(struct series *series, const struct timeline *timeline, size_t n_charges)
{
	*series = (struct series){ .timeline = timeline, .n_charges = n_charges };
	series->counts = xcalloc(n_charges + 1, sizeof(*series->counts));
	struct entry_reader reader = timeline_read(timeline, 0, timeline->n_states);
	for (; entry_next(&reader); entry_skip(&reader)) {
		series->counts[reader.charge]++;
	}
}

static void changes_free(struct series *series)
{
	pages_free(series->changes, series->changes_size);
}

static void series_free(struct series *series)
{
	free(series->counts);
	changes_free(series);
	free(series->first);
}

// Puts the changes of the charges from `begin` up to `end` side by side.
static void series_fill(struct series *series)
{
	// Of a charge; filled, it is where those of the one after it begin.
	uint32_t *next = series->first + 1;
	for (size_t k = 0; k < series->timeline->n_states; k++) {
		struct entry_reader reader = timeline_read(series->timeline, k, k + 1);
		struct timeline_entry entry;
		while (entry_next(&reader)) {
			if (reader.charge < series->begin || reader.charge >= series->end ||
			    room_of(series, reader.charge) == 0) {
				entry_skip(&reader);
				continue;
			}
			entry_take(&reader, &entry);
			series->changes[next[entry.charge - series->begin]++] =
				(struct growth_change){ series->timeline->states[k].time,
							entry.live_bytes,
							entry.live_blocks,
							entry.total_bytes,
							entry.total_blocks,
							entry.live_bytes - entry.dip_bytes };
		}
	}
}

// Goes on to the next charges. False: there are none.
static bool series_advance(struct series *series)
{
	size_t most = series->timeline->entries.n / 4;
	size_t n = 0, charge = series->end;
	most = most < SERIES_MIN ? SERIES_MIN : most < SERIES_MAX ? most : SERIES_MAX;
	series->begin = series->end;
	while (charge < series->n_charges && n + room_of(series, charge) <= most) {
		n += room_of(series, charge++);
	}
	// One charge may have more than that.
	if (charge == series->begin && charge < series->n_charges) {
		n += room_of(series, charge++);
	}
	series->end = charge;
	if (series->end == series->begin) {
		return false;
	}
	changes_free(series);
	free(series->first);
	series->changes_size = n * sizeof(*series->changes);
	series->changes = pages_new(series->changes_size);
	series->first = xcalloc(series->end - series->begin + 2, sizeof(*series->first));
	uint32_t at = 0;
	for (size_t i = series->begin; i < series->end; i++) {
		series->first[i - series->begin + 1] = at;
		at += (uint32_t)room_of(series, i);
	}
	series_fill(series);
	return true;
}

// Whether the charge with these changes grows; fills in all but the charge.
static bool judge(struct growth *growth, const struct growth_change *changes, size_t n,
		  uint64_t begin, uint64_t end)
{
	if (n == 0) {
		return false;
	}
	size_t n_allocating = growth_allocating(changes, n);
	return growth_windows_judge(growth, changes, n_allocating, begin, end) ||
	       growth_container_judge(growth, changes, n, n_allocating, begin, end);
}

static int compare_slopes(const void *a, const void *b)
{
	const struct growth *one = a, *two = b;
	if (one->slope != two->slope) {
		return one->slope < two->slope ? 1 : -1;
	}
	return (one->charge > two->charge) - (one->charge < two->charge);
}

bool growth_can_tell(const struct timeline *timeline)
{
	return timeline->n_states >= GROWTH_CHANGES_LEAST;
}

struct growth *growth_find(const struct timeline *timeline, size_t n_charges, size_t *n)
{
	struct growth *found = NULL, growth;
	size_t room = 0;
	*n = 0;
	if (!growth_can_tell(timeline)) {
		return NULL;
	}
	uint64_t begin = timeline->states[0].time;
	uint64_t end = timeline->states[timeline->n_states - 1].time;
	struct series series;
	series_init(&series, timeline, n_charges);
	while (series_advance(&series)) {
		for (size_t i = series.begin; i < series.end; i++) {
			size_t n_changes = room_of(&series, i);
			const struct growth_change *changes =
				&series.changes[series.first[i - series.begin]];
			if (!judge(&growth, changes, n_changes, begin, end)) {
				continue;
			}
			if (*n == room) {
				room = grown_capacity(*n, 0);
				found = xrealloc(found, room, sizeof(*found));
			}
			growth.charge = (uint32_t)i;
			found[(*n)++] = growth;
		}
	}
	series_free(&series);
	if (*n != 0) {
		qsort(found, *n, sizeof(*found), compare_slopes);
	}
	return found;
}
