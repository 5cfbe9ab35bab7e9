// SPDX-License-Identifier: LGPL-2.1-or-later
// The live blocks that a sample has taken: the releases of all others are not recorded.
#ifndef LIBDUMPALLOC_SAMPLE_TABLE_H
#define LIBDUMPALLOC_SAMPLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/atomics.h"

enum {
	// Counts of blocks by the hash of their addresses, eight in a word: nearly always one says that a block is none of these.
	// Every release looks at one of the first, in two lines of the cache, which tell while there are few blocks; where that is
	// not 0, at one of the others, which all lie in 4 KiB: with 32 they cost three times as much where caches are full.
	// Those of neighbours lie in one line. A block has two in its line, of which the second is looked at where the first is not 0.
	SAMPLE_FIRST_BITS = 8,
	SAMPLE_COUNT_BITS = 13,
	SAMPLE_COUNT_MAX = 15,
	SAMPLE_LINE_BITS = 7, // of them, where a line of the cache has 64 bytes
	// The most blocks that are kept, in theory: a little before that some find no place.
	SAMPLE_SLOT_BITS = sizeof(void *) > 4 ? 15 : 14,
	// A block's place is among the first slots; if it finds none there, it is among those of the next level. To touch a
	// page of memory for the first time costs as much as a sample: few blocks touch few.
	SAMPLE_LEVELS = 3,
};

struct sample_table {
	_Atomic uint32_t counts[(1 << SAMPLE_COUNT_BITS) / 8];
	atomic_uint reach[SAMPLE_LEVELS]; // so many slots behind its own no block has ever been
	_Atomic uintptr_t slots[1 << SAMPLE_SLOT_BITS];
};

// Empty after sample_table_start; NULL before.
extern struct sample_table *sample_table;
// Not behind a pointer, which would have to be loaded first.
extern _Atomic uint32_t sample_first[(1 << SAMPLE_FIRST_BITS) / 8];

// An empty table; also in a fork child, which has its parent's. False: no memory.
bool sample_table_start(void);

// The upper bits are the best ones. Blocks are at least 8 bytes apart.
static inline size_t sample_hash(uintptr_t block, unsigned n_bits)
{
#if UINTPTR_MAX > UINT32_MAX
	return (size_t)((block >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> (64 - n_bits));
#else
	return (size_t)((block >> 3) * 0x9e3779b1u >> (32 - n_bits));
#endif
}

// The number of a block's first count. The low bits, which say where in a line, are told by the place in a page of 4 KiB.
static inline size_t sample_count_of(uintptr_t block)
{
	return sample_hash(block >> 8 & ~(uintptr_t)15, SAMPLE_COUNT_BITS) ^
	       (block >> 4 & ((1 << SAMPLE_LINE_BITS) - 1));
}

// And of its second one.
static inline size_t sample_count_beside(uintptr_t block)
{
	return sample_count_of(block) >> SAMPLE_LINE_BITS << SAMPLE_LINE_BITS |
	       sample_hash(block, SAMPLE_LINE_BITS);
}

static inline bool sample_table_counts(const _Atomic uint32_t *counts, size_t i)
{
	uint32_t word = atomic_load_explicit(&counts[i / 8], memory_order_relaxed);

	return (word >> i % 8 * 4 & SAMPLE_COUNT_MAX) != 0;
}

static inline bool sample_table_look(uintptr_t block)
{
	return sample_table_counts(sample_first, sample_hash(block, SAMPLE_FIRST_BITS)) &&
	       sample_table_counts(sample_table->counts, sample_count_of(block)) &&
	       sample_table_counts(sample_table->counts, sample_count_beside(block));
}

// False: the block is none of them. Inline but for machines with little memory.
#if UINTPTR_MAX > UINT32_MAX
static inline bool sample_table_may_have(uintptr_t block)
{
	return sample_table_look(block);
}
#else
bool sample_table_may_have(uintptr_t block);
#endif

// All of these from any thread, from a signal handler too, and without a lock.

// Before anybody else knows the block. False: there is no place for it.
bool sample_table_add(uintptr_t block);

bool sample_table_has(uintptr_t block);

// Before the block is free. False: it is none of them.
bool sample_table_remove(uintptr_t block);

#endif
