// SPDX-License-Identifier: GPL-3.0-or-later
// For walkers outside the tracer: which loaded object holds a program counter.
#include "tests/programs/loaded_code.h"

#include <link.h>

struct search {
	uintptr_t pc;
	struct unwind_code *code;
	bool is_found;
};

static void take_object(const struct dl_phdr_info *object, struct search *search)
{
	uintptr_t index = 0, index_size = 0;

	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + header->p_vaddr;

		if (header->p_type == UNWIND_INDEX_HEADER) {
			index = start;
			index_size = header->p_memsz;
		}
		if (header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0 &&
		    search->pc - start < header->p_memsz) {
			search->code->start = start;
			search->code->end = start + header->p_memsz;
			search->is_found = true;
		}
	}
	for (int i = 0; i < object->dlpi_phnum && index != 0; i++) {
		const ElfW(Phdr) *header = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + header->p_vaddr;

		if (header->p_type == PT_LOAD && index - start < header->p_memsz) {
			search->code->index = index;
			search->code->index_size = index_size;
			search->code->index_start = start;
			search->code->index_end = start + header->p_memsz;
		}
	}
}

static int visit(struct dl_phdr_info *object, size_t size, void *argument)
{
	struct search *search = argument;

	(void)size;
	*search->code = (struct unwind_code){ 0 };
	take_object(object, search);
	return search->is_found;
}

bool loaded_code_find(void *user, uintptr_t pc, struct unwind_code *code)
{
	struct search search = { pc, code, false };

	(void)user;
	dl_iterate_phdr(visit, &search);
	return search.is_found;
}
