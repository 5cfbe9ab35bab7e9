// SPDX-License-Identifier: LGPL-2.1-or-later
// What the symbols of a MIPS file say of its code: where it is compressed, and where data lies in it.
#ifndef UNWIND_CODE_MARKS_H
#define UNWIND_CODE_MARKS_H

#include "unwind/code_view.h"
#include "unwind/elf_image.h"

struct code_mark {
	uint64_t address;
	enum code_mark_kind {
		MARK_MIPS16,
		MARK_MICROMIPS,
		MARK_DATA, // a table or constants, until the next mark of another kind
	} kind;
};

struct code_marks {
	struct code_mark *list; // owned
	size_t n;
};

// Adds those of the section `name`; false: no memory. After the last one comes code_marks_sort.
bool code_marks_add(struct code_marks *marks, const struct elf_image *image, const char *name);
void code_marks_sort(struct code_marks *marks);
void code_marks_free(struct code_marks *marks);

// The instruction set of the compressed function at `address`; false: it is not one.
bool code_marks_isa(const struct code_marks *marks, uint64_t address, enum code_isa *isa);

// The first address from `pc` on that is not data, or `end`.
uint64_t code_marks_skip_data(const struct code_marks *marks, uint64_t pc, uint64_t end);

#endif
