// SPDX-License-Identifier: LGPL-2.1-or-later
// Puts the fields of a block's records together by what they are, so that they compress better (FORMAT.md, section 5, columns).
#include "libdumpalloc/columns.h"

#include <stdbool.h>
#include <string.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/wire.h"

enum {
	LEAST = 512, // bytes of records, below which the sizes of the columns cost more than is gained
	SIZE_BYTES_MOST = 3,
	VALUE_BYTES = 4, // of a number that count
	LIST_BITS = 4,
};
_Static_assert(WIRE_PAYLOAD_MAX >> 7 * SIZE_BYTES_MOST == 0, "the size of a column fits");

static const struct {
	uint8_t ops, flag;
} rows[] = {
#define X(number, id, ops, flag) [WIRE_COLUMN_##id] = { ops, flag },
	WIRE_COLUMN_LIST(X)
#undef X
};

// By the byte that a record begins with: the fields before the stack, the first in the lowest bits. Filled at the first use, as
// the tables of block.c.
static uint32_t lists[UINT8_MAX + 1];

static void fill_lists(void)
{
	for (unsigned head = 0; head <= UINT8_MAX; head++) {
		unsigned op = head & WIRE_OP_MASK;
		for (unsigned i = WIRE_COLUMN_ADDR; i >= WIRE_COLUMN_SEQ; i--) {
			if (rows[i].ops >> op & 1 && (head & rows[i].flag) == rows[i].flag)
				lists[head] = lists[head] << LIST_BITS | i;
		}
	}
}

struct columns {
	const uint8_t *at, *end; // the records
	uint8_t *out;            // NULL: they are only measured
	uint32_t places[WIRE_COLUMN_PARTS];
	bool is_odd; // something is cut off
};

static inline unsigned move_byte(struct columns *columns, unsigned part)
{
	uint32_t place = columns->places[part]++;
	uint8_t byte = *columns->at++;

	if (columns->out != NULL)
		columns->out[place] = byte;
	return byte;
}

// To `part` goes its first byte, to what follows the others. Returns what it is, or more than there can be bytes.
static uint32_t move_number(struct columns *columns, unsigned part)
{
	uint32_t value = 0;

	for (unsigned i = 0; columns->at != columns->end; i++) {
		unsigned byte = move_byte(columns, part);
		if (i < VALUE_BYTES)
			value |= (byte & 0x7f) << 7 * i;
		else if ((byte & 0x7f) != 0)
			value = UINT32_MAX;
		if (byte < 0x80)
			return value;
		part |= 1;
	}
	columns->is_odd = true;
	return 0;
}

static void move_extended(struct columns *columns)
{
	(void)move_number(columns, WIRE_COLUMN_EXTENDED);
	uint32_t n = move_number(columns, WIRE_COLUMN_EXTENDED);

	if (n > (uint32_t)(columns->end - columns->at)) {
		columns->is_odd = true;
		return;
	}
	for (; n > 0; n--)
		(void)move_byte(columns, WIRE_COLUMN_EXTENDED);
}

static void move_stack(struct columns *columns)
{
	(void)move_number(columns, 2 * WIRE_COLUMN_KEEP);
	uint32_t n = move_number(columns, 2 * WIRE_COLUMN_PUSH) >> WIRE_CUT_BITS;

	for (; n > 0 && !columns->is_odd; n--) {
		if (move_number(columns, 2 * WIRE_COLUMN_FRAME) != 0)
			continue;
		for (unsigned column = WIRE_COLUMN_ID; column <= WIRE_COLUMN_PC; column++)
			(void)move_number(columns, 2 * column);
	}
}

static void move_record(struct columns *columns)
{
	unsigned head = move_byte(columns, 2 * WIRE_COLUMN_HEAD);

	for (uint32_t list = lists[head]; list != 0; list >>= LIST_BITS)
		(void)move_number(columns, 2 * (list & ((1 << LIST_BITS) - 1)));
	if ((head & WIRE_OP_MASK) == WIRE_OP_EXTENDED)
		move_extended(columns);
	else if (head & WIRE_FLAG_STACK)
		move_stack(columns);
	columns->is_odd |= (head & WIRE_OP_MASK) > WIRE_OP_REALLOC;
}

static void move_records(struct columns *columns, const uint8_t *records, size_t size)
{
	columns->at = records;
	columns->end = records + size;
	while (columns->at != columns->end && !columns->is_odd)
		move_record(columns);
}

size_t columns_of_records(const uint8_t *records, size_t size, uint8_t *out)
{
	struct columns columns = { .out = NULL };
	uint32_t place = 0;

	if (lists[WIRE_OP_ALLOC] == 0)
		fill_lists();
	move_records(&columns, records, size);
	if (columns.is_odd)
		return 0;
	for (unsigned i = 0; i < WIRE_COLUMN_PARTS; i++)
		place += (uint32_t)block_put_varint(out + place, columns.places[i]);
	for (unsigned i = 0; i < WIRE_COLUMN_PARTS; i++) {
		uint32_t n = columns.places[i];
		columns.places[i] = place;
		place += n;
	}
	columns.out = out;
	move_records(&columns, records, size);
	return place;
}

size_t columns_room(size_t size)
{
	return size + (size / LEAST + 1) * SIZE_BYTES_MOST * WIRE_COLUMN_PARTS;
}

static bool has_records(const uint8_t *block, size_t size)
{
	return size > WIRE_BLOCK_HEADER_SIZE && block[WIRE_BLOCK_TYPE_AT] == WIRE_RECORDS &&
	       memcmp(block, WIRE_SYNC, WIRE_SYNC_SIZE) == 0 &&
	       block_length(block) <= size - WIRE_BLOCK_HEADER_SIZE;
}

size_t columns_of_blocks(const uint8_t *blocks, size_t size, uint8_t *out)
{
	const uint8_t *end = blocks + size, *start = out;

	while (has_records(blocks, (size_t)(end - blocks))) {
		uint8_t *payload = out + WIRE_BLOCK_HEADER_SIZE;
		size_t length = block_length(blocks), n = 0;
		if (length >= LEAST && length + LEAST <= WIRE_PAYLOAD_MAX)
			n = columns_of_records(blocks + WIRE_BLOCK_HEADER_SIZE, length, payload);
		if (n == 0) {
			n = length;
			memcpy(out, blocks, WIRE_BLOCK_HEADER_SIZE + n);
		} else {
			struct iovec part = { payload, n };
			block_header(out, WIRE_COLUMNS, block_u32(blocks + WIRE_BLOCK_THREAD_AT),
				     block_u32(blocks + WIRE_BLOCK_INDEX_AT), &part, 1);
		}
		out += WIRE_BLOCK_HEADER_SIZE + n;
		blocks += WIRE_BLOCK_HEADER_SIZE + length;
	}
	memcpy(out, blocks, (size_t)(end - blocks)); // of another kind, and behind it
	return (size_t)(out - start) + (size_t)(end - blocks);
}
