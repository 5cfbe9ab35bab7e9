// SPDX-License-Identifier: LGPL-2.1-or-later
// The instruction sets of 32-bit ARM: what the scanner must know of them beside the instructions.
#include "unwind/scan_arm.h"

#include "unwind/scan_seen.h"

// The system calls exit and exit_group.
static bool is_exit(int32_t number)
{
	return number == 1 || number == 248;
}

// A thread's first code, which libc's clone enters: behind the call of the thread's function it does
// nothing but leave with the function's result.
static bool is_start(const struct code_view *view, code_address pc)
{
	enum { NUMBER = ARM_THUMB_FP };
	struct scan_insn insn;
	scan_decode(view, pc, &insn);
	if (insn.op != SCAN_ADD_CONSTANT || insn.rd != NUMBER || insn.rs != ARM_ZERO ||
	    !is_exit(insn.constant)) {
		return false;
	}
	scan_decode(view, pc + insn.size, &insn);
	return insn.op == SCAN_SYSCALL;
}

// Marks what LDR and VLDR of the instructions shortly before `pc` read. What is marked is passed over: pools
// come behind the code that reads them.
static void mark_literals(const struct code_view *view, code_address pc, struct scan_work *work)
{
	enum { REACH = 4096 }; // of LDR
	struct scan_insn insn;
	code_address at = pc - view->address < REACH ? view->address : pc - REACH;
	for (; at < pc; at += insn.size) {
		insn = (struct scan_insn){ .size = view->isa->step };
		if (!scan_seen(work, view, at) && arm_literal(view, at, &insn)) {
			scan_seen_literal(work, view, &insn);
		}
	}
}

// The return address is at the top of the frame: above it are at most the register arguments of a variadic
// function, or, as the old APCS had it, the program counter. Not kept by a callee: r0-r3, ip.
#define ARM_ISA(step_, decode_, fp_, fp2_)                                                         \
	.step = (step_), .decode = (decode_), .sp = ARM_SP, .fp = (fp_), .fp2 = (fp2_),            \
	.ra = ARM_LR, .dwarf_sp = ARM_SP, .dwarf_fp = ARM_FP, .dwarf_fp2 = ARM_THUMB_FP,           \
	.zero = ARM_ZERO, .syscall_number = ARM_THUMB_FP, .is_any_return = true,                   \
	.is_ra_general = true, .arguments_size = 16, .fp_height = 64, .call_clobbers = 0x100f,     \
	.ra_reach = 32, .is_start = is_start, .is_exit = is_exit

const struct scan_isa scan_arm = {
	ARM_ISA(4, arm_decode, ARM_FP, ARM_THUMB_FP),
	.mark_literals = mark_literals,
};
const struct scan_isa scan_thumb = {
	ARM_ISA(2, thumb_decode, ARM_THUMB_FP, ARM_FP),
	.mark_literals = mark_literals,
	.is_fp2_of_rules = true,
	.is_second_half = thumb_is_second_half,
};
