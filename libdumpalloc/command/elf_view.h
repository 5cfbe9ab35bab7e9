// SPDX-License-Identifier: LGPL-2.1-or-later
// An ELF file of this machine's kind, mapped; every read is checked against its size.
#ifndef LIBDUMPALLOC_COMMAND_ELF_VIEW_H
#define LIBDUMPALLOC_COMMAND_ELF_VIEW_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if UINTPTR_MAX > UINT32_MAX
#define ELF_VIEW_NATIVE(type) Elf64_##type
#else
#define ELF_VIEW_NATIVE(type) Elf32_##type
#endif

typedef ELF_VIEW_NATIVE(Ehdr) elf_header;
typedef ELF_VIEW_NATIVE(Phdr) elf_segment;
typedef ELF_VIEW_NATIVE(Shdr) elf_section;
typedef ELF_VIEW_NATIVE(Dyn) elf_dynamic;
typedef ELF_VIEW_NATIVE(Sym) elf_symbol;

struct elf_view {
	const uint8_t *bytes;
	size_t size;
	const elf_header *header; // NULL: no ELF file, or not of this kind
};

// False: it cannot be opened or mapped, errno says why. An empty file has size 0.
bool elf_view_open(struct elf_view *view, const char *path);
void elf_view_close(struct elf_view *view);

// Whether it begins as ELF files do, of whatever kind.
bool elf_view_is_elf(const struct elf_view *view);

// `n` elements of `size` bytes at `offset`; NULL: they are not all in the file, or lie where none can be read.
const void *elf_view_at(const struct elf_view *view, uint64_t offset, uint64_t n, size_t size);

// The text at `offset`; "" where it does not end in the file.
const char *elf_view_text(const struct elf_view *view, uint64_t offset);

// The first segment of this type; NULL none. The sections, none if there are none; their table's number in `n`.
const elf_segment *elf_view_segment(const struct elf_view *view, uint32_t type);
const elf_section *elf_view_sections(const struct elf_view *view, size_t *n);
const char *elf_view_section_name(const struct elf_view *view, const elf_section *section);

#endif
