// SPDX-License-Identifier: GPL-3.0-or-later
// The live blocks: address -> size and charge.
#include "live_table.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

// A table doubles, half full at most, while it is small; then it grows by a fifth and is four fifths full at most.
enum { SLOTS_MIN = 64, SLOTS_SMALL = 1 << 18 };

void live_table_init(struct live_table *table)
{
	*table = (struct live_table){ .n_slots = SLOTS_MIN, .n_most = SLOTS_MIN / 2 };
	table->slots = xcalloc(SLOTS_MIN, sizeof(*table->slots));
}

void live_table_free(struct live_table *table)
{
	pages_free(table->slots, table->n_slots * sizeof(*table->slots));
	if (table->births) {
		pages_free(table->births, table->n_slots * sizeof(*table->births));
	}
	*table = (struct live_table){ 0 };
}

void live_table_keep_births(struct live_table *table)
{
	if (!table->has_births) {
		table->births = pages_new(table->n_slots * sizeof(*table->births));
	}
	table->has_births = true;
}

size_t live_table_size(const struct live_table *table)
{
	return table->n_slots *
	       (sizeof(struct live_block) + (table->has_births ? sizeof(struct live_birth) : 0));
}

// Puts the block into a free slot, none of which is missing.
static void block_put(struct live_table *table, const struct live_block *block,
		      const struct live_birth *birth)
{
	size_t slot = live_home_of(table, block->addr);
	while (table->slots[slot].addr != 0) {
		slot = live_slot_after(table, slot);
	}
	live_slot_fill(table, slot, block, birth);
}

// Blocks that are in no slot while the table grows.
struct held {
	struct live_block *blocks;
	struct live_birth *births; // where they are kept
	size_t n, room;
};

// Takes the blocks out of the slots from `begin` to `end`, all of which are taken.
static void run_take(struct live_table *table, size_t begin, size_t end, struct held *held)
{
	size_t n = end - begin;
	if (held->n + n > held->room) {
		held->room = grown_capacity(held->room, held->n + n);
		held->blocks = xrealloc(held->blocks, held->room, sizeof(*held->blocks));
		held->births = table->births
				       ? xrealloc(held->births, held->room, sizeof(*held->births))
				       : NULL;
	}
	memcpy(&held->blocks[held->n], &table->slots[begin], n * sizeof(*held->blocks));
	memset(&table->slots[begin], 0, n * sizeof(*table->slots));
	if (table->births) {
		memcpy(&held->births[held->n], &table->births[begin], n * sizeof(*held->births));
	}
	held->n += n;
}

// Puts those held from `first` on into the slots from their homes up to the last; who finds none there stays.
static void run_put(struct live_table *table, struct held *held, size_t first)
{
	size_t n_left = first;
	for (size_t i = first; i < held->n; i++) {
		const struct live_birth *birth = held->births ? &held->births[i] : NULL;
		size_t slot = live_home_of(table, held->blocks[i].addr);
		while (slot < table->n_slots && table->slots[slot].addr != 0) {
			slot++;
		}
		if (slot < table->n_slots) {
			live_slot_fill(table, slot, &held->blocks[i], birth);
			continue;
		}
		held->blocks[n_left] = held->blocks[i];
		if (birth) {
			held->births[n_left] = *birth;
		}
		n_left++;
	}
	held->n = n_left;
}

// Brings each block to its new place, `n_old` slots being those before. With more slots no home is further down: run by run
// from above, those of a run never get among the ones below it. What has come round to the first slots waits for the end.
static void blocks_spread(struct live_table *table, size_t n_old)
{
	struct held held = { 0 };
	size_t n_first = 0;
	while (table->slots[n_first].addr != 0) {
		n_first++;
	}
	if (n_first != 0) {
		run_take(table, 0, n_first, &held);
	}
	for (size_t end = n_old; end > n_first;) {
		size_t begin = end;
		while (table->slots[begin - 1].addr != 0) {
			begin--;
		}
		if (begin != end) {
			size_t n_held = held.n;
			run_take(table, begin, end, &held);
			run_put(table, &held, n_held);
		}
		end = begin - 1; // this slot is free
	}
	for (size_t i = 0; i < held.n; i++) {
		block_put(table, &held.blocks[i], held.births ? &held.births[i] : NULL);
	}
	free(held.blocks);
	free(held.births);
}

static void table_grow(struct live_table *table)
{
	size_t n_old = table->n_slots;
	size_t n = filled_pages(n_old < SLOTS_SMALL ? 2 * n_old : n_old + n_old / 5,
				sizeof(*table->slots));
	if (n > UINT32_MAX) {
		die("memory: more than 2^31 live blocks");
	}
	table->slots = pages_grow_zeroed(table->slots, n_old * sizeof(*table->slots),
					 n * sizeof(*table->slots));
	if (table->births) {
		table->births = pages_grow_zeroed(table->births, n_old * sizeof(*table->births),
						  n * sizeof(*table->births));
	}
	table->n_slots = n;
	table->n_most = n < 2 * SLOTS_SMALL ? n / 2 : n / 5 * 4;
	table->missed = 0;
	blocks_spread(table, n_old);
}

void live_table_add_slowly(struct live_table *table, const struct live_block *block,
			   const struct live_birth *birth)
{
	if (table->n >= table->n_most) {
		table_grow(table);
	}
	block_put(table, block, birth);
	table->missed = 0;
	table->n++;
}

// Whether `home` lies cyclically in (hole, slot]: the block in `slot` is then found without the hole.
static bool is_reachable(size_t hole, size_t home, size_t slot)
{
	return hole <= slot ? hole < home && home <= slot : hole < home || home <= slot;
}

void live_table_remove_slowly(struct live_table *table, struct live_block *block)
{
	struct live_block *slots = table->slots;
	table->missed = 0;
	// Blocks behind the hole move up, so that no tombstone stays.
	size_t hole = (size_t)(block - slots);
	for (size_t slot = live_slot_after(table, hole); slots[slot].addr != 0;
	     slot = live_slot_after(table, slot)) {
		size_t home = live_home_of(table, slots[slot].addr);
		if (!is_reachable(hole, home, slot)) {
			slots[hole] = slots[slot];
			if (table->births) {
				table->births[hole] = table->births[slot];
			}
			hole = slot;
		}
	}
	slots[hole].addr = 0;
	table->n--;
}
