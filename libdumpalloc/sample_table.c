// SPDX-License-Identifier: LGPL-2.1-or-later
// The live blocks that a sample has taken: the releases of all others are not recorded.
#define _GNU_SOURCE
#include "libdumpalloc/sample_table.h"

#include <string.h>
#include <sys/mman.h>

#include "libdumpalloc/often.h"

enum {
	LEVEL_BITS = 9, // of the number of slots of the first level
	LEVEL_1 = 1 << LEVEL_BITS,
	LEVEL_2 = 8 << LEVEL_BITS,
	HOME_BITS = 16,
};

// `reach_max`: slots where a block may be, its own and those behind it; a few, so that a look is at few lines, where there
// is another level.
static const struct level {
	uint16_t first, n, reach_max;
} levels[SAMPLE_LEVELS] = {
	{ 0, LEVEL_1, 16 },
	{ LEVEL_1, LEVEL_2 - LEVEL_1, 16 },
	{ LEVEL_2, (1 << SAMPLE_SLOT_BITS) - LEVEL_2, 64 },
};

struct sample_table *sample_table;
OFTEN_DATA _Alignas(64) _Atomic uint32_t sample_first[(1 << SAMPLE_FIRST_BITS) / 8];

bool sample_table_start(void)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (sample_table != NULL ? MAP_FIXED : 0);
	void *memory =
		mmap(sample_table, sizeof(*sample_table), PROT_READ | PROT_WRITE, flags, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	memset(sample_first, 0, sizeof(sample_first));
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
static void count_one(_Atomic uint32_t *counts, size_t i, bool is_more)
{
	uint32_t one = UINT32_C(1) << i % 8 * 4, most = one * SAMPLE_COUNT_MAX;
	_Atomic uint32_t *word = &counts[i / 8];
	uint32_t before = atomic_load_explicit(word, memory_order_relaxed), after;

	do {
		if ((before & most) == most)
			return;
		after = is_more ? before + one : before - one;
	} while (!atomic_compare_exchange_weak(word, &before, after));
}

static void count(uintptr_t block, bool is_more)
{
	count_one(sample_first, sample_hash(block, SAMPLE_FIRST_BITS), is_more);
	count_one(sample_table->counts, sample_count_of(block), is_more);
	count_one(sample_table->counts, sample_count_beside(block), is_more);
}

// Puts `after` in the place of `before` in the first of `reach` slots of a level that holds it. Its number, or `reach`: none does.
static unsigned replace(const struct level *level, uintptr_t block, uintptr_t before,
			uintptr_t after, unsigned reach)
{
	size_t home = sample_hash(block, HOME_BITS) * level->n >> HOME_BITS;

	for (unsigned i = 0; i < reach; i++) {
		_Atomic uintptr_t *slot =
			&sample_table->slots[level->first + (home + i) % level->n];
		uintptr_t found = atomic_load_explicit(slot, memory_order_relaxed);

		if (found == before && atomic_compare_exchange_strong(slot, &found, after))
			return i;
	}
	return reach;
}

// A block that shares its counts with others costs its release a search: mostly of very few slots.
static void extend_reach(atomic_uint *of_level, unsigned wanted)
{
	unsigned reach = atomic_load_explicit(of_level, memory_order_relaxed);

	while (reach < wanted && !atomic_compare_exchange_weak(of_level, &reach, wanted))
		continue;
}

bool sample_table_add(uintptr_t block)
{
	for (const struct level *level = levels; level < levels + SAMPLE_LEVELS; level++) {
		unsigned i = replace(level, block, 0, block, level->reach_max);

		if (i == level->reach_max)
			continue;
		extend_reach(&sample_table->reach[level - levels], i + 1);
		count(block, true);
		return true;
	}
	return false;
}

// Only of a block that is there is anything written.
static bool find(uintptr_t block, uintptr_t after)
{
	if (!sample_table_may_have(block))
		return false;
	for (size_t i = 0; i < SAMPLE_LEVELS; i++) {
		unsigned reach = atomic_load(&sample_table->reach[i]);

		if (replace(&levels[i], block, block, after, reach) != reach)
			return true;
	}
	return false;
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
