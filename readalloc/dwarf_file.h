// SPDX-License-Identifier: GPL-3.0-or-later
// The debug information of one file: its sections, its units, and the values of attributes.
#ifndef READALLOC_DWARF_FILE_H
#define READALLOC_DWARF_FILE_H

#include "cursor.h"
#include "index_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

// The numbers are those of DWARF 5, section 7, and of GNU's extensions.
enum dwarf_tag {
	DWARF_TAG_inlined_subroutine = 0x1d,
	DWARF_TAG_subprogram = 0x2e,
};

enum dwarf_attribute {
	DWARF_AT_name = 0x03,
	DWARF_AT_stmt_list = 0x10,
	DWARF_AT_low_pc = 0x11,
	DWARF_AT_high_pc = 0x12,
	DWARF_AT_comp_dir = 0x1b,
	DWARF_AT_abstract_origin = 0x31,
	DWARF_AT_specification = 0x47,
	DWARF_AT_ranges = 0x55,
	DWARF_AT_call_file = 0x58,
	DWARF_AT_call_line = 0x59,
	DWARF_AT_linkage_name = 0x6e,
	DWARF_AT_str_offsets_base = 0x72,
	DWARF_AT_addr_base = 0x73,
	DWARF_AT_rnglists_base = 0x74,
	DWARF_AT_dwo_name = 0x76,
	DWARF_AT_MIPS_linkage_name = 0x2007,
	DWARF_AT_GNU_dwo_name = 0x2130,
	DWARF_AT_GNU_addr_base = 0x2133,
};

enum dwarf_section {
	DWARF_INFO,
	DWARF_ABBREV,
	DWARF_LINE,
	DWARF_STR,
	DWARF_LINE_STR,
	DWARF_RANGES,
	DWARF_RNGLISTS,
	DWARF_ADDR,
	DWARF_STR_OFFSETS,
	N_DWARF_SECTIONS,
};

struct dwarf_bytes {
	uint8_t *bytes; // a zero byte stands behind them; NULL: none
	size_t size;
};

struct dwarf_file {
	struct dwarf_bytes sections[N_DWARF_SECTIONS];
	bool is_big;
	struct dwarf_unit *units; // by offset
	size_t n_units;
	struct dwarf_file *alternate;   // the file that dwz put what several share into; NULL: none
	struct dwarf_abbrevs **abbrevs; // owned
	size_t n_abbrevs;
	struct index_table by_offset; // of the abbreviations
	uint64_t abbrevs_left;        // how many more are read before the file is taken for hostile
	size_t n_split;               // units whose functions are in another file, a .dwo
	const char *split_name;       // the first such file
};

struct dwarf_range {
	uint64_t start, end;
};

struct dwarf_unit {
	struct dwarf_file *file;
	uint64_t start, root,
		end; // offsets in .debug_info: of the header, of the first entry, behind the last
	uint64_t abbrevs_at;
	uint8_t version, address_size, offset_size;
	// Of the first entry.
	const char *directory; // NULL unknown
	bool has_lines;
	uint64_t lines_at;
	uint64_t base; // of ranges
	uint64_t addr_base, str_offsets_base, rnglists_base;
};

struct dwarf_spec {
	uint16_t attribute, form;
	int64_t constant; // of the form implicit_const
};

struct dwarf_abbrev {
	uint64_t code;
	uint16_t tag;
	bool has_children;
	uint32_t first, n; // of the specs
};

struct dwarf_abbrevs {
	uint64_t at;
	struct dwarf_abbrev *rows; // by code
	size_t n;
	struct dwarf_spec *specs;
};

// A value as it stands in the entry; the functions below say what it means.
struct dwarf_value {
	uint16_t form; // 0: there is none
	uint64_t number;
	const char *text;
};

// Loads the sections and lists the units. False: there is no debug information that can be used, and
// `*reason` (never freed) says why. `elf` may be closed afterwards.
bool dwarf_file_open(struct dwarf_file *file, const struct elf_file *elf,
		     struct dwarf_file *alternate, const char **reason);
void dwarf_file_close(struct dwarf_file *file);

// The unit that holds the offset of .debug_info; NULL: none.
const struct dwarf_unit *dwarf_unit_at(const struct dwarf_file *file, uint64_t offset);

// The unit's entries, or those from `offset` on, as a cursor.
struct cursor dwarf_entries(const struct dwarf_unit *unit, uint64_t offset);

// The abbreviations of the unit; NULL: damaged.
const struct dwarf_abbrevs *dwarf_abbrevs_of(const struct dwarf_unit *unit);

// NULL: there is none of this code.
const struct dwarf_abbrev *dwarf_abbrev_find(const struct dwarf_abbrevs *abbrevs, uint64_t code);

// Reads one value, which may be of no use but to go on behind it. An unknown form fails the cursor.
struct dwarf_value dwarf_value_read(struct cursor *cursor, const struct dwarf_unit *unit,
				    const struct dwarf_spec *spec);

// NULL: it is no text, or out of bounds.
const char *dwarf_value_text(const struct dwarf_unit *unit, const struct dwarf_value *value);

// False: it is no address.
bool dwarf_value_address(const struct dwarf_unit *unit, const struct dwarf_value *value,
			 uint64_t *address);

// The entry that the value refers to, and its unit; NULL: none.
const struct dwarf_unit *dwarf_value_entry(const struct dwarf_unit *unit,
					   const struct dwarf_value *value, uint64_t *offset);

// Hands over each range of code of an entry with these attributes; those of code the linker threw away are
// left out.
void dwarf_ranges(const struct dwarf_unit *unit, const struct dwarf_value *low,
		  const struct dwarf_value *high, const struct dwarf_value *ranges,
		  void (*take)(void *context, const struct dwarf_range *range), void *context);

#endif
