// SPDX-License-Identifier: GPL-3.0-or-later
// What readalloc makes of columns are the very records that the relay made them of, whatever these are; what is damaged is refused.
#include "libdumpalloc/columns.h"

#include <stdbool.h>
#include <string.h>

#include "check.h"
#include "libdumpalloc/block.h"
#include "readalloc/decode_columns.h"

enum { SIZE_MOST = 1 << 20, ROUNDS = 300, EXTENDED_KINDS = 40, FRAMES_FEW = 6 };

static uint8_t records[SIZE_MOST + 4096], columns[2 * SIZE_MOST], back[2 * SIZE_MOST];
static size_t n_records;
static uint32_t state = 1;

static uint32_t chance(uint32_t n)
{
	state = state * 1103515245 + 12345;
	return (state >> 8) % n;
}

static void put_number(uint64_t value)
{
	n_records += block_put_varint(records + n_records, value);
}

static void put_any_number(void)
{
	uint64_t value =
		(uint64_t)chance(1 << 24) << 40 | (uint64_t)chance(1 << 24) << 16 | chance(1 << 16);

	put_number(chance(4) == 0 ? value >> chance(64) : chance(300));
}

static void put_stack(void)
{
	uint32_t n = chance(50) == 0 ? chance(4097) : chance(FRAMES_FEW);

	put_any_number();
	put_number(n << 3 | chance(8));
	for (; n > 0; n--) {
		uint32_t frame = chance(200);
		put_number(frame);
		for (int i = 0; frame == 0 && i < 3; i++)
			put_any_number();
	}
}

// A number of fields that is that of the kind of record.
static void put_record(void)
{
	unsigned op = chance(4), flags = chance(32) << 3;

	records[n_records++] = (uint8_t)(op | (op != 0 ? flags : 0));
	if (op == WIRE_OP_EXTENDED) {
		uint32_t n = chance(20) == 0 ? chance(300) : chance(20);
		put_number(chance(EXTENDED_KINDS));
		put_number(n);
		for (; n > 0; n--)
			records[n_records++] = (uint8_t)chance(256);
		return;
	}
	unsigned n_fields = op == WIRE_OP_ALLOC ? 2 : op == WIRE_OP_FREE ? 1 : 4;
	n_fields += (flags & WIRE_FLAG_SEQ) != 0;
	n_fields += (flags & WIRE_FLAG_KIND) != 0;
	n_fields += (flags & WIRE_FLAG_USABLE) != 0;
	for (; n_fields > 0; n_fields--)
		put_any_number();
	if (flags & WIRE_FLAG_STACK)
		put_stack();
}

static void put_records(size_t size)
{
	n_records = 0;
	while (n_records < size)
		put_record();
}

// Whether there are columns of the first `size` bytes; if there are, they are these bytes.
static bool comes_back(size_t size)
{
	size_t n_back = 0, n = columns_of_records(records, size, columns);

	if (n == 0)
		return false;
	CHECK(n > size && n <= columns_room(size));
	CHECK_STR(columns_undo(cursor_over(columns, n), back, &n_back), NULL);
	CHECK_EQ(n_back, size);
	CHECK(memcmp(back, records, size) == 0);
	return true;
}

static void records_of_every_kind_come_back(void)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		put_records(chance(20) == 0 ? SIZE_MOST / 4 : chance(3000));
		CHECK(n_records == 0 || comes_back(n_records));
	}
}

// At a place between two records they end, at any other they are cut off.
static void what_is_cut_off_is_no_record(void)
{
	bool is_end[400 + 1] = { true };

	n_records = 0;
	while (n_records < 300) {
		put_record();
		if (n_records <= 400)
			is_end[n_records] = true;
	}
	for (size_t size = 1; size <= n_records && size <= 400; size++)
		CHECK_EQ(comes_back(size), is_end[size]);
}

static void what_is_damaged_comes_back_or_is_refused(void)
{
	unsigned n_back = 0;

	for (unsigned round = 0; round < 10 * ROUNDS; round++) {
		put_records(1 + chance(500));
		for (uint32_t i = chance(4); i < 4; i++)
			records[chance((uint32_t)n_records)] = (uint8_t)chance(256);
		n_back += comes_back(n_records);
	}
	CHECK(n_back > ROUNDS && n_back < 9 * ROUNDS);
}

static void no_such_record_is_refused(void)
{
	static const uint8_t odd[][12] = {
		{ 4 },                                  // no op
		{ 1, 1 },                               // no address
		{ 1, 0x80, 0x80 },                      // no end
		{ 0, 1, 12, 1, 2 },                     // a body that is longer than all
		{ 0, 1, 0x80, 0x80, 0x80, 0x80, 0x80 }, // a size without an end
		{ 0x22, 1, 0, 0x10, 1 },                // a frame is missing
		{ 0x22, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F }, // more frames than bytes
	};
	static const size_t sizes[] = { 1, 2, 3, 5, 7, 5, 10 };

	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		memcpy(records, odd[i], sizes[i]);
		CHECK(!comes_back(sizes[i]));
	}
	// Longer than it need be, a number is what it is.
	static const uint8_t zeros[] = { 0x22, 1,    0,    0x88, 0x80, 0x80, 0x80, 0x80, 0x00,
					 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 1,    2,    3 };
	memcpy(records, zeros, sizeof zeros);
	CHECK(comes_back(sizeof zeros));
}

// A frame that is defined, a frame again, and what stands behind them; the bytes as FORMAT.md has them.
static void columns_are_those_of_the_format(void)
{
	static const uint8_t one[] = { 0x39, 2,    0x0A, 0x90, 0x03, 0x46, 0,
				       0x10, 0,    7,    4,    0x80, 0x20, 8, // ALLOC
				       0,    2,    2,    0xA0, 0x1F,          // TIME
				       0x02, 0xFF, 0x01 };                    // FREE
	static const uint8_t made[] = {
		3,    4,    1,    0, 0, 0,    1,    0,   0,    0,    1,    1,    0,    0,
		2,    1,    1,    0, 1, 0,    2,    0,   1,    0,    1,    0,    1,    1, // sizes
		0x39, 0,    0x02, 2, 2, 0xA0, 0x1F, 2,   0x0A, 0x90, 0x03, 0x46, 0xFF, 0x01,
		0,    0x10, 0,    8, 7, 4,    0x80, 0x20
	};
	size_t n = 0;

	memcpy(records, one, sizeof one);
	CHECK(comes_back(sizeof one));
	CHECK_EQ(columns_of_records(one, sizeof one, columns), sizeof made);
	CHECK(memcmp(columns, made, sizeof made) == 0);
	CHECK_STR(columns_undo(cursor_over(made, sizeof made), back, &n), NULL);
	CHECK_EQ(n, sizeof one);
}

// Never more bytes than the payload has, and never without an end.
static void damaged_columns_are_refused(void)
{
	unsigned n_wrong = 0;

	for (unsigned round = 0; round < 10 * ROUNDS; round++) {
		size_t n = 0, n_back = 0;
		while (n == 0) {
			put_records(1 + chance(500));
			n = columns_of_records(records, n_records, columns);
		}
		for (uint32_t i = chance(4); i < 4; i++)
			columns[chance((uint32_t)n)] = (uint8_t)chance(256);
		n = chance(3) == 0 ? chance((uint32_t)n) : n;
		// Of the exact size, so that a write past the end is seen by the sanitizer.
		uint8_t *room = malloc(n + 1);
		n_wrong += columns_undo(cursor_over(columns, n), room, &n_back) != NULL;
		CHECK(n_back <= n);
		free(room);
	}
	CHECK(n_wrong > ROUNDS);
}

static size_t put_block(uint8_t *at, enum wire_block type, uint32_t thread, size_t size)
{
	struct iovec part = { records, size };

	block_header(at, type, thread, 7, &part, 1);
	memcpy(at + WIRE_BLOCK_HEADER_SIZE, records, size);
	return WIRE_BLOCK_HEADER_SIZE + size;
}

static void other_blocks_stay(void)
{
	static uint8_t blocks[1 << 16], made[1 << 17];
	size_t n = 0, first, second;

	put_records(2000);
	first = n_records;
	n += put_block(blocks, WIRE_RECORDS, 3, first);
	second = n;
	do
		put_records(100); // too short, mostly
	while (n_records >= 512);
	n += put_block(blocks + n, WIRE_RECORDS, 4, n_records);
	put_records(2000);
	records[n_records++] = 4; // not sound
	n += put_block(blocks + n, WIRE_RECORDS, 5, n_records);
	n += put_block(blocks + n, WIRE_MEMORY, 0, 1000);
	n += put_block(blocks + n, WIRE_RECORDS, 3, n_records);
	size_t n_made = columns_of_blocks(blocks, n, made);
	size_t length = block_length(made);
	CHECK(n_made > n && n_made <= columns_room(n));
	CHECK_EQ(n_made - length, n - first);
	CHECK_EQ(made[WIRE_BLOCK_TYPE_AT], WIRE_COLUMNS);
	CHECK_EQ(block_u32(made + WIRE_BLOCK_THREAD_AT), 3);
	CHECK_EQ(block_u32(made + WIRE_BLOCK_INDEX_AT), 7);
	CHECK(memcmp(made + WIRE_BLOCK_HEADER_SIZE + length, blocks + second, n - second) == 0);
	// Whatever it is, and however short.
	for (size_t size = 0; size < second; size += 1 + size / 8) {
		CHECK_EQ(columns_of_blocks(blocks, size, made), size);
		CHECK(memcmp(made, blocks, size) == 0);
	}
}

int main(void)
{
	records_of_every_kind_come_back();
	what_is_cut_off_is_no_record();
	what_is_damaged_comes_back_or_is_refused();
	no_such_record_is_refused();
	columns_are_those_of_the_format();
	damaged_columns_are_refused();
	other_blocks_stay();
	return check_result();
}
