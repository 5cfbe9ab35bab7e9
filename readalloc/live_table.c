// SPDX-License-Identifier: GPL-3.0-or-later
// The live blocks: address -> size and charge.
#include "live_table.h"

#include <stdlib.h>

#include "util.h"

enum { SLOTS_MIN = 1024 };

void live_table_init(struct live_table *table)
{
	table->n = 0;
	table->n_slots = SLOTS_MIN;
	table->slots = xcalloc(table->n_slots, sizeof(*table->slots));
}

void live_table_free(struct live_table *table)
{
	free(table->slots);
	*table = (struct live_table){ 0 };
}

// The slot where the search for `addr` begins: the hash's upper half scaled to the number of slots.
static size_t home_of(const struct live_table *table, uint64_t addr)
{
	uint64_t hash = (addr * 0x9E3779B97F4A7C15) >> 32;
	return (size_t)(hash * table->n_slots >> 32);
}

static size_t slot_after(const struct live_table *table, size_t slot)
{
	return slot + 1 == table->n_slots ? 0 : slot + 1;
}

static void slot_put(struct live_table *table, const struct live_block *block)
{
	size_t slot = home_of(table, block->addr);
	while (table->slots[slot].addr != 0) {
		slot = slot_after(table, slot);
	}
	table->slots[slot] = *block;
}

static void table_grow(struct live_table *table)
{
	struct live_table old = *table;
	table->n_slots = old.n_slots + old.n_slots / 4;
	if (table->n_slots > UINT32_MAX) {
		die("memory: more than 2^32 live blocks");
	}
	table->slots = xcalloc(table->n_slots, sizeof(*table->slots));
	for (size_t i = 0; i < old.n_slots; i++) {
		if (old.slots[i].addr != 0) {
			slot_put(table, &old.slots[i]);
		}
	}
	free(old.slots);
}

struct live_block *live_table_find(const struct live_table *table, uint64_t addr)
{
	if (addr == 0) {
		return NULL;
	}
	size_t slot = home_of(table, addr);
	while (table->slots[slot].addr != addr) {
		if (table->slots[slot].addr == 0) {
			return NULL;
		}
		slot = slot_after(table, slot);
	}
	return &table->slots[slot];
}

void live_table_add(struct live_table *table, const struct live_block *block)
{
	if (table->n >= table->n_slots - table->n_slots / 5) {
		table_grow(table);
	}
	slot_put(table, block);
	table->n++;
}

// Whether `home` lies cyclically in (hole, slot]: the block in `slot` is then found without the hole.
static bool is_reachable(size_t hole, size_t home, size_t slot)
{
	return hole <= slot ? hole < home && home <= slot : hole < home || home <= slot;
}

void live_table_remove(struct live_table *table, struct live_block *block)
{
	// Blocks behind the hole move up, so that no tombstone stays.
	size_t hole = (size_t)(block - table->slots);
	for (size_t slot = slot_after(table, hole); table->slots[slot].addr != 0;
	     slot = slot_after(table, slot)) {
		if (!is_reachable(hole, home_of(table, table->slots[slot].addr), slot)) {
			table->slots[hole] = table->slots[slot];
			hole = slot;
		}
	}
	table->slots[hole].addr = 0;
	table->n--;
}
