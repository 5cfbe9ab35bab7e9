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

// Open addressing, grown by a quarter: less than 40 bytes for a block.
struct live_table {
	struct live_block *slots;
	size_t n_slots;
	size_t n;
};

void live_table_init(struct live_table *table);
void live_table_free(struct live_table *table);

// The block at `addr`; NULL if none. Valid until the next change.
struct live_block *live_table_find(const struct live_table *table, uint64_t addr);

// Adds a block whose address, not 0, is not in the table.
void live_table_add(struct live_table *table, const struct live_block *block);

// Removes a block that live_table_find returned.
void live_table_remove(struct live_table *table, struct live_block *block);

#endif
