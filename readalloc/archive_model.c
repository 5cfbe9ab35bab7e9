// SPDX-License-Identifier: GPL-3.0-or-later
// What the events add up to, in an archive.
#include <stdlib.h>

#include "archive.h"
#include "archive_parts.h"
#include "model.h"
#include "util.h"

static void cost_archive(struct archive *archive, struct cost *cost)
{
	for (int i = 0; i < N_COSTS; i++) {
		archive_u64(archive, &cost->column[i]);
	}
}

static void variance_archive(struct archive *archive, struct variance *variance)
{
	archive_double(archive, &variance->live);
	archive_double(archive, &variance->total);
}

static void charges_read(struct model *model, size_t n)
{
	model->charges = pages_new(n * sizeof(*model->charges));
	model->charge_epochs = pages_new(n * sizeof(*model->charge_epochs));
	model->variances = model->sampling != 0 ? xcalloc(n, sizeof(*model->variances)) : NULL;
	model->n_charges = model->charges_room = n;
}

static void charges_archive(struct archive *archive, struct model *model)
{
	size_t n = model->n_charges;
	archive_count(archive, &n);
	if (archive->is_reading && n != 0) {
		charges_read(model, n);
	}
	for (size_t i = 0; i < n; i++) {
		struct charge *charge = &model->charges[i];
		archive_index(archive, &charge->stack, model->stacks.n_nodes, false);
		archive_u8(archive, &charge->cut);
		archive_u8(archive, &charge->kind);
		cost_archive(archive, &charge->cost);
		archive_u32(archive, &model->charge_epochs[i]);
		if (model->variances) {
			variance_archive(archive, &model->variances[i]);
		}
		if (charge->cut >> WIRE_CUT_BITS != 0) {
			archive_fail(archive, "a charge is impossible");
		}
		if (archive->is_reading) {
			model_index_charge(model, (uint32_t)i);
		}
	}
}

// Holds the charges of the blocks to their limit.
static void live_check(struct archive *archive, const struct model *model)
{
	for (size_t k = 0; k < model->live.n_slots; k++) {
		uint32_t charge = model->live.slots[k].charge;
		if (model->live.slots[k].addr != 0 && charge != CHARGE_NONE &&
		    (charge & ~(uint32_t)CHARGE_BEFORE) >= model->n_charges) {
			archive_fail(archive, "a block has no charge");
		}
	}
}

static void last_blocks_archive(struct archive *archive, struct model *model)
{
	size_t n = model->n_last_blocks;
	archive_count(archive, &n);
	if (archive->is_reading) {
		model->last_blocks = xcalloc(n, sizeof(*model->last_blocks));
		model->n_last_blocks = n;
	}
	for (size_t i = 0; i < n; i++) {
		archive_u64(archive, &model->last_blocks[i].addr);
		archive_u32(archive, &model->last_blocks[i].seq);
	}
}

static void numbers_archive(struct archive *archive, struct model *model)
{
	uint64_t *const numbers[] = {
		&model->peak_time,      &model->last_time,          &model->before_bytes,
		&model->before_blocks,  &model->before_freed_bytes, &model->before_freed_blocks,
		&model->n_events,       &model->n_failures,         &model->n_unknown_frees,
		&model->n_missed_frees, &model->n_reported_lost,    &model->next_seq,
		&model->known_since,    &model->elide_limit,        &model->n_elided,
		&model->sure_since,
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		archive_u64(archive, numbers[i]);
	}
	for (int i = 0; i < WIRE_LOST_END; i++) {
		archive_u64(archive, &model->lost[i]);
	}
	cost_archive(archive, &model->total);
	variance_archive(archive, &model->total_variance);
	archive_u32(archive, &model->epoch);
	archive_bool(archive, &model->has_exited);
	archive_bool(archive, &model->has_pauses);
	archive_bool(archive, &model->is_partial);
	archive_bool(archive, &model->is_paused);
	archive_u32(archive, &model->n_paused_threads);
	archive_index(archive, &model->elide_end, WIRE_ELIDED_REASONS, false);
}

void model_archive(struct archive *archive, struct model *model)
{
	archive_up_to(archive, &model->sampling, UINT32_MAX);
	numbers_archive(archive, model);
	modules_archive(archive, &model->modules);
	stacks_archive(archive, &model->stacks, &model->modules);
	charges_archive(archive, model);
	raw_stacks_archive(archive, &model->stacks);
	live_table_archive(archive, &model->live);
	if (archive->is_reading) {
		live_check(archive, model);
	}
	mappings_archive(archive, &model->mappings);
	last_blocks_archive(archive, model);
	misuses_archive(archive, &model->misuses, model->n_charges, model->stacks.n_nodes);
	strays_archive(archive, &model->strays, model->stacks.n_nodes);
	pools_archive(archive, &model->pools);
	memory_curve_archive(archive, &model->memory);
}
