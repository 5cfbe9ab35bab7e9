// SPDX-License-Identifier: GPL-3.0-or-later
// What an ELF file needs to run: its loader, its libraries, and where it has them looked for.
#ifndef READALLOC_ELF_NEEDED_H
#define READALLOC_ELF_NEEDED_H

#include <stddef.h>

struct elf_file;

struct elf_needed {
	char *loader; // NULL: it has none, as a library or a statically linked program
	char *paths;  // directories with ':' between, as the file has them; NULL: none
	char **libraries;
	size_t n_libraries;
};

void elf_needed_read(const struct elf_file *file, struct elf_needed *needed);
void elf_needed_free(struct elf_needed *needed);

#endif
