// SPDX-License-Identifier: GPL-3.0-or-later
// The live blocks: address -> size and charge.
#ifndef READALLOC_LIVE_TABLE_H
#define READALLOC_LIVE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live_block {
	uint64_t addr; // 0: a free slot
	uint64_t size;
	uint32_t charge;
	uint32_t seq; // the low half of the number it was allocated at
};

// Is part of the charge of a block that does not count as it was allocated before the counting began (model_count_anew);
// that of a block that does not count at all is CHARGE_NONE (stacks.h).
enum { CHARGE_BEFORE = UINT32_C(1) << 31 };

// Whether a block with this charge counts.
static inline bool charge_counts(uint32_t charge)
{
	return charge < CHARGE_BEFORE;
}

// When and by which thread a live block was allocated, and how much of it can be used.
struct live_birth {
	uint64_t time; // microseconds
	uint32_t thread;
	uint32_t spare; // bytes beyond those asked for; 0 unknown
};

enum { LIVE_PART_BITS = 4, LIVE_PARTS = 1 << LIVE_PART_BITS };

struct live_part {
	struct live_block *slots;
	struct live_birth *births; // of the block in each slot; NULL where they are not kept
	size_t n_slots, n;
	size_t n_most; // blocks before the part grows
};

// Open addressing, less than 40 bytes for a block where there are many. The upper bits of the hash choose a part; the
// parts grow one by one, so that a large table is never there twice.
struct live_table {
	struct live_part parts[LIVE_PARTS];
	size_t n;
	bool has_births;
	// The address looked up last, if it was not there and nothing has changed since, and the slot where it would be.
	uint64_t missed;
	struct live_block *missed_slot;
};

void live_table_init(struct live_table *table);
void live_table_free(struct live_table *table);

// From now on the table keeps the births of its blocks; those it has by now were born at 0, which is not right.
void live_table_keep_births(struct live_table *table);

// The bytes the table takes.
size_t live_table_size(const struct live_table *table);

static inline uint64_t live_hash(uint64_t addr)
{
	return addr * 0x9E3779B97F4A7C15;
}

// The slot where the search begins: the hash's upper half, without the bits that chose the part, scaled to the slots.
static inline size_t live_home_of(const struct live_part *part, uint64_t hash)
{
	return (size_t)(((hash << LIVE_PART_BITS) >> 32) * part->n_slots >> 32);
}

// Has the processor fetch what the next look-up of `addr` reads. Always inline: a call may be left out by the compiler, to
// which fetching is doing nothing.
static inline __attribute__((always_inline)) void
live_table_prefetch(const struct live_table *table, uint64_t addr)
{
	uint64_t hash = live_hash(addr);
	const struct live_part *part = &table->parts[hash >> (64 - LIVE_PART_BITS)];
	size_t slot = live_home_of(part, hash);
	const char *home = (const char *)&part->slots[slot];
	__builtin_prefetch(home);
	__builtin_prefetch(home + 2 * sizeof(struct live_block) - 1);
	if (table->has_births) {
		__builtin_prefetch(&part->births[slot]);
	}
}

static inline size_t live_slot_after(const struct live_part *part, size_t slot)
{
	return slot + 1 == part->n_slots ? 0 : slot + 1;
}

// The block at `addr`; NULL if none. Valid until the next change.
static inline struct live_block *live_table_find(struct live_table *table, uint64_t addr)
{
	if (addr == 0) {
		return NULL;
	}
	uint64_t hash = live_hash(addr);
	const struct live_part *part = &table->parts[hash >> (64 - LIVE_PART_BITS)];
	size_t slot = live_home_of(part, hash);
	while (part->slots[slot].addr != addr) {
		if (part->slots[slot].addr == 0) {
			table->missed = addr;
			table->missed_slot = &part->slots[slot];
			return NULL;
		}
		slot = live_slot_after(part, slot);
	}
	return &part->slots[slot];
}

// The birth of a block that is in the table, which keeps them.
static inline struct live_birth *live_birth_of(const struct live_table *table,
					       const struct live_block *block)
{
	const struct live_part *part =
		&table->parts[live_hash(block->addr) >> (64 - LIVE_PART_BITS)];
	return &part->births[block - part->slots];
}

// Adds a block whose address, not 0, is not in the table. `birth` may be NULL where they are not kept.
void live_table_add(struct live_table *table, const struct live_block *block,
		    const struct live_birth *birth);

// Removes a block that live_table_find returned.
void live_table_remove(struct live_table *table, struct live_block *block);

#endif
