// SPDX-License-Identifier: GPL-3.0-or-later
// Allocators of the program's own (dumpalloc.h): what they have handed out, counted apart from all else.
#include "pools.h"

#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "archive_parts.h"
#include "event.h"
#include "util.h"

static const uint32_t SLOT_FREE = UINT32_MAX;

// The charge of a block in a pool: whether it counts.
enum { BLOCK_COUNTS, BLOCK_BEFORE };

void pools_init(struct pools *pools)
{
	*pools = (struct pools){ .first_free = SLOT_FREE };
	live_table_init(&pools->numbers);
}

void pools_free(struct pools *pools)
{
	for (size_t i = 0; i < pools->n_totals; i++) {
		free(pools->totals[i].name);
	}
	for (size_t i = 0; i < pools->n_pools; i++) {
		if (pools->pools[i].total != SLOT_FREE) {
			live_table_free(&pools->pools[i].blocks);
		}
	}
	live_table_free(&pools->numbers);
	free(pools->totals);
	free(pools->pools);
}

// No key of a live table is 0.
static uint64_t key_of(uint64_t number)
{
	return number + 1;
}

static uint32_t total_intern(struct pools *pools, const char *name)
{
	for (size_t i = 0; i < pools->n_totals; i++) {
		if (strcmp(pools->totals[i].name, name) == 0) {
			return (uint32_t)i;
		}
	}
	if (pools->n_totals == POOL_NAMES_MAX) {
		return POOL_NAMES_MAX - 1;
	}
	if (pools->n_totals == pools->totals_room) {
		pools->totals_room = grown_capacity(pools->n_totals, 0);
		pools->totals = xrealloc(pools->totals, pools->totals_room, sizeof(*pools->totals));
	}
	pools->totals[pools->n_totals] =
		(struct pool_total){ .name = xstrndup(name, strlen(name)) };
	return (uint32_t)pools->n_totals++;
}

static struct pool *slot_find(struct pools *pools)
{
	if (pools->first_free != SLOT_FREE) {
		struct pool *pool = &pools->pools[pools->first_free];
		pools->first_free = pool->next_free;
		return pool;
	}
	if (pools->n_pools == pools->pools_room) {
		pools->pools_room = grown_capacity(pools->n_pools, 0);
		pools->pools = xrealloc(pools->pools, pools->pools_room, sizeof(*pools->pools));
	}
	return &pools->pools[pools->n_pools++];
}

static struct pool *pool_begin(struct pools *pools, uint64_t number, const char *name)
{
	struct pool *pool = slot_find(pools);
	pool->total = total_intern(pools, name);
	live_table_init(&pool->blocks);
	live_table_add(&pools->numbers,
		       &(struct live_block){ .addr = key_of(number),
					     .charge = (uint32_t)(pool - pools->pools) },
		       NULL);
	pools->totals[pool->total].n_pools++;
	pools->totals[pool->total].n_live_pools++;
	return pool;
}

static void pool_end(struct pools *pools, struct live_block *entry)
{
	struct pool *pool = &pools->pools[entry->charge];
	struct pool_total *total = &pools->totals[pool->total];
	for (size_t i = 0; i < pool->blocks.n_slots; i++) {
		if (pool->blocks.slots[i].addr != 0 &&
		    pool->blocks.slots[i].charge == BLOCK_COUNTS) {
			total->live_bytes -= pool->blocks.slots[i].size;
			total->live_blocks--;
		}
	}
	total->n_live_pools--;
	live_table_free(&pool->blocks);
	pool->total = SLOT_FREE;
	pool->next_free = pools->first_free;
	pools->first_free = entry->charge;
	live_table_remove(&pools->numbers, entry);
}

// One that was made before the program was traced has no name.
static struct pool *pool_of(struct pools *pools, uint64_t number)
{
	struct live_block *entry = live_table_find(&pools->numbers, key_of(number));
	return entry != NULL ? &pools->pools[entry->charge] : pool_begin(pools, number, "");
}

void pools_note(struct pools *pools, const struct note *note)
{
	if (key_of(note->number) == 0) {
		return;
	}
	struct live_block *entry = live_table_find(&pools->numbers, key_of(note->number));
	if (entry != NULL) {
		pool_end(pools, entry);
	}
	if (note->type == WIRE_POOL) {
		pool_begin(pools, note->number, note->text);
	}
}

static void block_drop(struct pool *pool, struct pool_total *total, struct live_block *block)
{
	if (block->charge == BLOCK_COUNTS) {
		total->live_bytes -= block->size;
		total->live_blocks--;
	}
	live_table_remove(&pool->blocks, block);
}

void pools_alloc(struct pools *pools, const struct event *event)
{
	if (event->addr == 0 || key_of(event->old) == 0) {
		return;
	}
	struct pool *pool = pool_of(pools, event->old);
	struct pool_total *total = &pools->totals[pool->total];
	struct live_block *present = live_table_find(&pool->blocks, event->addr);
	if (present != NULL) {
		block_drop(pool, total, present);
	}
	live_table_add(&pool->blocks,
		       &(struct live_block){ .addr = event->addr, .size = event->size }, NULL);
	total->total_bytes += event->size;
	total->total_blocks++;
	total->live_bytes += event->size;
	total->live_blocks++;
	if (total->live_bytes > total->peak_bytes) {
		total->peak_bytes = total->live_bytes;
	}
}

void pools_release(struct pools *pools, const struct event *event)
{
	if (event->addr == 0 || key_of(event->old) == 0) {
		return;
	}
	struct pool *pool = pool_of(pools, event->old);
	struct pool_total *total = &pools->totals[pool->total];
	struct live_block *block = live_table_find(&pool->blocks, event->addr);
	if (block != NULL) {
		block_drop(pool, total, block);
	} else {
		total->n_unknown_frees++;
	}
}

static void blocks_pass_over(struct pool *pool)
{
	for (size_t i = 0; i < pool->blocks.n_slots; i++) {
		pool->blocks.slots[i].charge = BLOCK_BEFORE;
	}
}

void pools_count_anew(struct pools *pools)
{
	for (size_t i = 0; i < pools->n_pools; i++) {
		if (pools->pools[i].total != SLOT_FREE) {
			blocks_pass_over(&pools->pools[i]);
		}
	}
	for (size_t i = 0; i < pools->n_totals; i++) {
		struct pool_total *total = &pools->totals[i];
		*total = (struct pool_total){ .name = total->name,
					      .n_pools = total->n_live_pools,
					      .n_live_pools = total->n_live_pools };
	}
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
	for (size_t k = 0; k < pools->numbers.n_slots; k++) {
		if (pools->numbers.slots[k].addr != 0) {
			struct pool *pool = &pools->pools[pools->numbers.slots[k].charge];
			archive_u64(archive, &pools->numbers.slots[k].addr);
			archive_u32(archive, &pool->total);
			live_table_archive(archive, &pool->blocks);
		}
	}
}

void pools_archive(struct archive *archive, struct pools *pools)
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
