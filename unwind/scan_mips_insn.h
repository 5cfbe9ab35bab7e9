// SPDX-License-Identifier: LGPL-2.1-or-later
// What the decoders of MIPS, MIPS16 and microMIPS have in common.
#ifndef UNWIND_SCAN_MIPS_INSN_H
#define UNWIND_SCAN_MIPS_INSN_H

#include "unwind/scan_mips.h"

// The low `bits` of a number as a signed one.
static inline int32_t mips_signed(uint32_t number, unsigned bits)
{
	uint32_t sign = UINT32_C(1) << (bits - 1);
	uint32_t field = number & (sign * 2 - 1);
	return (int32_t)((field ^ sign) - sign);
}

// The register that three bits of a 16-bit instruction name: s0, s1, v0, v1, a0 to a3.
static inline unsigned mips_reg3(uint32_t bits)
{
	return (bits & 7) < 2 ? 16 + (bits & 7) : bits & 7;
}

// It writes a register, with what is not known.
static inline void mips_writes(struct scan_insn *insn, unsigned reg)
{
	insn->clobbers |= UINT32_C(1) << reg;
}

static inline void mips_sets(struct scan_insn *insn, enum scan_op op, unsigned rd, unsigned rs,
			     int32_t constant)
{
	insn->op = (uint8_t)op;
	insn->rd = (uint8_t)rd;
	insn->rs = (uint8_t)rs;
	insn->constant = constant;
}

static inline void mips_stores(struct scan_insn *insn, unsigned rt, unsigned rs, int32_t constant)
{
	mips_sets(insn, SCAN_STORE, 0, rs, constant);
	insn->rt = (uint8_t)rt;
}

static inline void mips_flows(struct scan_insn *insn, enum scan_op op, enum scan_slot slot)
{
	insn->op = (uint8_t)op;
	insn->slot = (uint8_t)slot;
}

#endif
