// SPDX-License-Identifier: GPL-3.0-or-later
// A hash index over an array that someone else owns: hash -> positions in the array.
#include "index_table.h"

#include <stdlib.h>

#include "util.h"

enum { SLOTS_MIN = 256 };

static void slot_put(struct index_table *table, struct index_slot slot)
{
	uint32_t i = slot.hash & table->mask;
	while (table->slots[i].position_plus_one != 0) {
		i = (i + 1) & table->mask;
	}
	table->slots[i] = slot;
}

static void table_grow(struct index_table *table)
{
	struct index_slot *old = table->slots;
	size_t n_old = old ? (size_t)table->mask + 1 : 0;
	size_t n_slots = n_old ? n_old * 2 : SLOTS_MIN;
	if (n_slots > (size_t)1 << 31) {
		die("memory: more than 2^30 distinct call stacks");
	}
	table->slots = xcalloc(n_slots, sizeof(*table->slots));
	table->mask = (uint32_t)(n_slots - 1);
	for (size_t i = 0; i < n_old; i++) {
		if (old[i].position_plus_one != 0) {
			slot_put(table, old[i]);
		}
	}
	free(old);
}

void index_table_add(struct index_table *table, uint32_t hash, uint32_t position)
{
	if (!table->slots || table->n > table->mask / 2) {
		table_grow(table);
	}
	slot_put(table, (struct index_slot){ hash, position + 1 });
	table->n++;
}

void index_table_free(struct index_table *table)
{
	free(table->slots);
	*table = (struct index_table){ 0 };
}
