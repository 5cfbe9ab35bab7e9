// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a rule is what a file's tables say, in other words perhaps.
#ifndef UNWIND_RULE_CHECK_H
#define UNWIND_RULE_CHECK_H

#include "unwind/cfi.h"
#include "unwind/code_marks.h"
#include "unwind/code_view.h"
#include "unwind/elf_image.h"
#include "unwind/rule.h"

enum { RULE_CHECK_ROWS_MAX = 4096 }; // of one entry

struct rule_check {
	const struct elf_image *file;     // borrowed
	const struct scan_isa *plain_isa; // where no symbol says otherwise
	struct code_marks marks;
	struct code_view view; // of the code looked at
	// Of the entry looked at.
	struct rule_row {
		uint64_t start, end;
		struct unwind_rule rule;
	} rows[RULE_CHECK_ROWS_MAX];
	size_t n_rows;
};

// Sets up a zeroed check of the code of `file`, of which `debug` has symbols (it may be `file`). NULL: success; else what is
// wrong, a static text. To be closed in any case.
const char *rule_check_open(struct rule_check *check, const struct elf_image *file,
			    const struct elf_image *debug);
void rule_check_close(struct rule_check *check);

// The table `name` of `image` (the file or its debug file), as cfi.h reads it; `part` holds its bytes, and part->owned is to
// be freed. False: there is none.
bool rule_check_table(const struct rule_check *check, const struct elf_image *image,
		      const char *name, struct elf_part *part, struct cfi_table *table);

// Looks at the code at `address`, which may have an ISA bit: sets the view. False: no code is there.
bool rule_check_look_at(struct rule_check *check, uint64_t address);

// Loads the rows of an entry.
void rule_check_load(struct rule_check *check, const struct cfi_table *table,
		     const struct cfi_entry *entry);

// The row at `pc`; NULL: there is none.
const struct unwind_rule *rule_check_row(const struct rule_check *check, uint64_t pc);

// Whether the rule says at `pc`, behind a call, what the row `truth` says.
bool rule_check_is_right(const struct rule_check *check, const struct cfi_entry *entry, uint64_t pc,
			 const struct unwind_rule *rule, const struct unwind_rule *truth);

// Whether a row tells what holds behind a call: where the return address is.
static inline bool rule_check_is_row(const struct unwind_rule *row)
{
	return row != NULL && row->kind != RULE_UNKNOWN &&
	       (row->kind != RULE_FRAME || row->ra_place == RULE_AT_CFA);
}

// Whether two rules count the same CFA.
bool rule_check_is_same_cfa(const struct rule_check *check, const struct cfi_entry *entry,
			    uint64_t pc, const struct unwind_rule *a, const struct unwind_rule *b);

// The first address of the entry, without the ISA bit.
uint64_t rule_check_start(const struct rule_check *check, const struct cfi_entry *entry);

// The first address from `pc` on that is not data among code, or `end`.
uint64_t rule_check_skip_data(const struct rule_check *check, uint64_t pc, uint64_t end);

#endif
