// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads numbers from the bytes of a table; what lies beyond the end reads as zero and is remembered.
#ifndef UNWIND_CFI_CURSOR_H
#define UNWIND_CFI_CURSOR_H

#include "unwind/cfi.h"

struct cfi_cursor {
	const struct cfi_table *table;
	size_t at, end; // offsets within the table
	bool is_bad;    // something lay beyond the end
};

static inline struct cfi_cursor cfi_cursor_over(const struct cfi_table *table, size_t from,
						size_t to)
{
	size_t end = to < table->size ? to : table->size;
	return (struct cfi_cursor){ table, from < end ? from : end, end, false };
}

static inline void cfi_skip(struct cfi_cursor *cursor, uint64_t n)
{
	if (n > cursor->end - cursor->at) {
		cursor->is_bad = true;
		n = cursor->end - cursor->at;
	}
	cursor->at += (size_t)n;
}

static inline uint8_t cfi_byte(struct cfi_cursor *cursor)
{
	if (cursor->at == cursor->end) {
		cursor->is_bad = true;
		return 0;
	}
	return cursor->table->bytes[cursor->at++];
}

// A number of 1, 2, 4 or 8 bytes.
static inline uint64_t cfi_number(struct cfi_cursor *cursor, unsigned size)
{
	const uint8_t *bytes = cursor->table->bytes + cursor->at;
	uint64_t number = 0;
	if (size > cursor->end - cursor->at) {
		cfi_skip(cursor, size);
		return 0;
	}
	for (unsigned i = 0; i < size; i++) {
		number = number << 8 | bytes[cursor->table->is_big_endian ? i : size - 1 - i];
	}
	cursor->at += size;
	return number;
}

static inline uint64_t cfi_uleb(struct cfi_cursor *cursor)
{
	uint64_t number = 0;
	for (unsigned shift = 0;; shift += 7) {
		uint64_t byte = cfi_byte(cursor);
		if (shift < 64) {
			number |= (byte & 0x7f) << shift;
		}
		if (byte < 0x80) {
			return number;
		}
	}
}

static inline int64_t cfi_sleb(struct cfi_cursor *cursor)
{
	uint64_t number = 0;
	for (unsigned shift = 0;;) {
		uint64_t byte = cfi_byte(cursor);
		if (shift < 64) {
			number |= (byte & 0x7f) << shift;
		}
		shift += 7;
		if (byte < 0x80) {
			bool is_negative = (byte & 0x40) != 0 && shift < 64;
			return (int64_t)(is_negative ? number | ~UINT64_C(0) << shift : number);
		}
	}
}

#endif
