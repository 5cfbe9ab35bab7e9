// SPDX-License-Identifier: GPL-3.0-or-later
// A bounded view of untrusted bytes: the first thing wrong sticks, and reading goes on as zeros.
#include "cursor.h"

#include "libdumpalloc/wire.h"

uint64_t cursor_varint_long(struct cursor *cursor)
{
	uint64_t value = 0;
	size_t left = cursor_left(cursor);
	size_t n = left < WIRE_VARINT_MAX ? left : WIRE_VARINT_MAX;
	for (size_t i = 0; i < n; i++) {
		uint64_t byte = cursor->at[i];
		if (i == WIRE_VARINT_MAX - 1 && byte > 1) {
			break;
		}
		value |= (byte & 0x7f) << (7 * i);
		if (byte < 0x80) {
			cursor->at += i + 1;
			return value;
		}
	}
	cursor_fail(cursor, left < WIRE_VARINT_MAX ? "a number is cut off"
						   : "a number is larger than 64 bits");
	return 0;
}

uint64_t cursor_varint_far_long(struct cursor *cursor)
{
	const uint8_t *at = cursor->at;
	uint64_t value = cursor_varint_long(cursor);
	cursor->at = cursor->error ? at : cursor->at;
	return value;
}

struct cursor cursor_part(struct cursor *cursor, uint64_t size)
{
	if (size > cursor_left(cursor)) {
		cursor_fail(cursor, "a field is longer than what holds it");
		return cursor_over(cursor->end, 0);
	}
	struct cursor part = cursor_over(cursor->at, (size_t)size);
	cursor->at += size;
	return part;
}

struct cursor cursor_text(struct cursor *cursor, uint64_t limit)
{
	return cursor_part(cursor,
			   cursor_varint_up_to(cursor, limit, "a text is longer than allowed"));
}
