// SPDX-License-Identifier: GPL-3.0-or-later
// A hash index over an array that someone else owns: hash -> positions in the array.
#ifndef READALLOC_INDEX_TABLE_H
#define READALLOC_INDEX_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum { INDEX_NONE = UINT32_MAX };

// Open addressing; a slot keeps the hash beside the position, so that growing never looks at the array. The upper bits of
// the hash choose a part of the table; the parts grow one by one, so that a large table is never there twice.
// Zeroed memory is an empty table.
struct index_table {
	struct index_part *parts; // INDEX_PARTS of them, or NULL
	uint32_t n;
};

enum { INDEX_PART_BITS = 4, INDEX_PARTS = 1 << INDEX_PART_BITS };

struct index_part {
	struct index_slot *slots;
	uint32_t n_slots, n;
};

struct index_slot {
	uint32_t hash;
	uint32_t position_plus_one; // 0: free
};

void index_table_free(struct index_table *table);

// Adds a position that is not in the table.
void index_table_add(struct index_table *table, uint32_t hash, uint32_t position);

static inline uint32_t index_part_of(uint32_t hash)
{
	return hash >> (32 - INDEX_PART_BITS);
}

// The slot where the search begins: the rest of the hash scaled to the number of slots.
static inline uint32_t index_home_of(uint32_t hash, uint32_t n_slots)
{
	return (uint32_t)((uint64_t)(hash << INDEX_PART_BITS) * n_slots >> 32);
}

// The bytes the table takes.
size_t index_table_size(const struct index_table *table);

// Walks the positions under `hash`: start with `*step` 0; INDEX_NONE after the last.
static inline uint32_t index_table_next(const struct index_table *table, uint32_t hash,
					uint32_t *step)
{
	if (table->n == 0) {
		return INDEX_NONE;
	}
	const struct index_part *part = &table->parts[index_part_of(hash)];
	if (part->n == 0) {
		return INDEX_NONE;
	}
	// A part always has a free slot, so this goes around once at most.
	uint32_t i = index_home_of(hash, part->n_slots) + *step;
	for (i -= i >= part->n_slots ? part->n_slots : 0;; i = i + 1 == part->n_slots ? 0 : i + 1) {
		const struct index_slot *slot = &part->slots[i];
		++*step;
		if (slot->position_plus_one == 0) {
			return INDEX_NONE;
		}
		if (slot->hash == hash) {
			return slot->position_plus_one - 1;
		}
	}
}

// A hash of two numbers whose low bits depend on all of both.
static inline uint32_t hash_pair(uint64_t a, uint64_t b)
{
	uint64_t mixed = (a + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
	mixed = (mixed ^ mixed >> 29 ^ b) * 0x94D049BB133111EB;
	return (uint32_t)(mixed >> 32);
}

#endif
