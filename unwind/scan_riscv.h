// SPDX-License-Identifier: LGPL-2.1-or-later
// The instruction set of RISC-V, RV32 and RV64, with compressed instructions.
#ifndef UNWIND_SCAN_RISCV_H
#define UNWIND_SCAN_RISCV_H

#include "unwind/scan_isa.h"

extern const struct scan_isa scan_riscv;

enum {
	RISCV_ZERO = 0,
	RISCV_RA = 1,
	RISCV_SP = 2,
	RISCV_T0 = 5, // the other link register, of code that saves registers for functions
	RISCV_S0 = 8, // the frame pointer
	RISCV_A0 = 10,
	RISCV_A7 = 17,
};

// The decoder behind it.
void riscv_decode(const struct code_view *view, code_address pc, struct scan_insn *insn);

#endif
