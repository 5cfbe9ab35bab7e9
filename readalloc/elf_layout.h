// SPDX-License-Identifier: GPL-3.0-or-later
// Where the fields of ELF structures are, for both classes; the inside of struct elf_file.
#ifndef READALLOC_ELF_LAYOUT_H
#define READALLOC_ELF_LAYOUT_H

#include "../libdumpalloc/wire.h"
#include "elf_file.h"

struct elf_field {
	uint8_t at, size;
};

struct elf_layout {
	size_t ehdr_size, shdr_size, phdr_size, sym_size;
	struct elf_field e_machine, e_shoff, e_shnum, e_shentsize, e_shstrndx;
	struct elf_field e_phoff, e_phnum, e_phentsize;
	struct elf_field sh_name, sh_type, sh_offset, sh_size, sh_link, sh_addr, sh_flags;
	struct elf_field p_type, p_offset, p_vaddr, p_filesz;
	struct elf_field st_name, st_value, st_size, st_info, st_shndx;
};

enum { ELF_TEXTS_MAX = 4 };

struct elf_file {
	int fd; // borrowed
	uint64_t size;
	const struct elf_layout *layout;
	struct elf_identity identity;
	uint8_t *sections;
	size_t n_sections;
	uint8_t *segments;
	size_t n_segments;
	bool is_cut;
	char *names; // of the sections
	uint64_t names_size;
	struct elf_function *functions; // by address
	size_t n_functions;
	char *texts[ELF_TEXTS_MAX]; // string tables that hold the functions' names
	size_t n_texts;
};

// The layout for ELFCLASS32 or ELFCLASS64.
const struct elf_layout *elf_layout(unsigned class);

uint64_t elf_read(const uint8_t *bytes, unsigned size, unsigned byte_order);

// False: the bytes do not lie within the file, or cannot be read.
bool elf_pread(const struct elf_file *file, uint64_t offset, void *bytes, size_t size);

// The same in memory the caller frees, with a zero byte behind; NULL also for size 0.
void *elf_load(const struct elf_file *file, uint64_t offset, uint64_t size);

static inline uint64_t elf_field(const struct elf_file *file, const uint8_t *structure,
				 struct elf_field field)
{
	return elf_read(structure + field.at, field.size, file->identity.byte_order);
}

// The header of section `i`; NULL: there is none.
static inline const uint8_t *elf_section(const struct elf_file *file, size_t i)
{
	return i < file->n_sections ? file->sections + i * file->layout->shdr_size : NULL;
}

// The header of the section of this name that has bytes in the file; NULL: there is none.
const uint8_t *elf_find_section(const struct elf_file *file, const char *name);

#endif
