// SPDX-License-Identifier: GPL-3.0-or-later
// Live tables in an archive.
#include "archive.h"
#include "archive_parts.h"
#include "live_table.h"

static void block_archive(struct archive *archive, struct live_block *block)
{
	archive_u64(archive, &block->addr);
	archive_u64(archive, &block->size);
	archive_u32(archive, &block->charge);
	archive_u32(archive, &block->seq);
}

static void blocks_read(struct archive *archive, struct live_table *table, size_t n)
{
	for (; n != 0 && archive_is_well(archive); n--) {
		struct live_block block = { 0 };
		block_archive(archive, &block);
		if (block.addr == 0 || live_table_find(table, block.addr)) {
			archive_fail(archive, "a block is impossible");
			return;
		}
		live_table_add(table, &block, &(struct live_birth){ 0 });
	}
}

static size_t common_divisor(size_t one, size_t other)
{
	return other == 0 ? one : common_divisor(other, one % other);
}

// Leads from slot to slot, through all of them: in the order of the slots the blocks would come in that of their hashes,
// and crowd at the beginning of a table that still grows.
static size_t stride_of(size_t n_slots)
{
	size_t stride = n_slots / 8 * 5 + 1;
	while (common_divisor(n_slots, stride) != 1) {
		stride++;
	}
	return stride;
}

// In which slot a block is depends on what was there before it, and matters to nobody.
void live_table_archive(struct archive *archive, struct live_table *table)
{
	size_t n = table->n;
	archive_count(archive, &n);
	if (archive->is_reading) {
		blocks_read(archive, table, n);
		return;
	}
	size_t stride = stride_of(table->n_slots), slot = 0;
	for (size_t k = 0; k < table->n_slots; k++) {
		if (table->slots[slot].addr != 0) {
			block_archive(archive, &table->slots[slot]);
		}
		slot = (slot + stride) % table->n_slots;
	}
}
