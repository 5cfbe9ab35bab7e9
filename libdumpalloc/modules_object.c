// SPDX-License-Identifier: LGPL-2.1-or-later
// What an entry of the loader's list says of an object.
#define _GNU_SOURCE
#include "libdumpalloc/modules_object.h"

#include <elf.h>
#include <string.h>

#include "unwind/auxv.h"

bool modules_object_holds(const struct dl_phdr_info *object, uintptr_t address)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &object->dlpi_phdr[i];

		if (header->p_type == PT_LOAD &&
		    address - (object->dlpi_addr + header->p_vaddr) < header->p_memsz)
			return true;
	}
	return false;
}

// Adds an executable segment. Where segments do not follow one another, what lies between them may
// not be readable.
static void take_code(struct unwind_code codes[MODULES_CODES], uintptr_t from, uintptr_t to)
{
	uintptr_t page = (uintptr_t)auxv_value(AT_PAGESZ);
	struct unwind_code *least = codes;

	for (struct unwind_code *code = codes; code < codes + MODULES_CODES; code++) {
		if (code->start < code->end && from >= code->end && from - code->end < page) {
			code->end = to;
			return;
		}
		if (code->end - code->start < least->end - least->start)
			least = code;
	}
	if (to - from > least->end - least->start)
		*least = (struct unwind_code){ .start = from, .end = to };
}

static void take_index(struct unwind_code codes[MODULES_CODES], const struct unwind_code *index)
{
	for (struct unwind_code *code = codes; code < codes + MODULES_CODES; code++) {
		uintptr_t start = code->start, end = code->end;

		*code = *index;
		code->start = start;
		code->end = end;
	}
}

void modules_object_codes(const struct dl_phdr_info *object,
			  struct unwind_code codes[MODULES_CODES])
{
	uintptr_t index = 0, index_size = 0;

	memset(codes, 0, MODULES_CODES * sizeof(*codes));
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &object->dlpi_phdr[i];
		uintptr_t from = (uintptr_t)(object->dlpi_addr + header->p_vaddr);

		if (header->p_type == UNWIND_INDEX_HEADER) {
			index = from;
			index_size = (uintptr_t)header->p_memsz;
		}
		if (header->p_type == PT_LOAD && (header->p_flags & PF_X) != 0 &&
		    (header->p_flags & PF_R) != 0)
			take_code(codes, from, from + (uintptr_t)header->p_memsz);
	}
	for (size_t i = 0; i < object->dlpi_phnum && index != 0; i++) {
		const ElfW(Phdr) *header = &object->dlpi_phdr[i];
		uintptr_t from = (uintptr_t)(object->dlpi_addr + header->p_vaddr);

		if (header->p_type == PT_LOAD && (header->p_flags & PF_R) != 0 &&
		    index - from < header->p_memsz)
			take_index(codes, &(struct unwind_code){
						  .index = index,
						  .index_size = index_size,
						  .index_start = from,
						  .index_end = from + (uintptr_t)header->p_memsz });
	}
}

bool modules_object_code(const struct dl_phdr_info *object, uintptr_t pc, struct unwind_code *code)
{
	struct unwind_code codes[MODULES_CODES];

	modules_object_codes(object, codes);
	for (size_t i = 0; i < MODULES_CODES; i++) {
		*code = codes[i];
		if (pc >= code->start && pc < code->end)
			return true;
	}
	return false;
}

bool modules_object_image(uintptr_t start, uintptr_t head_size, uintptr_t end, uintptr_t pc,
			  struct unwind_code *code)
{
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)start;
	struct dl_phdr_info object = { 0 };
	bool has_start = false;

	if (head_size < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_phoff > head_size ||
	    (head_size - header->e_phoff) / sizeof *object.dlpi_phdr < header->e_phnum)
		return false;
	object.dlpi_phdr = (const ElfW(Phdr) *)(start + header->e_phoff);
	object.dlpi_phnum = header->e_phnum;
	for (size_t i = 0; i < object.dlpi_phnum && !has_start; i++) {
		object.dlpi_addr = start - object.dlpi_phdr[i].p_vaddr;
		has_start =
			object.dlpi_phdr[i].p_type == PT_LOAD && object.dlpi_phdr[i].p_offset == 0;
	}
	if (!has_start || !modules_object_code(&object, pc, code))
		return false;
	return code->start >= start && code->end <= end &&
	       (code->index == 0 || (code->index_start >= start && code->index_end <= end));
}

bool modules_object_counts(const struct dl_phdr_info *object, size_t size, uintptr_t *loads,
			   uintptr_t *unloads)
{
#if defined(__UCLIBC__) // whose entries end before the counts
	(void)object;
	(void)size;
	(void)loads;
	(void)unloads;
	return false;
#else
	if (size < offsetof(struct dl_phdr_info, dlpi_subs) + sizeof(object->dlpi_subs))
		return false;
	*loads = (uintptr_t)object->dlpi_adds;
	*unloads = (uintptr_t)object->dlpi_subs;
	return true;
#endif
}
