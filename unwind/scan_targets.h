// SPDX-License-Identifier: LGPL-2.1-or-later
// Which instruction sets an ELF file's code is in, for programs that look at files.
#ifndef UNWIND_SCAN_TARGETS_H
#define UNWIND_SCAN_TARGETS_H

#include "unwind/elf_image.h"
#include "unwind/scan_isa.h"

// A row for each machine that has a scanner.
struct scan_target {
	unsigned machine; // e_machine
	const struct scan_isa *isa;
	// The rest is 0 where there is nothing to say.
	// The instruction set where no mark says otherwise, by the file's header; else it is `isa`.
	const struct scan_isa *(*choose)(const struct elf_image *file);
	// What a symbol marks: code of an instruction set, or data among code (*isa is NULL).
	bool (*mark)(const struct elf_image *file, const struct elf_symbol *symbol,
		     const struct scan_isa **isa);
	bool has_mapping_symbols; // a mark holds until the next one
};

// All of them; behind the last one with machine 0.
extern const struct scan_target scan_targets[];

// NULL: there is no scanner for the file's machine.
const struct scan_target *scan_target_of(const struct elf_image *file);

// The instruction set of code at `address`, where nothing but its ISA bit and the file's header tell.
const struct scan_isa *scan_isa_of(const struct elf_image *file, uint64_t address);

// Bytes of a saved register in the file's code.
uint8_t scan_slot_size(const struct elf_image *file);

#endif
