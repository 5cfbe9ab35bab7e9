// SPDX-License-Identifier: GPL-3.0-or-later
// The values of attributes: how each form is read, and what it means.
#include "dwarf_bytes.h"
#include "dwarf_file.h"

enum form {
	FORM_addr = 0x01,
	FORM_block2 = 0x03,
	FORM_block4 = 0x04,
	FORM_data2 = 0x05,
	FORM_data4 = 0x06,
	FORM_data8 = 0x07,
	FORM_string = 0x08,
	FORM_block = 0x09,
	FORM_block1 = 0x0a,
	FORM_data1 = 0x0b,
	FORM_flag = 0x0c,
	FORM_sdata = 0x0d,
	FORM_strp = 0x0e,
	FORM_udata = 0x0f,
	FORM_ref_addr = 0x10,
	FORM_ref1 = 0x11,
	FORM_ref2 = 0x12,
	FORM_ref4 = 0x13,
	FORM_ref8 = 0x14,
	FORM_ref_udata = 0x15,
	FORM_indirect = 0x16,
	FORM_sec_offset = 0x17,
	FORM_exprloc = 0x18,
	FORM_flag_present = 0x19,
	FORM_strx = 0x1a,
	FORM_addrx = 0x1b,
	FORM_ref_sup4 = 0x1c,
	FORM_strp_sup = 0x1d,
	FORM_data16 = 0x1e,
	FORM_line_strp = 0x1f,
	FORM_ref_sig8 = 0x20,
	FORM_implicit_const = 0x21,
	FORM_loclistx = 0x22,
	FORM_rnglistx = 0x23,
	FORM_ref_sup8 = 0x24,
	FORM_strx1 = 0x25,
	FORM_strx2 = 0x26,
	FORM_strx3 = 0x27,
	FORM_strx4 = 0x28,
	FORM_addrx1 = 0x29,
	FORM_addrx2 = 0x2a,
	FORM_addrx3 = 0x2b,
	FORM_addrx4 = 0x2c,
	FORM_GNU_addr_index = 0x1f01,
	FORM_GNU_str_index = 0x1f02,
	FORM_GNU_ref_alt = 0x1f20,
	FORM_GNU_strp_alt = 0x1f21,
};

// Of the forms with a fixed number of bytes: how many; LEB, TEXT and so on for the others.
enum shape {
	UNKNOWN = 0, // as all that is not in the table
	N_BYTES = 8, // and below: that many
	LEB,
	SIGNED,
	TEXT,
	NOTHING,
	ADDRESS,
	OFFSET,
	BLOCK,   // its length in LEB128
	BLOCK_1, // in one byte, and so on
	BLOCK_2,
	BLOCK_4,
	SIXTEEN,
};

static const uint8_t shapes[] = {
	[FORM_addr] = ADDRESS,
	[FORM_block2] = BLOCK_2,
	[FORM_block4] = BLOCK_4,
	[FORM_data2] = 2,
	[FORM_data4] = 4,
	[FORM_data8] = 8,
	[FORM_string] = TEXT,
	[FORM_block] = BLOCK,
	[FORM_block1] = BLOCK_1,
	[FORM_data1] = 1,
	[FORM_flag] = 1,
	[FORM_sdata] = SIGNED,
	[FORM_strp] = OFFSET,
	[FORM_udata] = LEB,
	[FORM_ref_addr] = OFFSET,
	[FORM_ref1] = 1,
	[FORM_ref2] = 2,
	[FORM_ref4] = 4,
	[FORM_ref8] = 8,
	[FORM_ref_udata] = LEB,
	[FORM_sec_offset] = OFFSET,
	[FORM_exprloc] = BLOCK,
	[FORM_flag_present] = NOTHING,
	[FORM_strx] = LEB,
	[FORM_addrx] = LEB,
	[FORM_ref_sup4] = 4,
	[FORM_strp_sup] = OFFSET,
	[FORM_data16] = SIXTEEN,
	[FORM_line_strp] = OFFSET,
	[FORM_ref_sig8] = 8,
	[FORM_implicit_const] = NOTHING,
	[FORM_loclistx] = LEB,
	[FORM_rnglistx] = LEB,
	[FORM_ref_sup8] = 8,
	[FORM_strx1] = 1,
	[FORM_strx2] = 2,
	[FORM_strx3] = 3,
	[FORM_strx4] = 4,
	[FORM_addrx1] = 1,
	[FORM_addrx2] = 2,
	[FORM_addrx3] = 3,
	[FORM_addrx4] = 4,
};

static unsigned shape_of(const struct dwarf_unit *unit, unsigned form)
{
	switch (form) {
	case FORM_GNU_addr_index:
	case FORM_GNU_str_index:
		return LEB;
	case FORM_GNU_ref_alt:
	case FORM_GNU_strp_alt:
		return OFFSET;
	case FORM_ref_addr: // DWARF 2 has it as large as an address
		return unit->version <= 2 ? ADDRESS : OFFSET;
	default:
		return form < sizeof(shapes) ? shapes[form] : UNKNOWN;
	}
}

struct dwarf_value dwarf_value_read(struct cursor *cursor, const struct dwarf_unit *unit,
				    const struct dwarf_spec *spec)
{
	bool is_big = unit->file->is_big;
	struct dwarf_value value = { .form = spec->form };
	if (value.form == FORM_indirect) {
		value.form = (uint16_t)dwarf_unsigned(cursor);
	}
	unsigned shape = shape_of(unit, value.form);
	switch (shape) {
	case LEB:
		value.number = dwarf_unsigned(cursor);
		break;
	case SIGNED:
		value.number = (uint64_t)dwarf_signed(cursor);
		break;
	case TEXT:
		value.text = dwarf_text_here(cursor);
		break;
	case NOTHING:
		value.number = value.form == FORM_implicit_const ? (uint64_t)spec->constant : 1;
		break;
	case ADDRESS:
		value.number = dwarf_number(cursor, unit->address_size, is_big);
		break;
	case OFFSET:
		value.number = dwarf_number(cursor, unit->offset_size, is_big);
		break;
	case BLOCK:
		dwarf_skip(cursor, dwarf_unsigned(cursor));
		break;
	case BLOCK_1:
	case BLOCK_2:
	case BLOCK_4:
		dwarf_skip(cursor, dwarf_number(cursor, 1u << (shape - BLOCK_1), is_big));
		break;
	case SIXTEEN:
		dwarf_skip(cursor, 16);
		break;
	case UNKNOWN:
		cursor_fail(cursor, "an attribute has an unknown form");
		break;
	default:
		value.number = dwarf_number(cursor, shape, is_big);
	}
	return value;
}

static const char *text_in(const struct dwarf_file *file, enum dwarf_section section, uint64_t at)
{
	const struct dwarf_bytes *bytes = &file->sections[section];
	return at < bytes->size ? (const char *)bytes->bytes + at : NULL;
}

// The number at place `i` of a table at `base` of a section.
static bool table_entry(const struct dwarf_unit *unit, enum dwarf_section section, uint64_t base,
			uint64_t i, unsigned size, uint64_t *number)
{
	const struct dwarf_bytes *bytes = &unit->file->sections[section];
	if (base > bytes->size || i >= (bytes->size - base) / size) {
		return false;
	}
	struct cursor cursor = cursor_over(bytes->bytes + base + i * size, size);
	*number = dwarf_number(&cursor, size, unit->file->is_big);
	return true;
}

const char *dwarf_value_text(const struct dwarf_unit *unit, const struct dwarf_value *value)
{
	uint64_t at;
	switch (value->form) {
	case FORM_string:
		return value->text;
	case FORM_strp:
		return text_in(unit->file, DWARF_STR, value->number);
	case FORM_line_strp:
		return text_in(unit->file, DWARF_LINE_STR, value->number);
	case FORM_GNU_strp_alt:
	case FORM_strp_sup:
		return unit->file->alternate != NULL
			       ? text_in(unit->file->alternate, DWARF_STR, value->number)
			       : NULL;
	case FORM_strx:
	case FORM_strx1:
	case FORM_strx2:
	case FORM_strx3:
	case FORM_strx4:
	case FORM_GNU_str_index:
		return table_entry(unit, DWARF_STR_OFFSETS, unit->str_offsets_base, value->number,
				   unit->offset_size, &at)
			       ? text_in(unit->file, DWARF_STR, at)
			       : NULL;
	default:
		return NULL;
	}
}

bool dwarf_value_address(const struct dwarf_unit *unit, const struct dwarf_value *value,
			 uint64_t *address)
{
	switch (value->form) {
	case FORM_addr:
		*address = value->number;
		return true;
	case FORM_addrx:
	case FORM_addrx1:
	case FORM_addrx2:
	case FORM_addrx3:
	case FORM_addrx4:
	case FORM_GNU_addr_index:
		return table_entry(unit, DWARF_ADDR, unit->addr_base, value->number,
				   unit->address_size, address);
	default:
		return false;
	}
}

const struct dwarf_unit *dwarf_value_entry(const struct dwarf_unit *unit,
					   const struct dwarf_value *value, uint64_t *offset)
{
	const struct dwarf_file *file = unit->file;
	*offset = value->number;
	switch (value->form) {
	case FORM_ref1:
	case FORM_ref2:
	case FORM_ref4:
	case FORM_ref8:
	case FORM_ref_udata:
		*offset += unit->start;
		return *offset >= unit->root && *offset < unit->end ? unit : NULL;
	case FORM_GNU_ref_alt:
	case FORM_ref_sup4:
	case FORM_ref_sup8:
		file = file->alternate;
		break;
	case FORM_ref_addr:
		break;
	default:
		return NULL;
	}
	return file != NULL ? dwarf_unit_at(file, *offset) : NULL;
}

// One range on its way to who wants it.
struct taker {
	const struct dwarf_unit *unit;
	void (*take)(void *context, const struct dwarf_range *range);
	void *context;
};

// Code that the linker threw away begins at 0, or at the highest addresses; real code never does.
static void range_take(const struct taker *taker, uint64_t start, uint64_t end)
{
	uint64_t highest = taker->unit->address_size == 8 ? UINT64_MAX : UINT32_MAX;
	struct dwarf_range range = { start & highest, end & highest };
	if (range.start != 0 && range.start < range.end && range.start < highest - 1) {
		taker->take(taker->context, &range);
	}
}

// .debug_ranges, DWARF 2 to 4.
static void old_ranges(const struct taker *taker, uint64_t at)
{
	const struct dwarf_unit *unit = taker->unit;
	const struct dwarf_bytes *bytes = &unit->file->sections[DWARF_RANGES];
	if (at >= bytes->size) {
		return;
	}
	struct cursor cursor = cursor_over(bytes->bytes + at, bytes->size - at);
	uint64_t base = unit->base;
	uint64_t highest = unit->address_size == 8 ? UINT64_MAX : UINT32_MAX;
	while (cursor_left(&cursor) >= 2u * unit->address_size) {
		uint64_t start = dwarf_number(&cursor, unit->address_size, unit->file->is_big);
		uint64_t end = dwarf_number(&cursor, unit->address_size, unit->file->is_big);
		if (start == 0 && end == 0) {
			return;
		}
		if (start == highest) {
			base = end;
		} else if (start != end) {
			range_take(taker, base + start, base + end);
		}
	}
}

enum range_entry {
	RLE_end_of_list = 0,
	RLE_base_addressx = 1,
	RLE_startx_endx = 2,
	RLE_startx_length = 3,
	RLE_offset_pair = 4,
	RLE_base_address = 5,
	RLE_start_end = 6,
	RLE_start_length = 7,
};

static uint64_t indexed(struct cursor *cursor, const struct dwarf_unit *unit)
{
	uint64_t address = 0;
	if (!table_entry(unit, DWARF_ADDR, unit->addr_base, dwarf_unsigned(cursor),
			 unit->address_size, &address)) {
		cursor_fail(cursor, "an address is missing");
	}
	return address;
}

// .debug_rnglists, DWARF 5.
static void new_ranges(const struct taker *taker, uint64_t at)
{
	const struct dwarf_unit *unit = taker->unit;
	const struct dwarf_bytes *bytes = &unit->file->sections[DWARF_RNGLISTS];
	if (at >= bytes->size) {
		return;
	}
	struct cursor cursor = cursor_over(bytes->bytes + at, bytes->size - at);
	unsigned size = unit->address_size;
	bool is_big = unit->file->is_big;
	uint64_t base = unit->base;
	while (cursor_left(&cursor) > 0) {
		uint64_t start = 0, end = 0;
		switch (dwarf_byte(&cursor)) {
		case RLE_end_of_list:
			return;
		case RLE_base_addressx:
			base = indexed(&cursor, unit);
			continue;
		case RLE_base_address:
			base = dwarf_number(&cursor, size, is_big);
			continue;
		case RLE_startx_endx:
			start = indexed(&cursor, unit);
			end = indexed(&cursor, unit);
			break;
		case RLE_startx_length:
			start = indexed(&cursor, unit);
			end = start + dwarf_unsigned(&cursor);
			break;
		case RLE_offset_pair:
			start = base + dwarf_unsigned(&cursor);
			end = base + dwarf_unsigned(&cursor);
			// Counted from where thrown-away code was.
			start = base == 0 ? 0 : start;
			break;
		case RLE_start_end:
			start = dwarf_number(&cursor, size, is_big);
			end = dwarf_number(&cursor, size, is_big);
			break;
		case RLE_start_length:
			start = dwarf_number(&cursor, size, is_big);
			end = start + dwarf_unsigned(&cursor);
			break;
		default:
			return;
		}
		if (cursor.error != NULL) {
			return;
		}
		range_take(taker, start, end);
	}
}

void dwarf_ranges(const struct dwarf_unit *unit, const struct dwarf_value *low,
		  const struct dwarf_value *high, const struct dwarf_value *ranges,
		  void (*take)(void *context, const struct dwarf_range *range), void *context)
{
	struct taker taker = { unit, take, context };
	uint64_t start, end, at = ranges->number;
	if (ranges->form == FORM_rnglistx) {
		if (table_entry(unit, DWARF_RNGLISTS, unit->rnglists_base, ranges->number,
				unit->offset_size, &at)) {
			new_ranges(&taker, unit->rnglists_base + at);
		}
	} else if (ranges->form != 0 && unit->version >= 5) {
		new_ranges(&taker, at);
	} else if (ranges->form != 0) {
		old_ranges(&taker, at);
	} else if (dwarf_value_address(unit, low, &start)) {
		if (!dwarf_value_address(unit, high, &end)) {
			end = high->form != 0 ? start + high->number : start;
		}
		range_take(&taker, start, end);
	}
}
