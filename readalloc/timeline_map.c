// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline of other charges, each made of any number of those there were.
#include "timeline_map.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"
#include "timeline.h"
#include "util.h"

// The charges that have several entries, numbered: most have one, and nothing is to be known of them once it has come.
struct repeated {
	uint64_t *bits;
	size_t *before; // charges in the words before
	size_t n;
};

enum { WORD_BITS = 64 };

// One more than the greatest charge that there was.
static size_t charges_count(const struct timeline *timeline)
{
	size_t n = 0;
	struct entry_reader reader = timeline_read(timeline, 0, timeline->n_states);
	while (entry_next(&reader)) {
		n = reader.charge < n ? n : reader.charge + (size_t)1;
		entry_skip(&reader);
	}
	return n;
}

// Of the `n` charges that there are; with `charge_of` those that they are part of.
static void repeated_init(struct repeated *repeated, const struct timeline *timeline, size_t n,
			  const uint32_t *charge_of)
{
	size_t n_words = n / WORD_BITS + 1;
	uint64_t *once = xcalloc(n_words, sizeof(*once));
	repeated->bits = xcalloc(n_words, sizeof(*repeated->bits));
	repeated->before = xcalloc(n_words, sizeof(*repeated->before));
	repeated->n = 0;
	struct entry_reader reader = timeline_read(timeline, 0, timeline->n_states);
	for (; entry_next(&reader); entry_skip(&reader)) {
		uint32_t charge = charge_of ? charge_of[reader.charge] : reader.charge;
		if (charge != CHARGE_HIDDEN) {
			uint64_t bit = (uint64_t)1 << charge % WORD_BITS;
			repeated->bits[charge / WORD_BITS] |= once[charge / WORD_BITS] & bit;
			once[charge / WORD_BITS] |= bit;
		}
	}
	for (size_t i = 0; i < n_words; i++) {
		repeated->before[i] = repeated->n;
		repeated->n += (size_t)__builtin_popcountll(repeated->bits[i]);
	}
	free(once);
}

static void repeated_free(struct repeated *repeated)
{
	free(repeated->bits);
	free(repeated->before);
}

// The number of the charge; false: it has one entry.
static bool repeated_find(const struct repeated *repeated, uint32_t charge, size_t *number)
{
	uint64_t word = repeated->bits[charge / WORD_BITS] >> charge % WORD_BITS;
	uint64_t below =
		repeated->bits[charge / WORD_BITS] & (((uint64_t)1 << charge % WORD_BITS) - 1);
	*number = repeated->before[charge / WORD_BITS] + (size_t)__builtin_popcountll(below);
	return word & 1;
}

struct mapping {
	struct timeline *to;
	const uint32_t *charge_of;
	// What each charge with several entries had last: those there were, and those there are.
	struct repeated repeated, repeated_sums;
	struct timeline_entry *before, *sums;
	// Of these sums those that have changed in the state under way.
	size_t *touched, n_touched;
	bool *is_touched;
	uint64_t bytes, blocks; // live in all that are seen
};

static void sum_add(struct timeline_entry *sum, const struct timeline_entry *entry,
		    const struct timeline_entry *before)
{
	sum->live_bytes += entry->live_bytes - before->live_bytes;
	sum->live_blocks += entry->live_blocks - before->live_blocks;
	sum->total_bytes += entry->total_bytes - before->total_bytes;
	sum->total_blocks += entry->total_blocks - before->total_blocks;
	sum->temporary_blocks += entry->temporary_blocks - before->temporary_blocks;
	sum->dip_bytes += entry->dip_bytes; // they may have been all at once
}

static void entry_map(struct mapping *mapping, const struct timeline_entry *entry)
{
	static const struct timeline_entry nothing;
	uint32_t charge = mapping->charge_of[entry->charge];
	if (charge == CHARGE_HIDDEN) {
		return;
	}
	size_t number, sum_number;
	struct timeline_entry *before = repeated_find(&mapping->repeated, entry->charge, &number)
						? &mapping->before[number]
						: NULL;
	const struct timeline_entry *was = before ? before : &nothing;
	mapping->bytes += entry->live_bytes - was->live_bytes;
	mapping->blocks += entry->live_blocks - was->live_blocks;
	if (repeated_find(&mapping->repeated_sums, charge, &sum_number)) {
		struct timeline_entry *sum = &mapping->sums[sum_number];
		sum->charge = charge;
		sum_add(sum, entry, was);
		if (!mapping->is_touched[sum_number]) {
			mapping->is_touched[sum_number] = true;
			mapping->touched[mapping->n_touched++] = sum_number;
		}
	} else {
		struct timeline_entry sum = { .charge = charge };
		sum_add(&sum, entry, was);
		entry_list_add(&mapping->to->entries, &sum);
	}
	if (before) {
		*before = *entry;
	}
}

// At the end of a state: an entry for each sum that has changed in it.
static void sums_settle(struct mapping *mapping)
{
	for (size_t i = 0; i < mapping->n_touched; i++) {
		struct timeline_entry *sum = &mapping->sums[mapping->touched[i]];
		if (sum->dip_bytes > sum->live_bytes) {
			sum->dip_bytes = sum->live_bytes;
		}
		entry_list_add(&mapping->to->entries, sum);
		sum->dip_bytes = 0;
		mapping->is_touched[mapping->touched[i]] = false;
	}
	mapping->n_touched = 0;
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

struct timeline *timeline_map(const struct timeline *timeline, const uint32_t *charge_of,
			      bool is_whole)
{
	size_t n_charges = charges_count(timeline);
	struct timeline *to = timeline_new();
	struct mapping mapping = { .to = to, .charge_of = charge_of };
	repeated_init(&mapping.repeated, timeline, n_charges, NULL);
	repeated_init(&mapping.repeated_sums, timeline, n_charges, charge_of); // there are not more
	mapping.before = xcalloc(mapping.repeated.n, sizeof(*mapping.before));
	mapping.sums = xcalloc(mapping.repeated_sums.n, sizeof(*mapping.sums));
	mapping.touched = xcalloc(mapping.repeated_sums.n, sizeof(*mapping.touched));
	mapping.is_touched = xcalloc(mapping.repeated_sums.n, sizeof(*mapping.is_touched));
	to->n_states = timeline->n_states;
	to->state_shift = timeline->state_shift;
	to->point_shift = timeline->point_shift;
	memcpy(to->points, timeline->points, timeline->n_points * sizeof(*to->points));
	to->n_points = is_whole ? timeline->n_points : timeline->n_states;
	for (size_t k = 0; k < timeline->n_states; k++) {
		struct entry_reader reader = timeline_read(timeline, k, k + 1);
		struct timeline_entry entry;
		while (entry_read(&reader, &entry)) {
			entry_map(&mapping, &entry);
		}
		sums_settle(&mapping);
		to->states[k] = (struct timeline_state){ timeline->states[k].time,
							 entry_list_end(&to->entries) };
		if (!is_whole) {
			curve_map(&mapping, k);
		}
	}
	repeated_free(&mapping.repeated);
	repeated_free(&mapping.repeated_sums);
	free(mapping.before);
	free(mapping.sums);
	free(mapping.touched);
	free(mapping.is_touched);
	return to;
}
