// SPDX-License-Identifier: GPL-3.0-or-later
// The live blocks: address -> size and charge.
#include "live_table.h"

#include <stdlib.h>

#include "util.h"

// A part doubles, half full at most, while it is small; then it grows by a fifth and is 85 % full at most.
enum { SLOTS_MIN = 64, SLOTS_SMALL = 1 << 14 };

static void slots_set(struct live_part *part, size_t n)
{
	part->n_slots = n;
	part->n_most = n - (n <= SLOTS_SMALL ? n / 2 : n * 3 / 20);
}

void live_table_init(struct live_table *table)
{
	*table = (struct live_table){ 0 };
	for (int i = 0; i < LIVE_PARTS; i++) {
		slots_set(&table->parts[i], SLOTS_MIN);
		table->parts[i].slots = xcalloc(SLOTS_MIN, sizeof(struct live_block));
	}
}

void live_table_free(struct live_table *table)
{
	for (int i = 0; i < LIVE_PARTS; i++) {
		struct live_part *part = &table->parts[i];
		pages_free(part->slots, part->n_slots * sizeof(*part->slots));
		if (part->births) {
			pages_free(part->births, part->n_slots * sizeof(*part->births));
		}
	}
	*table = (struct live_table){ 0 };
}

void live_table_keep_births(struct live_table *table)
{
	for (int i = 0; i < LIVE_PARTS && !table->has_births; i++) {
		struct live_part *part = &table->parts[i];
		part->births = pages_new(part->n_slots * sizeof(*part->births));
	}
	table->has_births = true;
}

size_t live_table_size(const struct live_table *table)
{
	size_t size = 0;
	for (int i = 0; i < LIVE_PARTS; i++) {
		size += table->parts[i].n_slots *
			(sizeof(struct live_block) +
			 (table->has_births ? sizeof(struct live_birth) : 0));
	}
	return size;
}

// Returns the slot.
static size_t slot_put(struct live_part *part, const struct live_block *block)
{
	size_t slot = live_home_of(part, live_hash(block->addr));
	while (part->slots[slot].addr != 0) {
		slot = live_slot_after(part, slot);
	}
	part->slots[slot] = *block;
	return slot;
}

static void part_grow(struct live_part *part)
{
	struct live_part old = *part;
	slots_set(part,
		  old.n_slots < SLOTS_SMALL ? 2 * old.n_slots : old.n_slots + old.n_slots / 5);
	if (part->n_slots > UINT32_MAX) {
		die("memory: more than 2^36 live blocks");
	}
	part->slots = pages_new(part->n_slots * sizeof(*part->slots));
	if (old.births) {
		part->births = pages_new(part->n_slots * sizeof(*part->births));
	}
	for (size_t i = 0; i < old.n_slots; i++) {
		if (old.slots[i].addr != 0) {
			size_t slot = slot_put(part, &old.slots[i]);
			if (old.births) {
				part->births[slot] = old.births[i];
			}
		}
	}
	if (old.births) {
		pages_free(old.births, old.n_slots * sizeof(*old.births));
	}
	pages_free(old.slots, old.n_slots * sizeof(*old.slots));
}

void live_table_add(struct live_table *table, const struct live_block *block,
		    const struct live_birth *birth)
{
	struct live_part *part = &table->parts[live_hash(block->addr) >> (64 - LIVE_PART_BITS)];
	if (part->n >= part->n_most) {
		part_grow(part);
		table->missed = 0;
	}
	size_t slot;
	if (table->missed == block->addr) {
		slot = (size_t)(table->missed_slot - part->slots);
		part->slots[slot] = *block;
	} else {
		slot = slot_put(part, block);
	}
	if (part->births) {
		part->births[slot] = *birth;
	}
	table->missed = 0;
	part->n++;
	table->n++;
}

// Whether `home` lies cyclically in (hole, slot]: the block in `slot` is then found without the hole.
static bool is_reachable(size_t hole, size_t home, size_t slot)
{
	return hole <= slot ? hole < home && home <= slot : hole < home || home <= slot;
}

void live_table_remove(struct live_table *table, struct live_block *block)
{
	struct live_part *part = &table->parts[live_hash(block->addr) >> (64 - LIVE_PART_BITS)];
	table->missed = 0;
	// Blocks behind the hole move up, so that no tombstone stays.
	size_t hole = (size_t)(block - part->slots);
	for (size_t slot = live_slot_after(part, hole); part->slots[slot].addr != 0;
	     slot = live_slot_after(part, slot)) {
		size_t home = live_home_of(part, live_hash(part->slots[slot].addr));
		if (!is_reachable(hole, home, slot)) {
			part->slots[hole] = part->slots[slot];
			if (part->births) {
				part->births[hole] = part->births[slot];
			}
			hole = slot;
		}
	}
	part->slots[hole].addr = 0;
	part->n--;
	table->n--;
}
