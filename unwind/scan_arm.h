// SPDX-License-Identifier: LGPL-2.1-or-later
// The instruction sets of 32-bit ARM: ARM (A32) and Thumb (T32).
#ifndef UNWIND_SCAN_ARM_H
#define UNWIND_SCAN_ARM_H

#include "unwind/scan_isa.h"

extern const struct scan_isa scan_arm;
extern const struct scan_isa scan_thumb;

enum {
	ARM_THUMB_FP = 7,
	ARM_FP = 11,
	ARM_SP = 13,
	ARM_LR = 14,
	ARM_PC = 15,
	ARM_ZERO = 32, // no register: always 0, and what is written to nowhere
};

// The decoders behind them.
void arm_decode(const struct code_view *view, code_address pc, struct scan_insn *insn);
void thumb_decode(const struct code_view *view, code_address pc, struct scan_insn *insn);
void thumb32_decode(const struct code_view *view, code_address pc, uint32_t word,
		    struct scan_insn *insn);

// Whether the first half of a 32-bit instruction stands before `pc`.
bool thumb_is_second_half(const struct code_view *view, code_address pc,
			  const struct scan_work *work);

// Whether the instruction at `pc` reads constants among code; faster than decoding, which says the same.
// Its size is found in either case.
bool arm_literal(const struct code_view *view, code_address pc, struct scan_insn *insn);

// The size of the table of distances behind the jump at `pc`, TBB or TBH, by what its index was compared
// with, else up to the nearest target.
uint32_t thumb_table_size(const struct code_view *view, code_address pc, uint32_t word);

// The same for a table of words: ADR base; LDR index, [base, index, LSL #2], which is at `pc`.
void thumb_word_table(const struct code_view *view, code_address pc, uint32_t word,
		      struct scan_insn *insn);

// Code is little-endian, whatever data is. False: outside the view.
static inline bool arm_read16(const struct code_view *view, code_address address, uint32_t *half)
{
	bool is_inside = code_read16(view, address, half);
	if (is_inside && view->is_big_endian) {
		*half = (*half & 0xff) << 8 | *half >> 8;
	}
	return is_inside;
}

// What decoders say of an instruction.
static inline void arm_clobber(struct scan_insn *insn, unsigned reg)
{
	// What is written to pc is a jump, which the decoder knows.
	insn->clobbers |= reg < ARM_PC ? UINT32_C(1) << reg : 0;
}

// rd = rs + constant; to pc it is a jump.
void arm_add_constant(struct scan_insn *insn, unsigned rd, unsigned rs, int64_t constant);
// rd = rs + rt, or less rt.
void arm_sum(struct scan_insn *insn, enum scan_op op, unsigned rd, unsigned rs, unsigned rt);
// Anything else that writes rd.
void arm_other(struct scan_insn *insn, unsigned rd);

// Loads and stores at rs + at; then rs is moved by `move`. More than a word comes as a mask of registers.
struct arm_access {
	uint32_t mask;
	unsigned rs;
	int32_t at, move;
	bool is_load;
};
void arm_access(const struct code_view *view, struct scan_insn *insn,
		const struct arm_access *access);

// An address as loads have it: base, offset, and whether the base is moved before (is_pre) or behind.
struct arm_address {
	unsigned rs;
	int32_t offset;
	bool is_pre, is_moved;
};
// A word (or, by `mask`, two) at such an address; `pc` is what the instruction takes for its own.
void arm_word(const struct code_view *view, code_address pc, struct scan_insn *insn, uint32_t mask,
	      const struct arm_address *address, bool is_load);

// Load or store multiple: upward from rs, or downward and below it.
void arm_multiple(const struct code_view *view, struct scan_insn *insn, unsigned rs, uint32_t mask,
		  bool is_load, bool is_down, bool is_before, bool is_moved);

// Instructions of coprocessors, which both sets have: VFP above all. `pc` as above.
void arm_coprocessor(const struct code_view *view, code_address pc, uint32_t word,
		     struct scan_insn *insn);

#endif
