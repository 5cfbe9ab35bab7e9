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
	model->charges = xcalloc(n, sizeof(*model->charges));
	model->charge_epochs = xcalloc(n, sizeof(*model->charge_epochs));
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
	for (int i = 0; i < LIVE_PARTS; i++) {
		const struct live_part *part = &model->live.parts[i];
		for (size_t k = 0; k < part->n_slots; k++) {
			uint32_t charge = part->slots[k].charge;
			if (part->slots[k].addr != 0 && charge != CHARGE_NONE &&
			    (charge & ~(uint32_t)CHARGE_BEFORE) >= model->n_charges) {
				archive_fail(archive, "a block has no charge");
			}
		}
	}
}

static void mappings_archive(struct archive *archive, struct mappings *mappings)
{
	size_t n = mappings->n;
	archive_count(archive, &n);
	if (archive->is_reading) {
		mappings->list = xcalloc(n, sizeof(*mappings->list));
		mappings->n = mappings->room = n;
	}
	uint64_t end = 0;
	for (size_t i = 0; i < n; i++) {
		struct mapping *mapping = &mappings->list[i];
		archive_u64(archive, &mapping->addr);
		archive_u64(archive, &mapping->size);
		archive_u32(archive, &mapping->seq);
		if (mapping->addr < end || mapping->size == 0 ||
		    mapping->addr + mapping->size < mapping->addr) {
			archive_fail(archive, "mappings overlap");
		}
		end = mapping->addr + mapping->size;
	}
}

static void misuse_archive(struct archive *archive, struct misuse *misuse,
			   const struct model *model)
{
	uint64_t type = misuse->type;
	archive_up_to(archive, &type, MISUSE_MISMATCH);
	misuse->type = (enum misuse_type)type;
	archive_u8(archive, &misuse->kind);
	archive_u8(archive, &misuse->first_kind);
	archive_index(archive, &misuse->charge, model->n_charges, true);
	archive_index(archive, &misuse->stack, model->stacks.n_nodes, true);
	archive_index(archive, &misuse->first_stack, model->stacks.n_nodes, true);
	archive_u64(archive, &misuse->n);
	archive_u64(archive, &misuse->seq);
	archive_u64(archive, &misuse->addr);
}

// Those that there are, each with its place.
static void freed_archive(struct archive *archive, struct freed_block *list,
			  const struct model *model)
{
	const uint32_t n_places = (uint32_t)1 << FREED_BITS;
	size_t n = 0;
	for (uint32_t i = 0; i < n_places; i++) {
		n += list[i].addr != 0;
	}
	archive_count(archive, &n);
	uint32_t i = 0;
	for (; n != 0 && archive_is_well(archive); n--, i++) {
		while (!archive->is_reading && list[i].addr == 0) {
			i++;
		}
		archive_index(archive, &i, n_places, false);
		archive_u64(archive, &list[i].addr);
		archive_index(archive, &list[i].charge, model->n_charges, true);
		archive_u32(archive, &list[i].seq);
		archive_index(archive, &list[i].stack, model->stacks.n_nodes, true);
		archive_u8(archive, &list[i].kind);
	}
}

static void misuses_archive(struct archive *archive, struct misuses *misuses,
			    const struct model *model)
{
	archive_u64(archive, &misuses->n_double);
	archive_u64(archive, &misuses->n_mismatched);
	archive_index(archive, &misuses->n, MISUSES_MAX + 1, false);
	for (uint32_t i = 0; i < misuses->n; i++) {
		misuse_archive(archive, &misuses->list[i], model);
	}
	freed_archive(archive, misuses->freed, model);
}

static void pool_total_archive(struct archive *archive, struct pool_total *total)
{
	archive_text(archive, &total->name);
	total->name = total->name ? total->name : xstrndup("", 0);
	archive_u64(archive, &total->n_pools);
	archive_u64(archive, &total->n_live_pools);
	archive_u64(archive, &total->live_bytes);
	archive_u64(archive, &total->live_blocks);
	archive_u64(archive, &total->peak_bytes);
	archive_u64(archive, &total->total_bytes);
	archive_u64(archive, &total->total_blocks);
	archive_u64(archive, &total->n_unknown_frees);
}

// A pool in a place of its own; those that ended leave none.
static void pool_read(struct archive *archive, struct pools *pools)
{
	struct pool *pool = &pools->pools[pools->n_pools];
	struct live_block entry = { .charge = (uint32_t)pools->n_pools };
	live_table_init(&pool->blocks);
	pools->n_pools++;
	archive_u64(archive, &entry.addr);
	archive_index(archive, &pool->total, pools->n_totals, false);
	live_table_archive(archive, &pool->blocks);
	if (entry.addr == 0 || live_table_find(&pools->numbers, entry.addr)) {
		archive_fail(archive, "a pool is there twice");
		return;
	}
	live_table_add(&pools->numbers, &entry, NULL);
}

static void pools_write(struct archive *archive, const struct pools *pools)
{
	for (int i = 0; i < LIVE_PARTS; i++) {
		const struct live_part *part = &pools->numbers.parts[i];
		for (size_t k = 0; k < part->n_slots; k++) {
			if (part->slots[k].addr != 0) {
				struct pool *pool = &pools->pools[part->slots[k].charge];
				archive_u64(archive, &part->slots[k].addr);
				archive_u32(archive, &pool->total);
				live_table_archive(archive, &pool->blocks);
			}
		}
	}
}

static void pools_archive(struct archive *archive, struct pools *pools)
{
	size_t n_totals = pools->n_totals, n_pools = pools->numbers.n;
	archive_count(archive, &n_totals);
	if (n_totals > POOL_NAMES_MAX) {
		archive_fail(archive, "more pools than there can be");
		return;
	}
	if (archive->is_reading) {
		pools->totals = xcalloc(n_totals, sizeof(*pools->totals));
		pools->n_totals = pools->totals_room = n_totals;
	}
	for (size_t i = 0; i < n_totals; i++) {
		pool_total_archive(archive, &pools->totals[i]);
	}
	archive_count(archive, &n_pools);
	if (!archive->is_reading) {
		pools_write(archive, pools);
		return;
	}
	pools->pools = xcalloc(n_pools, sizeof(*pools->pools));
	pools->pools_room = n_pools;
	for (; n_pools != 0 && archive_is_well(archive); n_pools--) {
		pool_read(archive, pools);
	}
}

static void memory_point_archive(struct archive *archive, struct memory_point *point)
{
	archive_u64(archive, &point->time);
	for (int i = 0; i < WIRE_MEMORY_END; i++) {
		archive_u64(archive, &point->bytes[i]);
	}
}

static void memory_archive(struct archive *archive, struct memory_curve *curve)
{
	size_t n = curve->n;
	uint32_t shift = curve->shift;
	archive_count(archive, &n);
	archive_index(archive, &shift, 64, false);
	archive_u64(archive, &curve->n_seen);
	memory_point_archive(archive, &curve->most);
	if (n > MEMORY_POINTS_MAX) {
		archive_fail(archive, "more points than there can be");
		return;
	}
	if (archive->is_reading && n != 0) {
		curve->points = xcalloc(MEMORY_POINTS_MAX, sizeof(*curve->points));
		curve->shift = shift;
		curve->n = n;
	}
	for (size_t i = 0; i < n; i++) {
		memory_point_archive(archive, &curve->points[i]);
		if (i > 0 && curve->points[i].time >> shift <= curve->points[i - 1].time >> shift) {
			archive_fail(archive, "points are not in order");
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
	raw_stacks_archive(archive, &model->stacks, model->n_charges);
	live_table_archive(archive, &model->live);
	if (archive->is_reading) {
		live_check(archive, model);
	}
	mappings_archive(archive, &model->mappings);
	last_blocks_archive(archive, model);
	misuses_archive(archive, &model->misuses, model);
	pools_archive(archive, &model->pools);
	memory_archive(archive, &model->memory);
}
