// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers as DWARF has them, read through a cursor.
#ifndef READALLOC_DWARF_BYTES_H
#define READALLOC_DWARF_BYTES_H

#include "cursor.h"

#include <stdbool.h>
#include <string.h>

// A number of `size` (at most 8) bytes.
static inline uint64_t dwarf_number(struct cursor *cursor, unsigned size, bool is_big)
{
	if (cursor_left(cursor) < size) {
		cursor_fail(cursor, "a number is cut off");
		return 0;
	}
	uint64_t value = 0;
	for (unsigned i = 0; i < size; i++) {
		value = value << 8 | cursor->at[is_big ? i : size - 1 - i];
	}
	cursor->at += size;
	return value;
}

static inline uint8_t dwarf_byte(struct cursor *cursor)
{
	if (cursor->at == cursor->end) {
		cursor_fail(cursor, "a number is cut off");
		return 0;
	}
	return *cursor->at++;
}

// LEB128, of any length; bits above 64 are left out. `*last` is the last byte, `*bits` how many were read.
static inline uint64_t dwarf_leb(struct cursor *cursor, uint8_t *last, unsigned *bits)
{
	uint64_t value = 0;
	*bits = 0;
	do {
		*last = dwarf_byte(cursor);
		if (*bits < 64) {
			value |= (uint64_t)(*last & 0x7f) << *bits;
			*bits += 7;
		}
	} while ((*last & 0x80) != 0);
	return value;
}

static inline uint64_t dwarf_unsigned(struct cursor *cursor)
{
	if (cursor->at < cursor->end && *cursor->at < 0x80) {
		return *cursor->at++;
	}
	uint8_t last;
	unsigned bits;
	return dwarf_leb(cursor, &last, &bits);
}

static inline int64_t dwarf_signed(struct cursor *cursor)
{
	uint8_t last;
	unsigned bits;
	uint64_t value = dwarf_leb(cursor, &last, &bits);
	if (bits < 64 && (last & 0x40) != 0) {
		value |= ~(uint64_t)0 << bits;
	}
	return (int64_t)value;
}

static inline void dwarf_skip(struct cursor *cursor, uint64_t size)
{
	if (cursor_left(cursor) < size) {
		cursor_fail(cursor, "a block is cut off");
	} else {
		cursor->at += size;
	}
}

// A text that ends with a zero byte; "" when it does not.
static inline const char *dwarf_text_here(struct cursor *cursor)
{
	size_t left = cursor_left(cursor);
	size_t n = left > 0 ? strnlen((const char *)cursor->at, left) : 0;
	if (n == left) {
		cursor_fail(cursor, "a text is cut off");
		return "";
	}
	const char *text = (const char *)cursor->at;
	cursor->at += n + 1;
	return text;
}

#endif
