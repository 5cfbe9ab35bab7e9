// SPDX-License-Identifier: LGPL-2.1-or-later
// What the symbols of a file say of its code: which instruction set it is in, and where data lies in it.
#include "unwind/code_marks.h"

#include <stdlib.h>

bool code_marks_add(struct code_marks *marks, const struct elf_image *image, const char *name)
{
	struct elf_part part;
	struct elf_symbol symbol;
	enum { SYMBOL_MIN = 16 };
	if (marks->target->mark == NULL || !elf_part_named(image, name, &part)) {
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
		const struct scan_isa *isa;
		if (symbol.is_defined && marks->target->mark(image, &symbol, &isa)) {
			list[marks->n++] = (struct code_mark){ symbol.value & ~UINT64_C(1), isa };
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
	return (right->isa == NULL) - (left->isa == NULL);
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

const struct scan_isa *code_marks_isa(const struct code_marks *marks, uint64_t address)
{
	address &= ~UINT64_C(1);
	size_t n = marks_until(marks, address);
	if (n == 0) {
		return NULL;
	}
	const struct code_mark *mark = &marks->list[n - 1];
	return mark->address == address || marks->target->has_mapping_symbols ? mark->isa : NULL;
}

uint64_t code_marks_skip_data(const struct code_marks *marks, uint64_t pc, uint64_t end)
{
	size_t n = marks_until(marks, pc);
	if (n == 0 || marks->list[n - 1].isa != NULL) {
		return pc;
	}
	while (n < marks->n && marks->list[n].isa == NULL) {
		n++;
	}
	return n < marks->n && marks->list[n].address < end ? marks->list[n].address : end;
}
