// SPDX-License-Identifier: GPL-3.0-or-later
// What a file tells the dynamic linker: the functions it has for others, and the places it wants addresses of theirs in.
#ifndef READALLOC_ELF_LINKAGE_H
#define READALLOC_ELF_LINKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_file;

struct elf_linkage {
	char *names; // of the dynamic symbols; a place in it is below names_size, where a zero byte is
	size_t names_size;
	uint32_t *symbols; // the place of each symbol's name
	size_t n_symbols;
	struct elf_slot {
		uint64_t address; // where the linker puts the function's address
		uint32_t name;
	} * slots; // by address
	size_t n_slots;
	struct elf_export {
		uint32_t name;
		bool is_chosen;   // what is called is another function, which this one chooses
		uint64_t address; // with the ISA bit
	} * exports;              // by name
	size_t n_exports;
	// MIPS: addresses in front of functions of other files, and the symbol of the first one behind them.
	uint64_t got, n_local, first_global;
};

// Loads what there is; nothing where it cannot be read. The caller frees.
void elf_linkage_load(struct elf_linkage *linkage, const struct elf_file *file);
void elf_linkage_free(struct elf_linkage *linkage);

// The function whose address the linker puts at `address`; NULL: none. Lives as long as the linkage.
const char *elf_linkage_slot(const struct elf_linkage *linkage, uint64_t address);

// Whether the linker puts the address of a function of this name anywhere in the file.
bool elf_linkage_wants(const struct elf_linkage *linkage, const char *name);

// The functions that the file has for others under this name, `*n` of them: there may be several versions. NULL: none.
const struct elf_export *elf_linkage_exports(const struct elf_linkage *linkage, const char *name,
					     size_t *n);

#endif
