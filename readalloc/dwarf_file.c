// SPDX-License-Identifier: GPL-3.0-or-later
// The debug information of one file: its sections, its units, and their abbreviations.
#include "dwarf_file.h"

#include "../libdumpalloc/wire.h"
#include "dwarf_bytes.h"
#include "elf_file.h"
#include "elf_unpack.h"
#include "util.h"

#include <stdlib.h>

enum {
	UNIT_type = 0x02,
	UNIT_partial = 0x03,
	UNIT_skeleton = 0x04,
	UNIT_split_compile = 0x05,
	UNIT_split_type = 0x06,
	FORM_implicit_const = 0x21,
	SPECS_MAX = 4096, // of one abbreviation; real ones have under 50
};

static const char *const section_names[N_DWARF_SECTIONS] = {
	[DWARF_INFO] = ".debug_info",
	[DWARF_ABBREV] = ".debug_abbrev",
	[DWARF_LINE] = ".debug_line",
	[DWARF_STR] = ".debug_str",
	[DWARF_LINE_STR] = ".debug_line_str",
	[DWARF_RANGES] = ".debug_ranges",
	[DWARF_RNGLISTS] = ".debug_rnglists",
	[DWARF_ADDR] = ".debug_addr",
	[DWARF_STR_OFFSETS] = ".debug_str_offsets",
};

static void abbrevs_free(struct dwarf_abbrevs *abbrevs)
{
	free(abbrevs->rows);
	free(abbrevs->specs);
	free(abbrevs);
}

void dwarf_file_close(struct dwarf_file *file)
{
	for (size_t i = 0; i < N_DWARF_SECTIONS; i++) {
		free(file->sections[i].bytes);
	}
	for (size_t i = 0; i < file->n_abbrevs; i++) {
		abbrevs_free(file->abbrevs[i]);
	}
	free(file->abbrevs);
	free(file->units);
	index_table_free(&file->by_offset);
	*file = (struct dwarf_file){ 0 };
}

const struct dwarf_unit *dwarf_unit_at(const struct dwarf_file *file, uint64_t offset)
{
	size_t low = 0, high = file->n_units;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (file->units[middle].end <= offset) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < file->n_units && offset >= file->units[low].root ? &file->units[low] : NULL;
}

struct cursor dwarf_entries(const struct dwarf_unit *unit, uint64_t offset)
{
	return cursor_over(unit->file->sections[DWARF_INFO].bytes + offset,
			   (size_t)(unit->end - offset));
}

static int compare_abbrevs(const void *a, const void *b)
{
	const struct dwarf_abbrev *one = a, *two = b;
	return one->code < two->code ? -1 : one->code > two->code;
}

// Reads one abbreviation's specs behind those that are there. False: damaged.
static bool read_specs(struct cursor *cursor, struct dwarf_file *file,
		       struct dwarf_abbrevs *abbrevs, struct dwarf_abbrev *abbrev, size_t *n,
		       size_t *capacity)
{
	abbrev->first = (uint32_t)*n;
	for (;;) {
		struct dwarf_spec spec = { 0 };
		spec.attribute = (uint16_t)dwarf_unsigned(cursor);
		spec.form = (uint16_t)dwarf_unsigned(cursor);
		if (spec.form == FORM_implicit_const) {
			spec.constant = dwarf_signed(cursor);
		}
		if (cursor->error != NULL || abbrev->n == SPECS_MAX || file->abbrevs_left == 0) {
			return false;
		}
		if (spec.attribute == 0 && spec.form == 0) {
			return true;
		}
		if (*n == *capacity) {
			*capacity = grown_capacity(*capacity, *n + 1);
			abbrevs->specs =
				xrealloc(abbrevs->specs, *capacity, sizeof(*abbrevs->specs));
		}
		abbrevs->specs[(*n)++] = spec;
		abbrev->n++;
		file->abbrevs_left--;
	}
}

static bool read_abbrevs(struct dwarf_file *file, struct dwarf_abbrevs *abbrevs)
{
	const struct dwarf_bytes *section = &file->sections[DWARF_ABBREV];
	if (abbrevs->at >= section->size) {
		return false;
	}
	struct cursor cursor =
		cursor_over(section->bytes + abbrevs->at, section->size - (size_t)abbrevs->at);
	size_t capacity = 0, n_specs = 0, specs_capacity = 0;
	for (;;) {
		struct dwarf_abbrev abbrev = { .code = dwarf_unsigned(&cursor) };
		if (cursor.error != NULL) {
			return false;
		}
		if (abbrev.code == 0) {
			break;
		}
		abbrev.tag = (uint16_t)dwarf_unsigned(&cursor);
		abbrev.has_children = dwarf_byte(&cursor) != 0;
		if (!read_specs(&cursor, file, abbrevs, &abbrev, &n_specs, &specs_capacity)) {
			return false;
		}
		if (abbrevs->n == capacity) {
			capacity = grown_capacity(capacity, abbrevs->n + 1);
			abbrevs->rows = xrealloc(abbrevs->rows, capacity, sizeof(*abbrevs->rows));
		}
		abbrevs->rows[abbrevs->n++] = abbrev;
	}
	if (abbrevs->n > 0) {
		qsort(abbrevs->rows, abbrevs->n, sizeof(*abbrevs->rows), compare_abbrevs);
	}
	return abbrevs->n > 0;
}

const struct dwarf_abbrevs *dwarf_abbrevs_of(const struct dwarf_unit *unit)
{
	struct dwarf_file *file = unit->file;
	uint32_t hash = hash_pair(unit->abbrevs_at, 0), step = 0, at;
	while ((at = index_table_next(&file->by_offset, hash, &step)) != INDEX_NONE) {
		if (file->abbrevs[at]->at == unit->abbrevs_at) {
			return file->abbrevs[at]->n > 0 ? file->abbrevs[at] : NULL;
		}
	}
	struct dwarf_abbrevs *abbrevs = xcalloc(1, sizeof(*abbrevs));
	abbrevs->at = unit->abbrevs_at;
	if (!read_abbrevs(file, abbrevs)) {
		abbrevs->n = 0; // none of it is trusted
	}
	at = (uint32_t)file->n_abbrevs++;
	file->abbrevs = xrealloc(file->abbrevs, file->n_abbrevs, sizeof(*file->abbrevs));
	file->abbrevs[at] = abbrevs;
	index_table_add(&file->by_offset, hash, at);
	return abbrevs->n > 0 ? abbrevs : NULL;
}

const struct dwarf_abbrev *dwarf_abbrev_find(const struct dwarf_abbrevs *abbrevs, uint64_t code)
{
	// Codes mostly count from 1.
	if (code - 1 < abbrevs->n && abbrevs->rows[code - 1].code == code) {
		return &abbrevs->rows[code - 1];
	}
	struct dwarf_abbrev key = { .code = code };
	return bsearch(&key, abbrevs->rows, abbrevs->n, sizeof(key), compare_abbrevs);
}

// Reads the header at the cursor. False: it is damaged, and nothing behind it can be found.
static bool read_header(struct cursor *cursor, struct dwarf_file *file, struct dwarf_unit *unit,
			bool *is_known)
{
	const uint8_t *bytes = file->sections[DWARF_INFO].bytes;
	*unit = (struct dwarf_unit){ .file = file, .start = (uint64_t)(cursor->at - bytes) };
	uint64_t length = dwarf_number(cursor, 4, file->is_big);
	unit->offset_size = 4;
	if (length == 0xffffffff) {
		length = dwarf_number(cursor, 8, file->is_big);
		unit->offset_size = 8;
	}
	if (cursor->error != NULL || length > cursor_left(cursor)) {
		return false;
	}
	struct cursor head = cursor_part(cursor, length);
	unit->end = (uint64_t)(cursor->at - bytes);
	unit->version = (uint8_t)dwarf_number(&head, 2, file->is_big);
	*is_known = unit->version >= 2 && unit->version <= 5;
	if (unit->version >= 5) {
		uint8_t type = dwarf_byte(&head);
		unit->address_size = dwarf_byte(&head);
		unit->abbrevs_at = dwarf_number(&head, unit->offset_size, file->is_big);
		if (type == UNIT_skeleton || type == UNIT_split_compile) {
			dwarf_skip(&head, 8);
		}
		*is_known &= type != UNIT_type && type != UNIT_split_type;
	} else {
		unit->abbrevs_at = dwarf_number(&head, unit->offset_size, file->is_big);
		unit->address_size = dwarf_byte(&head);
	}
	unit->root = (uint64_t)(head.at - bytes);
	*is_known &= head.error == NULL && cursor_left(&head) > 0 &&
		     (unit->address_size == 4 || unit->address_size == 8);
	return true;
}

// Reads of the first entry what all others need. Bases come first, as other values count from them.
static void read_root(struct dwarf_file *file, struct dwarf_unit *unit)
{
	struct cursor cursor = dwarf_entries(unit, unit->root);
	const struct dwarf_abbrevs *abbrevs = dwarf_abbrevs_of(unit);
	const struct dwarf_abbrev *abbrev =
		abbrevs != NULL ? dwarf_abbrev_find(abbrevs, dwarf_unsigned(&cursor)) : NULL;
	struct dwarf_value low = { 0 }, directory = { 0 }, split = { 0 };
	// Without a base, tables begin behind their header (DWARF 5, section 7.26), or have none.
	uint64_t head = unit->version < 5 ? 0 : unit->offset_size == 8 ? 16 : 8;
	unit->str_offsets_base = unit->addr_base = head;
	for (uint32_t i = 0; abbrev != NULL && i < abbrev->n; i++) {
		const struct dwarf_spec *spec = &abbrevs->specs[abbrev->first + i];
		struct dwarf_value value = dwarf_value_read(&cursor, unit, spec);
		if (cursor.error != NULL) {
			break;
		}
		switch (spec->attribute) {
		case DWARF_AT_low_pc:
			low = value;
			break;
		case DWARF_AT_comp_dir:
			directory = value;
			break;
		case DWARF_AT_stmt_list:
			unit->has_lines = true;
			unit->lines_at = value.number;
			break;
		case DWARF_AT_str_offsets_base:
			unit->str_offsets_base = value.number;
			break;
		case DWARF_AT_addr_base:
		case DWARF_AT_GNU_addr_base:
			unit->addr_base = value.number;
			break;
		case DWARF_AT_rnglists_base:
			unit->rnglists_base = value.number;
			break;
		case DWARF_AT_dwo_name:
		case DWARF_AT_GNU_dwo_name:
			split = value;
			break;
		default:
			break;
		}
	}
	dwarf_value_address(unit, &low, &unit->base);
	unit->directory = dwarf_value_text(unit, &directory);
	if (split.form != 0 && file->n_split++ == 0) {
		file->split_name = dwarf_value_text(unit, &split);
	}
}

static void list_units(struct dwarf_file *file)
{
	struct cursor cursor =
		cursor_over(file->sections[DWARF_INFO].bytes, file->sections[DWARF_INFO].size);
	size_t capacity = 0;
	while (cursor_left(&cursor) > 0) {
		struct dwarf_unit unit;
		bool is_known;
		if (!read_header(&cursor, file, &unit, &is_known)) {
			return;
		}
		if (!is_known) {
			continue;
		}
		if (file->n_units == capacity) {
			capacity = grown_capacity(capacity, file->n_units + 1);
			file->units = xrealloc(file->units, capacity, sizeof(*file->units));
		}
		read_root(file, &unit);
		file->units[file->n_units++] = unit;
	}
}

bool dwarf_file_open(struct dwarf_file *file, const struct elf_file *elf,
		     struct dwarf_file *alternate, const char **reason)
{
	*file = (struct dwarf_file){
		.is_big = elf_file_identity(elf)->byte_order == WIRE_BIG_ENDIAN,
		.alternate = alternate,
	};
	const char *trouble = NULL;
	for (size_t i = 0; i < N_DWARF_SECTIONS; i++) {
		struct dwarf_bytes *section = &file->sections[i];
		section->bytes = elf_unpack(elf, section_names[i], &section->size, &trouble);
		section->size = section->bytes != NULL ? section->size : 0;
	}
	if (file->sections[DWARF_INFO].bytes == NULL ||
	    file->sections[DWARF_ABBREV].bytes == NULL) {
		*reason = trouble != NULL ? trouble : "it has no debug information";
		dwarf_file_close(file);
		return false;
	}
	// Units share tables or have one each; none are read twice.
	file->abbrevs_left = 64 + 4 * (uint64_t)file->sections[DWARF_ABBREV].size;
	list_units(file);
	if (file->n_units == 0) {
		*reason =
			trouble != NULL ? trouble : "it is damaged, or of a version above DWARF 5";
		dwarf_file_close(file);
		return false;
	}
	return true;
}
