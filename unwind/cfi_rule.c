// SPDX-License-Identifier: LGPL-2.1-or-later
// The rule at one address, from a module's .eh_frame as it is mapped.
//
// .eh_frame_hdr: Linux Standard Base, core part, section 10.6.2.
#include "unwind/cfi_rule.h"

#include "unwind/cfi_cursor.h"

enum {
	INDEX_VERSION = 1,
	ENCODING_OMITTED = 0xff,
	ENCODING_FORM = 0x0f,
	ENCODING_ROWS = 0x3b, // 4 bytes, signed, relative to the index: what linkers write
	ROW_SIZE = 8,
};

// The rows of the index: address of code, address of its entry; both relative to the index.
struct index {
	struct cfi_cursor rows; // at the first, ends behind the last
	uint64_t base;
	uint64_t n;
};

// Size of a number in the index's head; 0: not one of those in use.
static unsigned number_size(uint64_t encoding, unsigned word_size)
{
	switch (encoding & ENCODING_FORM) {
	case 0x00:
		return word_size;
	case 0x02:
	case 0x0a:
		return 2;
	case 0x03:
	case 0x0b:
		return 4;
	case 0x04:
	case 0x0c:
		return 8;
	default:
		return 0;
	}
}

static bool index_open(const struct cfi_table *segment, uint64_t at, struct index *index)
{
	uint64_t offset = at - segment->address;
	if (offset >= segment->size) {
		return false;
	}
	struct cfi_cursor cursor = cfi_cursor_over(segment, (size_t)offset, segment->size);
	uint64_t version = cfi_byte(&cursor);
	uint64_t table_encoding = cfi_byte(&cursor);
	uint64_t count_encoding = cfi_byte(&cursor);
	uint64_t rows_encoding = cfi_byte(&cursor);
	unsigned count_size = number_size(count_encoding, segment->word_size);
	if (version != INDEX_VERSION || count_encoding == ENCODING_OMITTED || count_size == 0 ||
	    rows_encoding != ENCODING_ROWS) {
		return false;
	}
	cfi_skip(&cursor, number_size(table_encoding, segment->word_size));
	index->n = cfi_number(&cursor, count_size);
	if (cursor.is_bad || index->n > (cursor.end - cursor.at) / ROW_SIZE) {
		return false;
	}
	index->rows = cursor;
	index->base = at;
	return true;
}

// The row is one of the index: index_open has seen that it lies within the segment. A search reads many.
static uint64_t index_number(const struct index *index, uint64_t row, unsigned column)
{
	const struct cfi_table *table = index->rows.table;
	const uint8_t *bytes = table->bytes + index->rows.at + (size_t)row * ROW_SIZE + column * 4u;
	uint32_t little = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
			  (uint32_t)bytes[3] << 24;
	uint32_t word = table->is_big_endian ? __builtin_bswap32(little) : little;
	uint64_t number = index->base + (uint64_t)(int32_t)word;
	return table->word_size == 4 ? (uint32_t)number : number;
}

// The last row at or before `address`. False: all are behind it.
static bool index_search(const struct index *index, uint64_t address, uint64_t *entry)
{
	uint64_t low = 0, high = index->n;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		if (index_number(index, middle, 0) <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	if (low == 0) {
		return false;
	}
	*entry = index_number(index, low - 1, 1);
	return true;
}

struct search {
	uint64_t address;
	struct unwind_rule *rule;
};

static bool take_row(void *context, uint64_t start, uint64_t end, const struct unwind_rule *rule)
{
	struct search *search = context;
	if (search->address < start || search->address >= end) {
		return true;
	}
	*search->rule = *rule;
	return false;
}

bool cfi_rule(const struct cfi_table *segment, uint64_t index, uint64_t address,
	      struct unwind_rule *rule)
{
	struct index rows;
	struct cfi_entry entry;
	struct search search = { address, rule };
	uint64_t at;
	if (!index_open(segment, index, &rows) || !index_search(&rows, address, &at)) {
		return false;
	}
	at -= segment->address;
	if (at >= segment->size) {
		return false;
	}
	// That entry and no other: what lies behind it is out of sight.
	struct cfi_cursor cursor = cfi_cursor_over(segment, (size_t)at, segment->size);
	uint64_t length = cfi_number(&cursor, 4);
	struct cfi_table table = *segment;
	size_t offset = (size_t)at;
	if (cursor.is_bad || length > cursor.end - cursor.at) {
		return false; // also the 64-bit format, which .eh_frame has no use for
	}
	table.size = cursor.at + (size_t)length;
	if (!cfi_next(&table, &offset, &entry) || address < entry.start || address >= entry.end) {
		return false;
	}
	*rule = rule_of_kind(RULE_UNKNOWN);
	cfi_rows(&table, &entry, address, take_row, &search);
	if (rule->kind == RULE_UNKNOWN) {
		*rule = rule_of_kind(RULE_BEYOND);
	}
	return true;
}
