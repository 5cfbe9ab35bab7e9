// SPDX-License-Identifier: GPL-3.0-or-later
// The analyses of the wanted reports in an archive. The log of all changes grows with the run and is in none.
#include "analyses.h"

#include <stdlib.h>

#include "archive.h"
#include "archive_parts.h"
#include "census.h"
#include "lives.h"
#include "model.h"
#include "timeline.h"
#include "util.h"

static void points_archive(struct archive *archive, struct timeline *timeline)
{
	uint32_t n = (uint32_t)timeline->n_points;
	archive_index(archive, &n, TIMELINE_POINTS_MAX + 1, false);
	archive_index(archive, &timeline->point_shift, 64, false);
	timeline->n_points = n;
	for (uint32_t i = 0; i < n; i++) {
		struct timeline_point *point = &timeline->points[i];
		archive_u64(archive, &point->time);
		archive_u64(archive, &point->bytes);
		archive_u64(archive, &point->blocks);
		archive_u64(archive, &point->most_bytes);
		archive_u64(archive, &point->most_time);
		archive_u64(archive, &point->least_bytes);
		if (i > 0 && point->time >> timeline->point_shift <= point[-1].time >>
				     timeline->point_shift) {
			archive_fail(archive, "points are not in order");
		}
	}
	// Which one it is that was changed last.
	uint32_t last = timeline->last ? (uint32_t)(timeline->last - timeline->points) : UINT32_MAX;
	archive_index(archive, &last, n, true);
	timeline->last = last == UINT32_MAX ? NULL : &timeline->points[last];
}

static void place_archive(struct archive *archive, struct entry_place *place)
{
	uint64_t n = place->n, at = place->at;
	archive_up_to(archive, &n, SIZE_MAX);
	archive_up_to(archive, &at, SIZE_MAX);
	archive_u32(archive, &place->charge);
	place->n = (size_t)n;
	place->at = (size_t)at;
}

static void states_archive(struct archive *archive, struct timeline *timeline)
{
	uint32_t n = (uint32_t)timeline->n_states;
	archive_index(archive, &n, TIMELINE_STATES_MAX + 1, false);
	archive_index(archive, &timeline->state_shift, 64, false);
	timeline->n_states = n;
	for (uint32_t i = 0; i < n; i++) {
		struct timeline_state *state = &timeline->states[i];
		archive_u64(archive, &state->time);
		place_archive(archive, &state->end);
		if (i > 0 && state->time >> timeline->state_shift <= state[-1].time >>
				     timeline->state_shift) {
			archive_fail(archive, "states are not in order");
		}
	}
}

// Whether the entries are whole, of charges that there are, and the states end between two of them.
static bool entries_are_whole(const struct timeline *timeline, size_t n_charges)
{
	const struct entry_list *list = &timeline->entries;
	struct cursor at = cursor_over(list->bytes, list->size);
	struct entry_place place = { 0 };
	size_t k = 0;
	for (;;) {
		while (k < timeline->n_states && timeline->states[k].end.at == place.at) {
			const struct entry_place *end = &timeline->states[k++].end;
			if (end->n != place.n || end->charge != place.charge) {
				return false;
			}
		}
		if (cursor_left(&at) == 0 || at.error) {
			break;
		}
		uint64_t head = cursor_varint(&at), step = head >> 1;
		place.charge += (uint32_t)(step >> 1 ^ (0 - (step & 1)));
		for (uint64_t i = 0; i < 5 + (head & 1); i++) {
			cursor_varint(&at);
		}
		place.n++;
		place.at = list->size - cursor_left(&at);
		if (place.charge >= n_charges) {
			return false;
		}
	}
	return !at.error && k == timeline->n_states && place.n == list->n &&
	       place.charge == list->charge &&
	       (k == 0 ? list->size == 0 : timeline->states[k - 1].end.at == list->size);
}

static void entries_archive(struct archive *archive, struct timeline *timeline, size_t n_charges)
{
	struct entry_list *list = &timeline->entries;
	struct entry_place end = entry_list_end(list);
	size_t size = list->size;
	place_archive(archive, &end);
	archive_count(archive, &size);
	if (archive->is_reading) {
		*list = (struct entry_list){ .bytes = xcalloc(size, 1),
					     .size = size,
					     .room = size,
					     .n = end.n,
					     .charge = end.charge };
	}
	archive_bytes(archive, list->bytes, size);
	if (archive_is_well(archive) && !entries_are_whole(timeline, n_charges)) {
		archive_fail(archive, "entries are impossible");
	}
}

static void changed_archive(struct archive *archive, struct timeline *timeline, size_t n_charges)
{
	size_t n = timeline->n_changed;
	archive_count(archive, &n);
	if (archive->is_reading) {
		timeline->changed = xcalloc(n, sizeof(*timeline->changed));
		timeline->n_changed = timeline->changed_room = n;
		timeline->charges = xcalloc(n_charges, sizeof(*timeline->charges));
		timeline->n_charges = n_charges;
	}
	for (size_t i = 0; i < n; i++) {
		archive_index(archive, &timeline->changed[i], n_charges, false);
		if (!archive_is_well(archive)) {
			return;
		}
		struct timeline_charge *charge = &timeline->charges[timeline->changed[i]];
		archive_u64(archive, &charge->least_bytes);
		charge->turn = timeline->turn;
	}
}

static void timeline_archive(struct archive *archive, struct timeline *timeline, size_t n_charges)
{
	points_archive(archive, timeline);
	states_archive(archive, timeline);
	entries_archive(archive, timeline, n_charges);
	changed_archive(archive, timeline, n_charges);
}

static void census_charges_archive(struct archive *archive, struct census *census, size_t n_charges)
{
	size_t n = census->n_charges < n_charges ? census->n_charges : n_charges;
	archive_count(archive, &n);
	if (archive->is_reading && n > n_charges) {
		archive_fail(archive, "more charges than there are");
		return;
	}
	if (archive->is_reading) {
		census->charges = xcalloc(n, sizeof(*census->charges));
		census->n_charges = n;
	}
	for (size_t i = 0; i < n; i++) {
		archive_u64(archive, &census->charges[i].asked_bytes);
		archive_u64(archive, &census->charges[i].usable_bytes);
		archive_u64(archive, &census->charges[i].short_blocks);
	}
}

static void census_threads_archive(struct archive *archive, struct census *census)
{
	size_t n = census->n_threads;
	archive_count(archive, &n);
	if (archive->is_reading) {
		census->threads = xcalloc(n, sizeof(*census->threads));
		census->n_threads = n;
	}
	for (size_t i = 0; i < n; i++) {
		struct census_thread *thread = &census->threads[i];
		archive_u32(archive, &thread->tid);
		archive_bytes(archive, thread->name, sizeof(thread->name));
		thread->name[sizeof(thread->name) - 1] = '\0';
		archive_u64(archive, &thread->n_allocations);
		archive_u64(archive, &thread->bytes);
		archive_u64(archive, &thread->n_releases);
		archive_u64(archive, &thread->live_bytes);
		archive_u64(archive, &thread->live_blocks);
	}
	archive_index(archive, &census->first_thread, n, true);
}

static void census_failures_archive(struct archive *archive, struct census *census,
				    const struct model *model)
{
	uint32_t n = (uint32_t)census->n_failures;
	archive_index(archive, &n, CENSUS_FAILURES + 1, false);
	census->n_failures = n;
	for (uint32_t i = 0; i < n; i++) {
		struct census_failure *failure = &census->failures[i];
		archive_index(archive, &failure->stack, model->stacks.n_nodes, true);
		archive_index(archive, &failure->kind, UINT8_MAX + 1, false);
		archive_u64(archive, &failure->n);
		archive_u64(archive, &failure->size);
	}
}

static void census_sizes_archive(struct archive *archive, struct census *census)
{
	for (int i = 0; i < CENSUS_SIZES; i++) {
		archive_u64(archive, &census->sizes[i].total_blocks);
		archive_u64(archive, &census->sizes[i].total_bytes);
		archive_u64(archive, &census->sizes[i].live_blocks);
		archive_u64(archive, &census->sizes[i].live_bytes);
	}
	for (int i = 0; i < CENSUS_LEVELS; i++) {
		archive_u64(archive, &census->levels[i]);
	}
	archive_u64(archive, &census->n_changes);
	archive_u64(archive, &census->short_blocks);
}

static bool charges_are_below(const struct live_table *table, size_t n)
{
	for (size_t k = 0; k < table->n_slots; k++) {
		if (table->slots[k].addr != 0 && table->slots[k].charge >= n) {
			return false;
		}
	}
	return true;
}

static bool has_counted_blocks(const struct model *model)
{
	for (size_t k = 0; k < model->live.n_slots; k++) {
		if (model->live.slots[k].addr != 0 && charge_counts(model->live.slots[k].charge)) {
			return true;
		}
	}
	return false;
}

static void census_archive(struct archive *archive, struct census *census,
			   const struct model *model)
{
	census_charges_archive(archive, census, model->n_charges);
	census_sizes_archive(archive, census);
	census_threads_archive(archive, census);
	live_table_archive(archive, &census->others);
	census_failures_archive(archive, census, model);
	// Whose each block is that is released later.
	if (!charges_are_below(&census->others, census->n_threads) ||
	    (!model->live.has_births && census->first_thread == UINT32_MAX &&
	     has_counted_blocks(model))) {
		archive_fail(archive, "a block is of no thread");
	}
}

static void birth_archive(struct archive *archive, struct live_table *live, uint64_t addr)
{
	archive_u64(archive, &addr);
	const struct live_block *block = live_table_find(live, addr);
	if (!block) {
		archive_fail(archive, "a block that is not live was born");
		return;
	}
	struct live_birth *birth = live_birth_of(live, block);
	archive_u64(archive, &birth->time);
	archive_u32(archive, &birth->thread);
	archive_u32(archive, &birth->spare);
}

static void births_archive(struct archive *archive, struct live_table *live)
{
	if (archive->is_reading) {
		for (size_t n = live->n; n != 0 && archive_is_well(archive); n--) {
			birth_archive(archive, live, 0);
		}
		return;
	}
	for (size_t k = 0; k < live->n_slots; k++) {
		if (live->slots[k].addr != 0) {
			birth_archive(archive, live, live->slots[k].addr);
		}
	}
}

// Whether each block that counts is of one of the first `n` threads.
static bool births_are_below(const struct live_table *live, size_t n)
{
	for (size_t k = 0; k < live->n_slots; k++) {
		if (live->slots[k].addr != 0 && charge_counts(live->slots[k].charge) &&
		    live->births[k].thread >= n) {
			return false;
		}
	}
	return true;
}

static void lives_archive(struct archive *archive, struct lives *lives, struct model *model)
{
	size_t n_charges = model->n_charges;
	size_t n = lives->n_charges, n_tids = lives->n_tids;
	archive_count(archive, &n);
	if (n > n_charges) {
		archive_fail(archive, "more charges than there are");
		return;
	}
	if (archive->is_reading) {
		lives->charges = xcalloc(n, sizeof(*lives->charges));
		lives->n_charges = lives->charges_room = n;
	}
	for (size_t i = 0; i < n; i++) {
		archive_u64(archive, &lives->charges[i].lifetime);
		archive_u64(archive, &lives->charges[i].most_bytes);
		archive_u64(archive, &lives->charges[i].most_blocks);
	}
	archive_count(archive, &n_tids);
	if (archive->is_reading) {
		lives->tids = xcalloc(n_tids, sizeof(*lives->tids));
		lives->n_tids = n_tids;
	}
	for (size_t i = 0; i < n_tids; i++) {
		archive_u32(archive, &lives->tids[i]);
	}
	births_archive(archive, &model->live);
	if (!births_are_below(&model->live, n_tids)) {
		archive_fail(archive, "a block is of no thread");
	}
}

void analyses_archive(struct archive *archive, struct analyses *analyses, struct model *model)
{
	if (analyses->timeline) {
		timeline_archive(archive, analyses->timeline, model->n_charges);
	}
	if (analyses->census) {
		census_archive(archive, analyses->census, model);
	}
	if (analyses->lives) {
		lives_archive(archive, analyses->lives, model);
		if (analyses->census &&
		    !births_are_below(&model->live, analyses->census->n_threads)) {
			archive_fail(archive, "a block is of no thread");
		}
	}
}
