// SPDX-License-Identifier: GPL-3.0-or-later
// A bounded view of untrusted bytes: the first thing wrong sticks, and reading goes on as zeros.
#ifndef READALLOC_CURSOR_H
#define READALLOC_CURSOR_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Reads from `at` and never beyond `end`. `error` is NULL until something was wrong; then the cursor
// is at its end. The bytes are borrowed.
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	const char *error;
};

static inline struct cursor cursor_over(const uint8_t *bytes, size_t size)
{
	return (struct cursor){ bytes, bytes + size, NULL };
}

static inline size_t cursor_left(const struct cursor *cursor)
{
	return (size_t)(cursor->end - cursor->at);
}

// Makes `error` the cursor's error unless it has one, and moves to the end.
static inline void cursor_fail(struct cursor *cursor, const char *error)
{
	cursor->error = cursor->error ? cursor->error : error;
	cursor->at = cursor->end;
}

// Fixed-width little-endian numbers at `bytes`, unchecked.
static inline uint32_t bytes_u32(const uint8_t *bytes)
{
	uint32_t number;
	memcpy(&number, bytes, sizeof(number));
	return le32toh(number);
}

static inline unsigned bytes_u16(const uint8_t *bytes)
{
	uint16_t number;
	memcpy(&number, bytes, sizeof(number));
	return le16toh(number);
}

// The varints of more than two bytes, those at the end, and those that are damaged.
uint64_t cursor_varint_long(struct cursor *cursor);

// `uv` of FORMAT.md. Only a copy of the cursor is seen elsewhere, so that the compiler can keep the cursor in registers.
static inline uint64_t cursor_varint(struct cursor *cursor)
{
	const uint8_t *at = cursor->at;
	if (cursor_left(cursor) >= 2) {
		if (at[0] < 0x80) {
			cursor->at = at + 1;
			return at[0];
		}
		if (at[1] < 0x80) {
			cursor->at = at + 2;
			return (at[0] & 0x7fu) | (uint64_t)at[1] << 7;
		}
	}
	struct cursor copy = *cursor;
	uint64_t value = cursor_varint_long(&copy);
	*cursor = copy;
	return value;
}

// The same of three functions for where CURSOR_FAR bytes are left for each number that is read before `error` is looked at: what
// is wrong does not move to the end.
enum { CURSOR_FAR = 10 };

uint64_t cursor_varint_far_long(struct cursor *cursor);

// Foresees a number of one byte.
static inline uint64_t cursor_varint_far(struct cursor *cursor)
{
	unsigned bytes = bytes_u16(cursor->at);
	if (__builtin_expect((bytes & 0x80) == 0, 1)) {
		cursor->at += 1;
		return bytes & 0x7f;
	}
	if (__builtin_expect((bytes & 0x8000) == 0, 1)) {
		cursor->at += 2;
		return (bytes & 0x7f) | (bytes >> 1 & 0x3f80);
	}
	struct cursor copy = *cursor;
	uint64_t value = cursor_varint_far_long(&copy);
	*cursor = copy;
	return value;
}

// Has no branch for numbers of one or two bytes.
static inline uint64_t cursor_varint_short(struct cursor *cursor)
{
	uint32_t first = cursor->at[0], second = cursor->at[1];
	uint32_t more =
		first &
		0x80; // also what the second byte counts for, if there is one, and the first has too much
	if (__builtin_expect((second & more) != 0, 0)) {
		struct cursor copy = *cursor;
		uint64_t value = cursor_varint_far_long(&copy);
		*cursor = copy;
		return value;
	}
	cursor->at += 1 + more / 0x80;
	return first + (second - 1) * more;
}

// Has no branch for numbers of up to four bytes.
static inline uint64_t cursor_varint_any(struct cursor *cursor)
{
	uint32_t bytes = bytes_u32(cursor->at);
	uint32_t ends = ~bytes & 0x80808080;
	if (__builtin_expect(ends == 0, 0)) {
		struct cursor copy = *cursor;
		uint64_t value = cursor_varint_far_long(&copy);
		*cursor = copy;
		return value;
	}
	bytes &= ends ^ (ends - 1);
	cursor->at += (unsigned)(__builtin_ctz(ends) + 1) / 8;
	bytes = (bytes & 0x7f007f) | (bytes >> 1 & 0x3f803f80);
	return (bytes & 0x3fff) | (bytes >> 2 & 0xfffc000);
}

// `sv` of FORMAT.md, as a number to add modulo 2^64.
static inline uint64_t varint_signed(uint64_t zigzag)
{
	return (zigzag >> 1) ^ (0 - (zigzag & 1));
}

static inline uint64_t cursor_signed(struct cursor *cursor)
{
	return varint_signed(cursor_varint(cursor));
}

// A `uv` that is damage when above `limit`; `error` names the field.
static inline uint64_t cursor_varint_up_to(struct cursor *cursor, uint64_t limit, const char *error)
{
	uint64_t value = cursor_varint(cursor);
	if (value > limit) {
		cursor_fail(cursor, error);
		return 0;
	}
	return value;
}

// The next `size` bytes as a cursor of their own; empty when there are not as many left.
struct cursor cursor_part(struct cursor *cursor, uint64_t size);

// `str` of FORMAT.md, at most `limit` bytes.
struct cursor cursor_text(struct cursor *cursor, uint64_t limit);

#endif
