// SPDX-License-Identifier: LGPL-2.1-or-later
// The instruction sets of MIPS: what the scanner must know of them beside the instructions.
#include "unwind/scan_mips.h"

#include "unwind/scan_seen.h"

// The system calls exit and exit_group of o32, n64 and n32.
static bool is_exit(int32_t number)
{
	return number == 4001 || number == 4246 || number == 5058 || number == 5205 ||
	       number == 6058 || number == 6205;
}

// A thread's first code, which libc's clone enters: behind the call of the thread's function it does
// nothing but leave with the function's result.
static bool is_start(const struct code_view *view, code_address pc)
{
	enum { LENGTH = 4 }; // reload of gp, move, number of the system call, system call
	bool has_result = false, has_number = false;
	struct scan_insn insn;
	for (unsigned i = 0; i < LENGTH; i++, pc += insn.size) {
		scan_decode(view, pc, &insn);
		has_result |=
			insn.op == SCAN_ADD && insn.rd == MIPS_A0 && insn.rs + insn.rt == MIPS_V0;
		has_number |= insn.op == SCAN_ADD_CONSTANT && insn.rd == MIPS_V0 && insn.rs == 0 &&
			      is_exit(insn.constant);
		if (insn.op == SCAN_SYSCALL) {
			return has_result && has_number;
		}
		if (insn.op > SCAN_STORE) {
			return false;
		}
	}
	return false;
}

// Marks what MIPS16 loads from among code shortly before `pc`: constants come behind the code that reads
// them.
static void mark_literals(const struct code_view *view, code_address pc, struct scan_work *work)
{
	enum { REACH = 1024 }; // of a load without EXTEND
	struct scan_insn insn;
	code_address at = pc - view->address < REACH ? view->address : pc - REACH;
	for (; at < pc; at += insn.size) {
		insn = (struct scan_insn){ .size = view->isa->step };
		if (!scan_seen(work, view, at) && mips16_literal(view, at, &insn)) {
			scan_seen_literal(work, view, &insn);
		}
	}
}

// The return address is at the top of the frame: above it are at most the saved floating point registers
// (clang) and the register arguments of a variadic function. Not kept by a callee: v0, v1, a0-a3,
// t0-t9, ra; on n32 and n64 these are the same numbers. A function finds its gp by its address in t9.
#define MIPS_ISA(step_, decode_)                                                                   \
	.step = (step_), .decode = (decode_), .sp = MIPS_SP, .ra = MIPS_RA, .dwarf_sp = MIPS_SP,   \
	.dwarf_fp = MIPS_FP, .dwarf_fp2 = MIPS_S1, .zero = 0, .syscall_number = MIPS_V0,           \
	.call_clobbers = 0x0300fffe, .callees = 1u << 25, .ra_reach = 160, .is_start = is_start,   \
	.is_exit = is_exit

// s1 is followed for the sake of MIPS16 frames further out, but no frame is given up for it.
#define MIPS_FPS .fp = MIPS_FP, .fp2 = MIPS_S1, .is_fp2_optional = true

#define SIEVE (SCAN_HAS_SIEVES ? mips32_count_dull : NULL)

const struct scan_isa scan_mips = { MIPS_ISA(4, mips32_decode), MIPS_FPS, .count_dull = SIEVE };
const struct scan_isa scan_mips_r6 = { MIPS_ISA(4, mips32_decode), MIPS_FPS, .count_dull = SIEVE };
const struct scan_isa scan_micromips = { MIPS_ISA(2, micromips_decode), MIPS_FPS };
const struct scan_isa scan_mips16 = {
	MIPS_ISA(2, mips16_decode),
	.fp = MIPS_S1,
	.fp2 = MIPS_FP,
	.is_fp2_of_rules = true,
	.fp_height = 128, // room for arguments of calls
	.mark_literals = mark_literals,
	.is_any_return = true, // without RESTORE the return address is loaded into another register
	.is_second_half = mips16_is_second_half,
};
