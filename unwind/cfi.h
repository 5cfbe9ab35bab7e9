// SPDX-License-Identifier: LGPL-2.1-or-later
// Rules from call frame information: the bytes of .eh_frame or .debug_frame.
#ifndef UNWIND_CFI_H
#define UNWIND_CFI_H

#include "unwind/rule.h"

#include <stddef.h>

// A table's bytes, borrowed, and how to read them. Register numbers are those of the target's DWARF.
struct cfi_table {
	const uint8_t *bytes;
	size_t size;
	uint64_t address; // of bytes[0]; matters to .eh_frame only
	bool is_eh_frame; // else .debug_frame
	bool is_big_endian;
	uint8_t word_size; // 4 or 8
	uint8_t sp, fp;
	uint8_t fp2; // a second frame pointer, as rule.h has it; 0: none
};

// One function's entry: its code is [start, end). The rest is of interest to cfi.c alone.
struct cfi_entry {
	uint64_t start, end;
	uint64_t code_factor;
	int64_t data_factor;
	uint64_t ra;               // its column
	size_t common, common_end; // the instructions all functions of a kind begin with
	size_t instructions, instructions_end;
};

// Finds the next entry at or behind offset *at, and moves *at behind it. Entries that cannot be read are
// passed over. False: there are no more.
bool cfi_next(const struct cfi_table *table, size_t *at, struct cfi_entry *entry);

// Called for each row of an entry: the rule holds in [start, end). False stops.
typedef bool cfi_row_function(void *context, uint64_t start, uint64_t end,
			      const struct unwind_rule *rule);

// Executes the entry and gives its rows in order of address, but those that end at `from` or before it. Rows that a rule cannot
// express are RULE_UNKNOWN. A return address said to be undefined is RULE_OUTERMOST.
void cfi_rows(const struct cfi_table *table, const struct cfi_entry *entry, uint64_t from,
	      cfi_row_function *row, void *context);

#endif
