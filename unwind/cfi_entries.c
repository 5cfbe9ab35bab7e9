// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the entries of call frame information, one after another.
#include "unwind/cfi.h"

#include "unwind/cfi_cursor.h"

// Pointer encodings of .eh_frame.
enum {
	ENCODING_FORM = 0x0f,
	ENCODING_PC_RELATIVE = 0x10,
	ENCODING_BASE = 0x70,
};

// What an entry takes from the one it names as common to its kind.
struct common {
	uint64_t code_factor;
	int64_t data_factor;
	uint64_t ra;
	uint8_t encoding; // of code addresses
	uint8_t word_size;
	bool has_augmentation_size;
	size_t instructions, end;
};

// One entry's bytes: [body, end), of which the first word, `id`, is read.
struct bounds {
	size_t start, body, end;
	size_t id_at;
	uint64_t id;
	bool is_wide; // the 64-bit format
};

static bool read_bounds(const struct cfi_table *table, size_t at, struct bounds *bounds)
{
	struct cfi_cursor cursor = cfi_cursor_over(table, at, table->size);
	uint64_t length = cfi_number(&cursor, 4);
	bounds->start = at;
	bounds->is_wide = length == 0xffffffff;
	if (bounds->is_wide) {
		length = cfi_number(&cursor, 8);
	}
	if (cursor.is_bad || length > cursor.end - cursor.at) {
		return false;
	}
	bounds->end = cursor.at + (size_t)length;
	cursor.end = bounds->end;
	bounds->id_at = cursor.at;
	bounds->id = cfi_number(&cursor, bounds->is_wide ? 8 : 4);
	bounds->body = cursor.at;
	return true;
}

static bool is_common(const struct cfi_table *table, const struct bounds *bounds)
{
	if (table->is_eh_frame) {
		return bounds->id == 0;
	}
	return bounds->id == (bounds->is_wide ? UINT64_MAX : 0xffffffff);
}

static uint64_t read_encoded(struct cfi_cursor *cursor, uint8_t encoding, uint8_t word_size)
{
	uint64_t place = cursor->table->address + cursor->at;
	uint64_t number;
	switch (encoding & ENCODING_FORM) {
	case 0x00:
		number = cfi_number(cursor, word_size);
		break;
	case 0x01:
		number = cfi_uleb(cursor);
		break;
	case 0x02:
		number = cfi_number(cursor, 2);
		break;
	case 0x03:
		number = cfi_number(cursor, 4);
		break;
	case 0x04:
	case 0x0c:
		number = cfi_number(cursor, 8);
		break;
	case 0x09:
		number = (uint64_t)cfi_sleb(cursor);
		break;
	case 0x0a:
		number = (uint64_t)(int16_t)cfi_number(cursor, 2);
		break;
	case 0x0b:
		number = (uint64_t)(int32_t)cfi_number(cursor, 4);
		break;
	default:
		cursor->is_bad = true;
		return 0;
	}
	if ((encoding & ENCODING_BASE) == ENCODING_PC_RELATIVE) {
		number += place;
	} else if ((encoding & ENCODING_BASE) != 0) {
		cursor->is_bad = true;
	}
	return word_size == 4 ? (uint32_t)number : number;
}

// The augmentation of .eh_frame: letters, each with its operand.
static bool read_augmentation(struct cfi_cursor *cursor, const char *letters, struct common *common)
{
	uint64_t size = cfi_uleb(cursor);
	if (size > cursor->end - cursor->at) {
		return false;
	}
	size_t end = cursor->at + (size_t)size;
	common->has_augmentation_size = true;
	for (const char *letter = letters + 1; *letter != '\0'; letter++) {
		if (*letter == 'R') {
			common->encoding = cfi_byte(cursor);
		} else if (*letter == 'L') {
			cfi_byte(cursor);
		} else if (*letter == 'P') {
			uint8_t encoding = cfi_byte(cursor);
			read_encoded(cursor, encoding & ENCODING_FORM, common->word_size);
		} else if (*letter != 'S' && *letter != 'B') {
			break;
		}
	}
	cursor->at = end;
	return true;
}

static bool read_common(const struct cfi_table *table, size_t at, struct common *common)
{
	struct bounds bounds;
	if (at >= table->size || !read_bounds(table, at, &bounds) || !is_common(table, &bounds)) {
		return false;
	}
	struct cfi_cursor cursor = cfi_cursor_over(table, bounds.body, bounds.end);
	*common = (struct common){ .word_size = table->word_size, .end = bounds.end };
	unsigned version = cfi_byte(&cursor);
	const char *letters = (const char *)table->bytes + cursor.at;
	while (cfi_byte(&cursor) != 0) {
	}
	if (cursor.is_bad) {
		return false;
	}
	if (version == 4) {
		common->word_size = cfi_byte(&cursor);
		cfi_byte(&cursor); // size of segment selectors
	}
	common->code_factor = cfi_uleb(&cursor);
	common->data_factor = cfi_sleb(&cursor);
	common->ra = version == 1 ? cfi_byte(&cursor) : cfi_uleb(&cursor);
	if (letters[0] == 'z' && !read_augmentation(&cursor, letters, common)) {
		return false;
	}
	common->instructions = cursor.at;
	return !cursor.is_bad && (letters[0] == 'z' || letters[0] == '\0') &&
	       (common->word_size == 4 || common->word_size == 8);
}

static bool read_entry(const struct cfi_table *table, const struct bounds *bounds,
		       struct cfi_entry *entry)
{
	struct common common;
	// .eh_frame counts back from the field itself, .debug_frame from the table's beginning.
	uint64_t at = table->is_eh_frame ? bounds->id_at - bounds->id : bounds->id;
	if (at >= table->size || !read_common(table, (size_t)at, &common)) {
		return false;
	}
	struct cfi_cursor cursor = cfi_cursor_over(table, bounds->body, bounds->end);
	uint64_t start = read_encoded(&cursor, common.encoding, common.word_size);
	uint64_t size = read_encoded(&cursor, common.encoding & ENCODING_FORM, common.word_size);
	if (common.has_augmentation_size) {
		cfi_skip(&cursor, cfi_uleb(&cursor));
	}
	*entry = (struct cfi_entry){
		.start = start,
		.end = start + size,
		.code_factor = common.code_factor,
		.data_factor = common.data_factor,
		.ra = common.ra,
		.common = common.instructions,
		.common_end = common.end,
		.instructions = cursor.at,
		.instructions_end = bounds->end,
	};
	return !cursor.is_bad && size != 0 && start + size > start;
}

bool cfi_next(const struct cfi_table *table, size_t *at, struct cfi_entry *entry)
{
	struct bounds bounds;
	while (*at < table->size && read_bounds(table, *at, &bounds)) {
		*at = bounds.end;
		if (bounds.end == bounds.id_at) {
			continue; // padding: .eh_frame's terminator
		}
		if (!is_common(table, &bounds) && read_entry(table, &bounds, entry)) {
			return true;
		}
	}
	return false;
}
