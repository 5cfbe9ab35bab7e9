// SPDX-License-Identifier: LGPL-2.1-or-later
// What the symbols of a MIPS file say of its code: where it is compressed, and where data lies in it.
#include "unwind/code_marks.h"

#include <elf.h>
#include <stdlib.h>

enum {
	HEADER_MICROMIPS = 0x02000000, // of e_flags
	OTHER_ISA = 0xc0,              // of st_other
	OTHER_MICROMIPS = 0x80,
	OTHER_MIPS16 = 0xf0,
};

// A compressed function is marked in st_other, or by an odd address and, which of both, in the header.
// The compiler marks data within MIPS16 code by objects without a size.
static bool is_mark(const struct elf_image *image, const struct elf_symbol *symbol,
		    enum code_mark_kind *kind)
{
	bool is_marked_16 = (symbol->other & OTHER_MIPS16) == OTHER_MIPS16;
	bool is_marked_micro = !is_marked_16 && (symbol->other & OTHER_ISA) == OTHER_MICROMIPS;
	bool is_micro =
		is_marked_micro || (!is_marked_16 && (image->flags & HEADER_MICROMIPS) != 0);
	if (symbol->type == STT_OBJECT) {
		*kind = MARK_DATA;
		return symbol->size == 0;
	}
	*kind = is_micro ? MARK_MICROMIPS : MARK_MIPS16;
	return symbol->type == STT_FUNC &&
	       (is_marked_16 || is_marked_micro || (symbol->value & 1) != 0);
}

bool code_marks_add(struct code_marks *marks, const struct elf_image *image, const char *name)
{
	struct elf_part part;
	struct elf_symbol symbol;
	enum { SYMBOL_MIN = 16 };
	if (image->machine != EM_MIPS || !elf_part_named(image, name, &part)) {
		return true;
	}
	if (part.owned != NULL) { // linkers do not compress symbols
		free(part.owned);
		return true;
	}
	size_t max = marks->n + part.size / SYMBOL_MIN;
	struct code_mark *list = realloc(marks->list, (max + 1) * sizeof(*list));
	if (list == NULL) {
		return false;
	}
	marks->list = list;
	for (size_t i = 0; elf_symbol_at(image, &part, i, &symbol); i++) {
		enum code_mark_kind kind;
		if (symbol.is_defined && is_mark(image, &symbol, &kind)) {
			list[marks->n++] = (struct code_mark){ symbol.value & ~UINT64_C(1), kind };
		}
	}
	return true;
}

// At one address code comes last: an empty table's end.
static int by_address(const void *a, const void *b)
{
	const struct code_mark *left = a, *right = b;
	if (left->address != right->address) {
		return left->address < right->address ? -1 : 1;
	}
	return (right->kind == MARK_DATA) - (left->kind == MARK_DATA);
}

void code_marks_sort(struct code_marks *marks)
{
	if (marks->n > 0) {
		qsort(marks->list, marks->n, sizeof(marks->list[0]), by_address);
	}
}

void code_marks_free(struct code_marks *marks)
{
	free(marks->list);
	*marks = (struct code_marks){ 0 };
}

// The number of marks at or before `address`.
static size_t marks_until(const struct code_marks *marks, uint64_t address)
{
	size_t low = 0, high = marks->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (marks->list[middle].address <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

bool code_marks_isa(const struct code_marks *marks, uint64_t address, enum code_isa *isa)
{
	address &= ~UINT64_C(1);
	size_t n = marks_until(marks, address);
	if (n == 0 || marks->list[n - 1].address != address ||
	    marks->list[n - 1].kind == MARK_DATA) {
		return false;
	}
	*isa = marks->list[n - 1].kind == MARK_MIPS16 ? CODE_MIPS16 : CODE_MICROMIPS;
	return true;
}

uint64_t code_marks_skip_data(const struct code_marks *marks, uint64_t pc, uint64_t end)
{
	size_t n = marks_until(marks, pc);
	if (n == 0 || marks->list[n - 1].kind != MARK_DATA) {
		return pc;
	}
	while (n < marks->n && marks->list[n].kind == MARK_DATA) {
		n++;
	}
	return n < marks->n && marks->list[n].address < end ? marks->list[n].address : end;
}
