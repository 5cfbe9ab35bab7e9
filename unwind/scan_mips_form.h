// SPDX-License-Identifier: LGPL-2.1-or-later
// What 32-bit MIPS instructions do, by their opcodes: for the decoder, and for the sieve that does without it.
#ifndef UNWIND_SCAN_MIPS_FORM_H
#define UNWIND_SCAN_MIPS_FORM_H

#include "unwind/scan_mips.h"

// What an instruction does, by its opcode or, of SPECIAL, by its function field.
enum mips_form {
	FORM_OTHER, // writes no general register: other stores, floating point, cache, prefetch, traps
	FORM_STORE, // of 4 bytes, of 8
	FORM_STORE_WIDE,
	FORM_WRITES,
	FORM_LOAD,
	FORM_LOAD_WIDE,
	FORM_ADD_CONSTANT,
	FORM_OR_CONSTANT,
	FORM_UPPER, // lui
	FORM_ADD,
	FORM_SUBTRACT,
	FORM_OR,
	FORM_BRANCH,
	FORM_BRANCH_EQUAL,        // of equal registers an unconditional branch
	FORM_BRANCH_NOT_NEGATIVE, // bgez, of register 0 an unconditional branch
	FORM_JUMP,
	FORM_CALL,
	FORM_BRANCH_LIKELY,
	FORM_BRANCH_EQUAL_LIKELY,
	FORM_JUMP_REGISTER,
	FORM_CALL_REGISTER,
	FORM_SYSCALL,
	FORM_TRAP,
	FORM_TRAP_R6, // in release 6
	FORM_CALL_BRANCH,
	FORM_CALL_BRANCH_LIKELY,
	FORM_WRITES_RS,
	FORM_COPROCESSOR,
	FORM_SPECIAL2,
	FORM_SPECIAL3,
};

// The forms of the opcodes, behind them of SPECIAL's functions, and of what REGIMM has in its rt.
enum { MIPS_SPECIAL = 0x40, MIPS_REGIMM = 0x80, MIPS_N_FORMS = MIPS_REGIMM + 32 };
extern const uint8_t mips_forms[MIPS_N_FORMS];

static inline unsigned mips_rs(uint32_t word)
{
	return word >> 21 & 31;
}

static inline unsigned mips_rt(uint32_t word)
{
	return word >> 16 & 31;
}

static inline unsigned mips_rd(uint32_t word)
{
	return word >> 11 & 31;
}

// Also which register it writes, if any.
static inline __attribute__((always_inline)) enum mips_form mips_form_of(uint32_t word,
									 unsigned *reg)
{
	unsigned opcode = word >> 26;
	*reg = mips_rt(word);
	if (opcode > 1) {
		return (enum mips_form)mips_forms[opcode];
	}
	if (opcode == 1) {
		return (enum mips_form)mips_forms[MIPS_REGIMM + *reg];
	}
	*reg = mips_rd(word);
	return (enum mips_form)mips_forms[MIPS_SPECIAL + (word & 63)];
}

// Whether its opcode has another meaning in release 6.
static inline bool mips_is_changed_in_r6(uint32_t word)
{
	const uint64_t opcodes = UINT64_C(1) << 0x06 | UINT64_C(1) << 0x07 | UINT64_C(1) << 0x08 |
				 UINT64_C(1) << 0x0f | UINT64_C(1) << 0x16 | UINT64_C(1) << 0x17 |
				 UINT64_C(1) << 0x18 | UINT64_C(1) << 0x1d | UINT64_C(1) << 0x32 |
				 UINT64_C(1) << 0x36 | UINT64_C(1) << 0x3a | UINT64_C(1) << 0x3b |
				 UINT64_C(1) << 0x3e;
	return (opcodes >> (word >> 26) & 1) != 0;
}

#endif
