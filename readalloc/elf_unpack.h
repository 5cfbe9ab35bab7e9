// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of one section of an ELF file, unpacked where they are compressed.
#ifndef READALLOC_ELF_UNPACK_H
#define READALLOC_ELF_UNPACK_H

#include <stddef.h>
#include <stdint.h>

struct elf_file;

// Loads the section `name`, or for a name `.debug_x` its old compressed form `.zdebug_x`, into memory that
// the caller frees; a zero byte stands behind its `*size` bytes. NULL: there is none, or it cannot be
// unpacked, and then `*reason` (never freed; else unchanged) says why.
uint8_t *elf_unpack(const struct elf_file *file, const char *name, size_t *size,
		    const char **reason);

// The same for the ELF file of symbols within the section .gnu_debugdata, which xz packed.
uint8_t *elf_unpack_mini(const struct elf_file *file, size_t *size, const char **reason);

#endif
