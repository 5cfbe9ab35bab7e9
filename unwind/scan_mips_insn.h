// SPDX-License-Identifier: LGPL-2.1-or-later
// A MIPS instruction as the scanner sees it: what it does to the stack, to registers and to the flow.
#ifndef UNWIND_SCAN_MIPS_INSN_H
#define UNWIND_SCAN_MIPS_INSN_H

#include "unwind/code_view.h"

enum {
	MIPS_V0 = 2,
	MIPS_A0 = 4,
	MIPS_GP = 28,
	MIPS_SP = 29,
	MIPS_FP = 30,
	MIPS_RA = 31,
};

enum mips_op {
	MIPS_OTHER,         // changes the registers of `clobbers`, in a way of no interest
	MIPS_ADD_CONSTANT,  // rd = rs + constant
	MIPS_OR_CONSTANT,   // rd = rs | constant
	MIPS_ADD,           // rd = rs + rt
	MIPS_SUBTRACT,      // rd = rs - rt
	MIPS_LOAD,          // rd = the register-wide word at rs + constant
	MIPS_STORE,         // the word at rs + constant = rt
	MIPS_SAVE,          // stores of ra and fp (ra_at, fp_at), then rs += constant
	MIPS_RESTORE,       // loads of the same, then rs += constant
	MIPS_BRANCH,        // to target or on
	MIPS_JUMP,          // to target
	MIPS_JUMP_REGISTER, // to rs, after sp += constant
	MIPS_CALL,          // comes back behind itself and its delay slot
	MIPS_SYSCALL,
	MIPS_TRAP,    // does not go on
	MIPS_INVALID, // no code is here
};

// When the instruction behind a branch is executed with it.
enum mips_slot {
	MIPS_SLOT_NONE,
	MIPS_SLOT_ALWAYS,
	MIPS_SLOT_TAKEN, // branch-likely
};

// `ra_at` and `fp_at` when the register is not among those saved or restored.
enum { MIPS_NOT_SAVED = INT32_MIN };

struct mips_insn {
	uint8_t op;   // enum mips_op
	uint8_t size; // bytes
	uint8_t slot; // enum mips_slot
	uint8_t rd, rs, rt;
	bool is_lui; // an ADD_CONSTANT that loads an upper half: `lui gp` starts an o32 function
	int32_t constant;
	int32_t ra_at, fp_at; // offsets from rs as it was before the instruction
	uint32_t clobbers;    // one bit per register
	uint64_t target;      // of branches and calls; 0 when a register holds it
};

// Decodes the instruction at `pc`. MIPS_INVALID outside the view.
void mips_decode(const struct code_view *view, uint64_t pc, struct mips_insn *insn);

// The decoders behind it: 32-bit instructions, MIPS16, microMIPS. `insn` comes zeroed.
void mips32_decode(const struct code_view *view, uint64_t pc, struct mips_insn *insn);
void mips16_decode(const struct code_view *view, uint64_t pc, struct mips_insn *insn);
void micromips_decode(const struct code_view *view, uint64_t pc, struct mips_insn *insn);

// Whether an EXTEND stands before `pc`: what is there is not an instruction of its own.
bool mips16_is_second_half(const struct code_view *view, uint64_t pc);

// The distance from one possible instruction address to the next.
static inline unsigned mips_step(const struct code_view *view)
{
	return view->isa == CODE_MIPS16 || view->isa == CODE_MICROMIPS ? 2 : 4;
}

#endif
