// SPDX-License-Identifier: GPL-3.0-or-later
// The inside of struct code_module, for code_module.c and code_target.c.
#ifndef READALLOC_CODE_PRIVATE_H
#define READALLOC_CODE_PRIVATE_H

#include <elf.h>

#include "code_module.h"
#include "index_table.h"
#include "symbols_file.h"
#include "unwind/rule_check.h"
#include "unwind/scan_isa.h"

struct code_tables;

struct code_module {
	const struct module *module;
	struct symbols_file file;
	struct elf_linkage linkage;
	struct elf_image image, debug;
	bool has_debug;
	struct rule_check check;
	struct code_tables *tables; // once asked for
	uint32_t *
		landings; // MIPS, once asked for: a bit for each word of the view's code that is branched to
	uint64_t landings_start, landings_n;
	struct code_jumps *jumps; // of functions that were asked for
	size_t n_jumps, jumps_room;
	struct index_table jumps_index;
};

// The bits of an address that tell the instruction set.
static inline uint64_t code_isa_bit(const struct code_module *code, uint64_t address)
{
	unsigned machine = code->image.machine;
	return machine == EM_ARM || machine == EM_MIPS ? address & 1 : 0;
}

// What is at `address`, with the ISA bit: a linkage stub takes on to another function.
struct code_target code_target_at(const struct code_module *code, uint64_t address);

// Where the call, jump or branch at `pc`, which the view shows, goes.
struct code_target code_target_of(struct code_module *code, uint64_t pc,
				  const struct scan_insn *insn, uint64_t isa_bit);

#endif
