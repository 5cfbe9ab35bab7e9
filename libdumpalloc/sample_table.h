// SPDX-License-Identifier: LGPL-2.1-or-later
// The live blocks that a sample has taken: the releases of all others are not recorded.
#ifndef LIBDUMPALLOC_SAMPLE_TABLE_H
#define LIBDUMPALLOC_SAMPLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/atomics.h"

enum {
	// Counts of blocks by the hash of their addresses, two in a byte: nearly always one says that a block is none of these.
	// Every release looks at one, so all lie in 4 KiB: with 32 they cost three times as much where caches are full.
	SAMPLE_COUNT_BITS = 13,
	SAMPLE_COUNT_MAX = 15,
	// The most blocks that are kept, in theory: a little before that some find no place.
	SAMPLE_SLOT_BITS = sizeof(void *) > 4 ? 15 : 14,
};

struct sample_table {
	_Atomic uint32_t counts[(1 << SAMPLE_COUNT_BITS) / 8];
	_Atomic uintptr_t slots[1 << SAMPLE_SLOT_BITS];
};

// Empty after sample_table_start; NULL before.
extern struct sample_table *sample_table;

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

// False: the block is none of them.
static inline bool sample_table_may_have(uintptr_t block)
{
	const volatile uint8_t *counts = (const volatile uint8_t *)sample_table->counts;
	size_t i = sample_hash(block, SAMPLE_COUNT_BITS);

	return (counts[i / 2] >> i % 2 * 4 & SAMPLE_COUNT_MAX) != 0;
}

// All of these from any thread, from a signal handler too, and without a lock.

// Before anybody else knows the block. False: there is no place for it.
bool sample_table_add(uintptr_t block);

bool sample_table_has(uintptr_t block);

// Before the block is free. False: it is none of them.
bool sample_table_remove(uintptr_t block);

#endif
