// SPDX-License-Identifier: LGPL-2.1-or-later
// The live blocks that a sample has taken: the releases of all others are not recorded.
#define _GNU_SOURCE
#include "libdumpalloc/sample_table.h"

#include <sys/mman.h>

enum {
	SLOTS = 1 << SAMPLE_SLOT_BITS,
	REACH = 64, // slots where a block may be, its own and those behind it
};

struct sample_table *sample_table;

bool sample_table_start(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (sample_table != NULL ? MAP_FIXED : 0);
	void *memory =
		mmap(sample_table, sizeof(*sample_table), PROT_READ | PROT_WRITE, flags, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	sample_table = memory;
	return true;
}

// The count's bits in its word, whose bytes lie in memory as the machine has them.
static unsigned shift_of(size_t i)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return 24 - i % 8 / 2 * 8 + i % 2 * 4;
#else
	return i % 8 * 4;
#endif
}

// A count that has once been the greatest stays so.
static void count(uintptr_t block, bool is_more)
{
	size_t i = sample_hash(block, SAMPLE_COUNT_BITS);
	uint32_t one = UINT32_C(1) << shift_of(i), most = one * SAMPLE_COUNT_MAX;
	_Atomic uint32_t *word = &sample_table->counts[i / 8];
	uint32_t before = atomic_load(word), after;

	do {
		if ((before & most) == most)
			return;
		after = is_more ? before + one : before - one;
	} while (!atomic_compare_exchange_weak(word, &before, after));
}

// Puts `after` in the place of `before` in the first slot within reach that holds it.
static bool replace(uintptr_t block, uintptr_t before, uintptr_t after)
{
	size_t home = sample_hash(block, SAMPLE_SLOT_BITS);

	for (size_t i = 0; i < REACH; i++) {
		_Atomic uintptr_t *slot = &sample_table->slots[(home + i) % SLOTS];
		uintptr_t found = atomic_load_explicit(slot, memory_order_relaxed);

		if (found == before && atomic_compare_exchange_strong(slot, &found, after))
			return true;
	}
	return false;
}

bool sample_table_add(uintptr_t block)
{
	if (!replace(block, 0, block))
		return false;
	count(block, true);
	return true;
}

bool sample_table_has(uintptr_t block)
{
	return replace(block, block, block);
}

bool sample_table_remove(uintptr_t block)
{
	if (!sample_table_may_have(block) || !replace(block, block, 0))
		return false;
	count(block, false);
	return true;
}
