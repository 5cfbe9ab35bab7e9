// SPDX-License-Identifier: LGPL-2.1-or-later
// What the scanner knows of the registers while it follows code: constants, and places of the stack.
#ifndef UNWIND_SCAN_MIPS_MACHINE_H
#define UNWIND_SCAN_MIPS_MACHINE_H

#include "unwind/rule.h"
#include "unwind/scan_mips_insn.h"

// "Start" is where the following began: a return address (forward) or a function's entry (backward).
enum mips_value_kind {
	VALUE_ANY,      // not known
	VALUE_LOADED,   // not known, loaded from memory that is not the frame's
	VALUE_CONSTANT, // the number
	VALUE_SP,       // sp at the start + number
	VALUE_FP,       // fp at the start + number
	VALUE_AT_SP,    // the word loaded from sp at the start + number
	VALUE_AT_FP,    // the word loaded from fp at the start + number
	VALUE_RA,       // ra at the start
};

struct mips_value {
	uint8_t kind; // enum mips_value_kind
	int32_t number;
};

struct mips_machine {
	struct mips_value regs[32];
	// Where the return address and the frame pointer of the start were stored: VALUE_SP with the
	// address, VALUE_ANY while they were not.
	struct mips_value ra_slot, fp_slot;
};

// At a return address: sp and fp are the frame's own, nothing else is known.
void mips_machine_at_return(struct mips_machine *machine);

// At a function's entry: ra and fp are the caller's; sp is the CFA.
void mips_machine_at_entry(struct mips_machine *machine);

// The same, but for constants in registers that a function may change, which it keeps.
void mips_machine_enter(struct mips_machine *machine);

// Executes what is not a branch: the effect on registers and stack slots.
void mips_machine_execute(struct mips_machine *machine, const struct mips_insn *insn);

// What a call leaves behind: only the callee-saved registers.
void mips_machine_call(struct mips_machine *machine);

static inline bool mips_value_is(struct mips_value value, enum mips_value_kind kind, int32_t number)
{
	return value.kind == kind && value.number == number;
}

#endif
