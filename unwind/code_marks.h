// SPDX-License-Identifier: LGPL-2.1-or-later
// What the symbols of a file say of its code: which instruction set it is in, and where data lies in it.
#ifndef UNWIND_CODE_MARKS_H
#define UNWIND_CODE_MARKS_H

#include "unwind/scan_targets.h"

struct code_mark {
	uint64_t address;
	const struct scan_isa *isa; // NULL: a table or constants, until the next mark of code
};

struct code_marks {
	struct code_mark *list; // owned
	size_t n;
	const struct scan_target *target; // set by the caller
};

// Adds those of the section `name`; false: no memory. After the last one comes code_marks_sort.
bool code_marks_add(struct code_marks *marks, const struct elf_image *image, const char *name);
void code_marks_sort(struct code_marks *marks);
void code_marks_free(struct code_marks *marks);

// The instruction set marked at `address`; NULL: none is.
const struct scan_isa *code_marks_isa(const struct code_marks *marks, uint64_t address);

// The first address from `pc` on that is not data, or `end`.
uint64_t code_marks_skip_data(const struct code_marks *marks, uint64_t pc, uint64_t end);

#endif
