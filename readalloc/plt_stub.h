// SPDX-License-Identifier: GPL-3.0-or-later
// Linkage stubs: the few instructions through which code calls a function of another file.
#ifndef READALLOC_PLT_STUB_H
#define READALLOC_PLT_STUB_H

#include <stdbool.h>
#include <stdint.h>

struct elf_file;
struct elf_linkage;

// The function that the code at `address` (as linked, with the ISA bit) jumps to; NULL: that is no stub. The name lives
// as long as the linkage.
const char *plt_stub_name(const struct elf_file *file, const struct elf_linkage *linkage,
			  uint64_t address);

// Whether the address is in a section of stubs.
bool plt_stub_may_be(const struct elf_file *file, uint64_t address);

// The same as plt_stub_name for an address within a stub.
const char *plt_stub_name_around(const struct elf_file *file, const struct elf_linkage *linkage,
				 uint64_t address);

#endif
