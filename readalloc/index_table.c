// SPDX-License-Identifier: GPL-3.0-or-later
// A hash index over an array that someone else owns: hash -> positions in the array.
#include "index_table.h"

#include <stdlib.h>

#include "util.h"

// A part grows fourfold, half full at most, while it is small; then it grows by a fifth and is four fifths full at most.
enum { SLOTS_MIN = 16, SLOTS_SMALL = 1 << 14, SLOTS_MAX = 1 << 28 };

static void slot_put(struct index_part *part, struct index_slot slot)
{
	uint32_t i = index_home_of(slot.hash, part->n_slots);
	while (part->slots[i].position_plus_one != 0) {
		i = i + 1 == part->n_slots ? 0 : i + 1;
	}
	part->slots[i] = slot;
}

static void part_grow(struct index_part *part)
{
	struct index_part old = *part;
	if (old.n_slots >= SLOTS_MAX) {
		die("memory: more than 2^31 distinct call stacks");
	}
	part->n_slots = old.n_slots < SLOTS_SMALL ? 4 * old.n_slots : old.n_slots + old.n_slots / 5;
	part->n_slots = part->n_slots ? part->n_slots : SLOTS_MIN;
	part->slots = pages_new(part->n_slots * sizeof(*part->slots));
	for (uint32_t i = 0; i < old.n_slots; i++) {
		if (old.slots[i].position_plus_one != 0) {
			slot_put(part, old.slots[i]);
		}
	}
	pages_free(old.slots, old.n_slots * sizeof(*old.slots));
}

void index_table_add(struct index_table *table, uint32_t hash, uint32_t position)
{
	if (!table->parts) {
		table->parts = xcalloc(INDEX_PARTS, sizeof(*table->parts));
	}
	struct index_part *part = &table->parts[index_part_of(hash)];
	uint32_t n_spare = part->n_slots <= SLOTS_SMALL ? part->n_slots / 2 : part->n_slots / 5;
	if (part->n >= part->n_slots - n_spare) {
		part_grow(part);
	}
	slot_put(part, (struct index_slot){ hash, position + 1 });
	part->n++;
	table->n++;
}

size_t index_table_size(const struct index_table *table)
{
	size_t size = 0;
	for (int i = 0; table->parts && i < INDEX_PARTS; i++) {
		size += table->parts[i].n_slots * sizeof(struct index_slot);
	}
	return size;
}

void index_table_free(struct index_table *table)
{
	for (int i = 0; table->parts && i < INDEX_PARTS; i++) {
		struct index_part *part = &table->parts[i];
		pages_free(part->slots, part->n_slots * sizeof(*part->slots));
	}
	free(table->parts);
	*table = (struct index_table){ 0 };
}
