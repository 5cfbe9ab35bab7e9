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

// Open addressing, less than 40 bytes for a block where there are many. The table grows where it is, so that a large one is
// never there twice.
struct live_table {
	struct live_block *slots;
	struct live_birth *births; // of the block in each slot; NULL where they are not kept
	size_t n_slots, n;
	size_t n_most; // blocks before the table grows
	bool has_births;
	// The address looked up last, if it was not there and nothing has changed since, and the slot where it would be.
	uint64_t missed;
	size_t missed_slot;
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

// The slot where the search begins: the hash's upper half scaled to the slots. A slot further on is so never that of a smaller
// hash, however many slots there are.
static inline size_t live_home_of(const struct live_table *table, uint64_t addr)
{
	return (size_t)((live_hash(addr) >> 32) * table->n_slots >> 32);
}

// Has the processor fetch what the next look-up of `addr` reads. Always inline: a call may be left out by the compiler, to
// which fetching is doing nothing.
static inline __attribute__((always_inline)) void
live_table_prefetch(const struct live_table *table, uint64_t addr)
{
	size_t slot = live_home_of(table, addr);
	const char *home = (const char *)&table->slots[slot];
	__builtin_prefetch(home);
	__builtin_prefetch(home + 2 * sizeof(struct live_block) - 1);
}

// The same of the block's birth, where they are kept.
static inline __attribute__((always_inline)) void
live_table_prefetch_birth(const struct live_table *table, uint64_t addr)
{
	__builtin_prefetch(&table->births[live_home_of(table, addr)]);
}

static inline size_t live_slot_after(const struct live_table *table, size_t slot)
{
	return slot + 1 == table->n_slots ? 0 : slot + 1;
}

// The block at `addr`; NULL if none. Valid until the next change.
static inline struct live_block *live_table_find(struct live_table *table, uint64_t addr)
{
	if (addr == 0) {
		return NULL;
	}
	struct live_block *slots = table->slots;
	size_t slot = live_home_of(table, addr);
	while (slots[slot].addr != addr) {
		if (slots[slot].addr == 0) {
			table->missed = addr;
			table->missed_slot = slot;
			return NULL;
		}
		slot = live_slot_after(table, slot);
	}
	return &slots[slot];
}

// The birth of a block that is in the table, which keeps them.
static inline struct live_birth *live_birth_of(const struct live_table *table,
					       const struct live_block *block)
{
	return &table->births[block - table->slots];
}

// The block is in that slot from now on.
static inline void live_slot_fill(struct live_table *table, size_t slot,
				  const struct live_block *block, const struct live_birth *birth)
{
	// One by one, as they were just written: a copy would read two of them at once, and wait until both have left the
	// processor.
	struct live_block *place = &table->slots[slot];
	place->addr = block->addr;
	place->size = block->size;
	place->charge = block->charge;
	place->seq = block->seq;
	if (table->births && birth) {
		table->births[slot] = *birth;
	}
}

// The slow half of live_table_add.
void live_table_add_slowly(struct live_table *table, const struct live_block *block,
			   const struct live_birth *birth);

// Adds a block whose address, not 0, is not in the table. `birth` may be NULL where they are not kept.
static inline void live_table_add(struct live_table *table, const struct live_block *block,
				  const struct live_birth *birth)
{
	if (table->missed != block->addr || table->n >= table->n_most) {
		const struct live_block written =
			*block; // else it would be written down where it is not needed
		live_table_add_slowly(table, &written, birth);
		return;
	}
	live_slot_fill(table, table->missed_slot, block, birth);
	table->missed = 0;
	table->n++;
}

// The slow half of live_table_remove: the slot behind the block is taken.
void live_table_remove_slowly(struct live_table *table, struct live_block *block);

// Removes a block that live_table_find returned.
static inline void live_table_remove(struct live_table *table, struct live_block *block)
{
	const struct live_block *after = block + 1;
	if (after == table->slots + table->n_slots) {
		after = table->slots;
	}
	if (after->addr != 0) {
		live_table_remove_slowly(table, block);
		return;
	}
	block->addr = 0;
	table->missed = 0;
	table->n--;
}

#endif
