// SPDX-License-Identifier: GPL-3.0-or-later
// Where the fields of ELF structures are, for both classes; the inside of struct elf_file.
#include "elf_layout.h"

#include <elf.h>

#define FIELD(type, field) .field = { offsetof(type, field), sizeof(((type *)0)->field) }

#define LAYOUT(bits)                                                                               \
	{                                                                                          \
		.ehdr_size = sizeof(Elf##bits##_Ehdr), .shdr_size = sizeof(Elf##bits##_Shdr),      \
		.phdr_size = sizeof(Elf##bits##_Phdr), .sym_size = sizeof(Elf##bits##_Sym),        \
		FIELD(Elf##bits##_Ehdr, e_machine), FIELD(Elf##bits##_Ehdr, e_shoff),              \
		FIELD(Elf##bits##_Ehdr, e_shnum), FIELD(Elf##bits##_Ehdr, e_shentsize),            \
		FIELD(Elf##bits##_Ehdr, e_shstrndx), FIELD(Elf##bits##_Ehdr, e_phoff),             \
		FIELD(Elf##bits##_Ehdr, e_phnum), FIELD(Elf##bits##_Ehdr, e_phentsize),            \
		FIELD(Elf##bits##_Shdr, sh_name), FIELD(Elf##bits##_Shdr, sh_type),                \
		FIELD(Elf##bits##_Shdr, sh_offset), FIELD(Elf##bits##_Shdr, sh_size),              \
		FIELD(Elf##bits##_Shdr, sh_link), FIELD(Elf##bits##_Shdr, sh_addr),                \
		FIELD(Elf##bits##_Shdr, sh_flags), FIELD(Elf##bits##_Phdr, p_type),                \
		FIELD(Elf##bits##_Phdr, p_offset), FIELD(Elf##bits##_Phdr, p_vaddr),               \
		FIELD(Elf##bits##_Phdr, p_filesz), FIELD(Elf##bits##_Sym, st_name),                \
		FIELD(Elf##bits##_Sym, st_value), FIELD(Elf##bits##_Sym, st_size),                 \
		FIELD(Elf##bits##_Sym, st_info), FIELD(Elf##bits##_Sym, st_shndx),                 \
	}

const struct elf_layout *elf_layout(unsigned class)
{
	static const struct elf_layout layouts[] = { LAYOUT(32), LAYOUT(64) };
	return &layouts[class == ELFCLASS64];
}
