// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline of other charges, each made of any number of those there were.
#include "timeline_map.h"

#include <stdlib.h>
#include <string.h>

#include "snapshot.h"
#include "timeline.h"
#include "util.h"

struct mapping {
	struct timeline *to;
	const uint32_t *charge_of;
	// What each charge had last: those there were, and those there are.
	struct timeline_entry *before, *sums;
	uint64_t bytes, blocks; // live in all that are seen
};

static void entry_map(struct mapping *mapping, const struct timeline_entry *entry)
{
	uint32_t charge = mapping->charge_of[entry->charge];
	if (charge == CHARGE_HIDDEN) {
		return;
	}
	struct timeline_entry *before = &mapping->before[entry->charge];
	struct timeline_entry *sum = &mapping->sums[charge];
	mapping->bytes += entry->live_bytes - before->live_bytes;
	mapping->blocks += entry->live_blocks - before->live_blocks;
	sum->charge = charge;
	sum->live_bytes += entry->live_bytes - before->live_bytes;
	sum->live_blocks += entry->live_blocks - before->live_blocks;
	sum->total_bytes += entry->total_bytes - before->total_bytes;
	sum->total_blocks += entry->total_blocks - before->total_blocks;
	sum->temporary_blocks += entry->temporary_blocks - before->temporary_blocks;
	*before = *entry;
	mapping->to->entries[mapping->to->n_entries++] = *sum;
}

static void curve_map(struct mapping *mapping, size_t k)
{
	struct timeline *to = mapping->to;
	to->points[k] = (struct timeline_point){
		.time = to->states[k].time,
		.bytes = mapping->bytes,
		.blocks = mapping->blocks,
		.most_bytes = mapping->bytes,
		.most_time = to->states[k].time,
		.least_bytes = mapping->bytes,
	};
}

// One more than the greatest charge that there was.
static size_t charges_count(const struct timeline *timeline)
{
	size_t n = 0;
	for (size_t i = 0; i < timeline->n_entries; i++) {
		n = timeline->entries[i].charge < n ? n : timeline->entries[i].charge + (size_t)1;
	}
	return n;
}

struct timeline *timeline_map(const struct timeline *timeline, const uint32_t *charge_of,
			      bool is_whole)
{
	size_t n_charges = charges_count(timeline);
	struct timeline *to = timeline_new();
	struct mapping mapping = {
		.to = to,
		.charge_of = charge_of,
		.before = xcalloc(n_charges + 1, sizeof(*mapping.before)),
		.sums = xcalloc(n_charges + 1, sizeof(*mapping.sums)), // there are not more
	};
	to->entries_room = timeline->n_entries;
	to->entries = xcalloc(timeline->n_entries + 1, sizeof(*to->entries));
	to->n_states = timeline->n_states;
	to->state_shift = timeline->state_shift;
	to->point_shift = timeline->point_shift;
	memcpy(to->points, timeline->points, timeline->n_points * sizeof(*to->points));
	to->n_points = is_whole ? timeline->n_points : timeline->n_states;
	for (size_t k = 0; k < timeline->n_states; k++) {
		size_t n;
		const struct timeline_entry *entries = timeline_entries(timeline, k, &n);
		to->states[k].time = timeline->states[k].time;
		for (size_t i = 0; i < n; i++) {
			entry_map(&mapping, &entries[i]);
		}
		to->states[k].end = to->n_entries;
		if (!is_whole) {
			curve_map(&mapping, k);
		}
	}
	free(mapping.before);
	free(mapping.sums);
	return to;
}
