// SPDX-License-Identifier: LGPL-2.1-or-later
// The live blocks that a sample has taken: the releases of all others are not recorded.
#define _GNU_SOURCE
#include "libdumpalloc/sample_table.h"

#include <sys/mman.h>

enum {
	SLOTS = 1 << SAMPLE_SLOT_BITS,
	REACH_MAX = 64, // slots where a block may be, its own and those behind it
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

#if UINTPTR_MAX <= UINT32_MAX
bool sample_table_may_have(uintptr_t block)
{
	return sample_table_look(block);
}
#endif

// A count that has once been the greatest stays so.
static void count(uintptr_t block, bool is_more)
{
	size_t i = sample_count_of(block);
	uint32_t one = UINT32_C(1) << i % 8 * 4, most = one * SAMPLE_COUNT_MAX;
	_Atomic uint32_t *word = &sample_table->counts[i / 8];
	uint32_t before = atomic_load(word), after;

	do {
		if ((before & most) == most)
			return;
		after = is_more ? before + one : before - one;
	} while (!atomic_compare_exchange_weak(word, &before, after));
}

// Puts `after` in the place of `before` in the first of `reach` slots that holds it. Its number, or `reach`: none does.
static unsigned replace(uintptr_t block, uintptr_t before, uintptr_t after, unsigned reach)
{
	size_t home = sample_hash(block, SAMPLE_SLOT_BITS);

	for (unsigned i = 0; i < reach; i++) {
		_Atomic uintptr_t *slot = &sample_table->slots[(home + i) % SLOTS];
		uintptr_t found = atomic_load_explicit(slot, memory_order_relaxed);

		if (found == before && atomic_compare_exchange_strong(slot, &found, after))
			return i;
	}
	return reach;
}

// A block that shares a count with others costs its release a search: mostly of very few slots.
static void extend_reach(unsigned wanted)
{
	unsigned reach = atomic_load(&sample_table->reach);

	while (reach < wanted &&
	       !atomic_compare_exchange_weak(&sample_table->reach, &reach, wanted))
		continue;
}

bool sample_table_add(uintptr_t block)
{
	unsigned i = replace(block, 0, block, REACH_MAX);

	if (i == REACH_MAX)
		return false;
	extend_reach(i + 1);
	count(block, true);
	return true;
}

// Only of a block that is there is anything written.
static bool find(uintptr_t block, uintptr_t after)
{
	unsigned reach = atomic_load(&sample_table->reach);

	return sample_table_may_have(block) && replace(block, block, after, reach) != reach;
}

bool sample_table_has(uintptr_t block)
{
	return find(block, block);
}

bool sample_table_remove(uintptr_t block)
{
	if (!find(block, 0))
		return false;
	count(block, false);
	return true;
}
