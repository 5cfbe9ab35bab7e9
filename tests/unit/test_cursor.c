// SPDX-License-Identifier: GPL-3.0-or-later
// Cursor and CRC-32: what is read, what is refused, and that an error sticks.
#include "cursor.h"

#include "check.h"
#include "crc32.h"

static void numbers_are_read_as_written(void)
{
	static const uint8_t bytes[] = { 0x00, 0x7f, 0x80, 0x01, 0xe5, 0x8e, 0x26,
					 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					 0xff, 0xff, 0x01, 0x01, 0x02, 0x80, 0x00 };
	struct cursor at = cursor_over(bytes, sizeof(bytes));
	CHECK_EQ(cursor_varint(&at), 0);
	CHECK_EQ(cursor_varint(&at), 127);
	CHECK_EQ(cursor_varint(&at), 128);
	CHECK_EQ(cursor_varint(&at), 624485);
	CHECK_EQ(cursor_varint(&at), UINT64_MAX);
	CHECK_EQ(cursor_signed(&at), UINT64_MAX);
	CHECK_EQ(cursor_signed(&at), 1);
	CHECK_EQ(cursor_varint(&at), 0);
	CHECK_EQ(cursor_left(&at), 0);
	CHECK(!at.error);
}

static void number_above_64_bits_is_refused(void)
{
	static const uint8_t bytes[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					 0xff, 0xff, 0xff, 0x02, 0x05 };
	struct cursor at = cursor_over(bytes, sizeof(bytes));
	CHECK_EQ(cursor_varint(&at), 0);
	CHECK_STR(at.error, "a number is larger than 64 bits");
	CHECK_EQ(cursor_left(&at), 0);
}

static void number_of_eleven_bytes_is_refused(void)
{
	static const uint8_t bytes[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
					 0x80, 0x80, 0x80, 0x80, 0x00 };
	struct cursor at = cursor_over(bytes, sizeof(bytes));
	cursor_varint(&at);
	CHECK(at.error);
}

static void first_error_sticks(void)
{
	static const uint8_t bytes[] = { 0x80, 0x80 };
	struct cursor at = cursor_over(bytes, sizeof(bytes));
	CHECK_EQ(cursor_varint(&at), 0);
	CHECK_STR(at.error, "a number is cut off");
	cursor_fail(&at, "another");
	CHECK_STR(at.error, "a number is cut off");
	CHECK_EQ(cursor_varint(&at), 0);
	CHECK_EQ(cursor_left(&at), 0);
}

static void part_longer_than_the_whole_is_refused(void)
{
	static const uint8_t bytes[] = { 3, 'a', 'b' };
	struct cursor at = cursor_over(bytes, sizeof(bytes));
	struct cursor part = cursor_text(&at, 100);
	CHECK_EQ(cursor_left(&part), 0);
	CHECK(at.error);
	at = cursor_over(bytes + 1, 2);
	part = cursor_part(&at, UINT64_MAX);
	CHECK_EQ(cursor_left(&part), 0);
	CHECK(at.error);
}

static void text_above_its_limit_is_refused(void)
{
	static const uint8_t bytes[] = { 3, 'a', 'b', 'c', 2, 'd', 'e' };
	struct cursor at = cursor_over(bytes, sizeof(bytes));
	struct cursor part = cursor_text(&at, 3);
	CHECK_EQ(cursor_left(&part), 3);
	CHECK(!at.error);
	cursor_text(&at, 1);
	CHECK(at.error);
}

static void crc_is_that_of_gzip(void)
{
	const uint8_t *digits = (const uint8_t *)"123456789";
	CHECK_EQ(crc32_update(0, digits, 9), 0xCBF43926);
	for (size_t split = 0; split <= 9; split++) {
		uint32_t crc = crc32_update(0, digits, split);
		CHECK_EQ(crc32_update(crc, digits + split, 9 - split), 0xCBF43926);
	}
	CHECK_EQ(crc32_update(0, digits, 0), 0);
}

int main(void)
{
	numbers_are_read_as_written();
	number_above_64_bits_is_refused();
	number_of_eleven_bytes_is_refused();
	first_error_sticks();
	part_longer_than_the_whole_is_refused();
	text_above_its_limit_is_refused();
	crc_is_that_of_gzip();
	return check_result();
}
