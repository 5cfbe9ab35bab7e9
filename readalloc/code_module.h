// SPDX-License-Identifier: GPL-3.0-or-later
// The code of one module, as the check of call stacks looks at it: calls, jumps, and rules.
#ifndef READALLOC_CODE_MODULE_H
#define READALLOC_CODE_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf_linkage.h"

struct code_module;
struct elf_file;
struct module;
struct rootfs;
struct symbols_target;

// Where a call or a jump goes.
struct code_target {
	enum code_target_kind {
		TARGET_NONE, // no call is there
		TARGET_HANDMADE, // nor can one be: the first frame of a coroutine may be made to go on there
		TARGET_UNKNOWN, // to who knows where
		TARGET_ADDRESS, // of the same module, with the ISA bit
		TARGET_NAME,    // to the function of that name, of any module
	} kind;
	uint64_t address;
	const char *name; // lives as long as the module
};

// Opens the module's files. NULL: they cannot be used, or of the machine no code is known. What is wrong with files is
// said by whoever asks for names. The caller closes.
struct code_module *code_module_open(const struct rootfs *rootfs,
				     const struct symbols_target *target,
				     const struct module *module);
void code_module_close(struct code_module *code);

const struct elf_linkage *code_module_linkage(const struct code_module *code);

// Whether the module is the one that has functions bound at their first call.
bool code_module_is_loader(const struct code_module *code);

// What the call that returns to `pc`, which has its ISA bit, calls.
struct code_target code_module_call(struct code_module *code, uint64_t pc);

// The start of the last known function that begins at or before `address`, which has no ISA bit. False: none.
bool code_module_function(const struct code_module *code, uint64_t address, uint64_t *start);

// Where the function at `address` may jump out of itself.
struct code_jumps {
	uint64_t address;
	struct code_target *list;
	size_t n;
	bool is_open; // also elsewhere
};

// Looked for once; valid until the next call.
const struct code_jumps *code_module_jumps(struct code_module *code, uint64_t address);

// How the scanner's rule behind the call that returns to `pc` compares with the file's unwind tables.
enum code_rule {
	CODE_RULE_UNTOLD, // one of them says nothing
	CODE_RULE_AGREES,
	CODE_RULE_DIFFERS,
} code_module_rule(struct code_module *code, uint64_t pc);

#endif
