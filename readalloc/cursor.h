// SPDX-License-Identifier: GPL-3.0-or-later
// A bounded view of untrusted bytes: the first thing wrong sticks, and reading goes on as zeros.
#ifndef READALLOC_CURSOR_H
#define READALLOC_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

// `sv` of FORMAT.md, as a number to add modulo 2^64.
static inline uint64_t cursor_signed(struct cursor *cursor)
{
	uint64_t zigzag = cursor_varint(cursor);
	return (zigzag >> 1) ^ (0 - (zigzag & 1));
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

// Fixed-width little-endian numbers at `bytes`, unchecked.
static inline uint32_t bytes_u32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static inline unsigned bytes_u16(const uint8_t *bytes)
{
	return (unsigned)bytes[0] | (unsigned)bytes[1] << 8;
}

#endif
