// SPDX-License-Identifier: LGPL-2.1-or-later
// The instruction sets of MIPS: o32, n32, n64, both byte orders, all releases.
#ifndef UNWIND_SCAN_MIPS_H
#define UNWIND_SCAN_MIPS_H

#include "unwind/scan_machine.h"

extern const struct scan_isa scan_mips;    // MIPS I to V, MIPS32 and MIPS64 before release 6
extern const struct scan_isa scan_mips_r6; // release 6: compact branches in the place of others
extern const struct scan_isa scan_mips16;
extern const struct scan_isa scan_micromips;

enum {
	MIPS_V0 = 2,
	MIPS_A0 = 4,
	MIPS_S1 = 17, // the frame pointer of MIPS16 code
	MIPS_GP = 28,
	MIPS_SP = 29,
	MIPS_FP = 30,
	MIPS_RA = 31,
};

// The decoders behind them.
void mips32_decode(const struct code_view *view, code_address pc, struct scan_insn *insn);
void mips16_decode(const struct code_view *view, code_address pc, struct scan_insn *insn);
void micromips_decode(const struct code_view *view, code_address pc, struct scan_insn *insn);

// struct scan_isa's `count_dull`.
uint32_t mips32_count_dull(const struct code_view *view, code_address pc, uint32_t n_max,
			   const struct scan_sieve *sieve, struct scan_dull *dull);

// If a load from among code is at `pc`, decodes it.
bool mips16_literal(const struct code_view *view, code_address pc, struct scan_insn *insn);

// Whether an EXTEND stands before `pc`: what is there is not an instruction of its own.
bool mips16_is_second_half(const struct code_view *view, code_address pc,
			   const struct scan_work *work);

#endif
