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

// The half that comes first in Thumb code, and second in ARM code, tells of most instructions that they read
// no constants.
static bool may_read_literal(uint32_t half, bool is_thumb)
{
	bool is_float = (half & 0xfbf) == 0xd9f; // VLDR
	if (!is_thumb) {
		return is_float || (half & 0xfff) == 0x59f;
	}
	return is_float || half == 0xf8df || half == 0xe8df || half >> 4 == 0xf85;
}

static uint32_t half_at(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8;
}

// Marks what LDR and VLDR of the instructions shortly before `pc` read. What is marked is passed over: pools
// come behind the code that reads them.
static void mark_literals(const struct code_view *view, code_address pc, struct scan_work *work)
{
	enum { REACH = 4096 }; // of LDR
	struct scan_insn insn;
	const unsigned step = view->isa->step;
	const bool is_thumb = step == 2;
	code_address before = pc - view->address;
	size_t end = before < view->size ? (size_t)before : view->size;
	size_t i = before < REACH ? 0 : (size_t)before - REACH;
	const uint8_t *bytes = view->bytes + (is_thumb ? 0 : 2);
	for (; i + step <= end; i += insn.size) {
		uint32_t half = half_at(bytes + i);
		bool is_narrow = is_thumb && half < 0xe800;
		insn.size = (uint8_t)step;
		if (is_narrow && (half & 0xf800) != 0x4800) {
			continue;
		}
		bool is_seen = scan_seen(work, view, view->address + i);
		if (!is_narrow && !may_read_literal(half, is_thumb)) {
			insn.size = is_seen ? (uint8_t)step : 4;
			continue;
		}
		insn = (struct scan_insn){ .size = (uint8_t)step };
		if (!is_seen && arm_literal(view, view->address + i, &insn)) {
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
