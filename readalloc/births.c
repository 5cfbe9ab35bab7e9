// SPDX-License-Identifier: GPL-3.0-or-later
// When and by which thread each live block was allocated, and how much of it can be used.
#include "births.h"

// A slot has the time in `size`, the thread in `charge`, and the spare bytes in `seq`.
static struct birth birth_of(const struct live_block *slot)
{
	return (struct birth){ .time = slot->size, .spare = slot->seq, .thread = slot->charge };
}

void births_init(struct births *births)
{
	live_table_init(&births->table);
}

void births_free(struct births *births)
{
	live_table_free(&births->table);
}

void births_add(struct births *births, uint64_t addr, const struct birth *birth)
{
	uint32_t spare = birth->spare < UINT32_MAX ? (uint32_t)birth->spare : UINT32_MAX;
	struct live_block slot = {
		.addr = addr, .size = birth->time, .charge = birth->thread, .seq = spare
	};
	live_table_add(&births->table, &slot);
}

bool births_find(struct births *births, uint64_t addr, struct birth *birth)
{
	const struct live_block *slot = live_table_find(&births->table, addr);
	if (slot) {
		*birth = birth_of(slot);
	}
	return slot != NULL;
}

bool births_take(struct births *births, uint64_t addr, struct birth *birth)
{
	struct live_block *slot = live_table_find(&births->table, addr);
	if (slot) {
		*birth = birth_of(slot);
		live_table_remove(&births->table, slot);
	}
	return slot != NULL;
}
