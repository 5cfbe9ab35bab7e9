// SPDX-License-Identifier: GPL-3.0-or-later
// What readalloc itself reads of an ELF file: which file it is, its code bytes, its functions with sizes.
#ifndef READALLOC_ELF_FILE_H
#define READALLOC_ELF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

// Who the file is.
struct elf_identity {
	unsigned machine;    // e_machine
	unsigned word_size;  // 4 or 8
	unsigned byte_order; // enum wire_byte_order
	uint8_t build_id[64];
	uint32_t build_id_size; // 0: it has none
};

struct elf_function {
	uint64_t address; // without the ISA bit
	uint64_t end;     // first address behind it
	const char *name; // as linked, mangled; lives as long as the file
};

// Reads the headers of `fd`, which is borrowed and must stay open as long as the result lives. NULL: not
// an ELF file, or damaged beyond use. Nothing read is trusted: every table lies within the file or is left
// out.
struct elf_file *elf_file_open(int fd);
void elf_file_close(struct elf_file *file);

const struct elf_identity *elf_file_identity(const struct elf_file *file);

// Whether the file ends before what its headers say it has.
bool elf_file_is_cut(const struct elf_file *file);

// Whether there is a section of this name with bytes in the file.
bool elf_file_has_section(const struct elf_file *file, const char *name);

// Whether a section of this name holds `text`, its zero byte included. Reads all of it, 1 GiB at most.
bool elf_file_section_holds(const struct elf_file *file, const char *name, const char *text);

// The debuglink: the separate debug file's name and the CRC-32 of its bytes. NULL: none. The caller frees.
char *elf_file_debuglink(const struct elf_file *file, uint32_t *crc);

// The file that dwz put into what several files share: its name, and in `*wanted` its build-id. NULL: none. The
// caller frees.
char *elf_file_alternate(const struct elf_file *file, struct elf_identity *wanted);

// Whether the two hold the same code at the same addresses.
bool elf_file_has_same_code(const struct elf_file *one, const struct elf_file *two);

// The 32-bit word of code at `address` (as linked). False: there is none in the file.
bool elf_file_code32(const struct elf_file *file, uint64_t address, uint32_t *word);

// Adds the functions of .symtab and .dynsym of `from` to those of `file`. `from` is `file` itself or its
// debug file, and may be closed afterwards.
void elf_file_load_functions(struct elf_file *file, const struct elf_file *from);

// Whether a function of this name, as linked, has been loaded.
bool elf_file_has_function(const struct elf_file *file, const char *name);

// The function whose code holds `address`; NULL: unknown, also where a smaller one lies just before.
const struct elf_function *elf_file_function(const struct elf_file *file, uint64_t address);

// The last function that begins at or before `address`; NULL: none does.
const struct elf_function *elf_file_function_before(const struct elf_file *file, uint64_t address);

#endif
