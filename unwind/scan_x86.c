// SPDX-License-Identifier: LGPL-2.1-or-later
// The instruction sets of x86: what the scanner must know of them beside the instructions.
#include "unwind/scan_x86.h"

// The system calls exit and exit_group.
static bool is_exit_64(int32_t number)
{
	return number == 60 || number == 231;
}

static bool is_exit_32(int32_t number)
{
	return number == 1 || number == 252;
}

// What ax holds behind the instruction; -1: not known. musl clears it, and then sets its lowest byte or adds one.
static int32_t number_behind(int32_t number, const struct x86_insn *x86,
			     const struct scan_insn *insn)
{
	if (insn->op == SCAN_ADD_CONSTANT && insn->rd == X86_AX) {
		return insn->rs == X86_ZERO ? insn->constant : -1;
	}
	if (x86->map == X86_MAP_BYTE && x86->opcode == 0xb0 && number == 0) {
		return (uint8_t)x86->immediate;
	}
	if (x86->map == X86_MAP_BYTE && x86->opcode == 0x40 && number == 0) {
		return 1;
	}
	return (insn->clobbers & 1u << X86_AX) != 0 ? -1 : number;
}

// A thread's first code, which libc's clone enters: behind the call of the thread's function it does
// nothing but leave with the function's result.
static bool is_start(const struct code_view *view, code_address pc)
{
	enum { LENGTH = 4 }; // move, number of the system call by one or two, system call
	unsigned result = view->isa == &scan_x86_64 ? X86_DI : X86_BX;
	int32_t number = -1;
	bool has_result = false;
	struct scan_insn insn;
	for (unsigned i = 0; i < LENGTH; i++, pc += insn.size) {
		struct x86_insn x86;
		x86_parse(view, pc, &x86);
		scan_decode(view, pc, &insn);
		has_result |= x86.map == X86_MAP_BYTE && x86.opcode == 0x89 && x86.mod == 3 &&
			      x86.reg == X86_AX && x86.rm == result;
		number = number_behind(number, &x86, &insn);
		// On i386 also through a pointer of libc's.
		if (insn.op == SCAN_SYSCALL || insn.op == SCAN_CALL) {
			return has_result && view->isa->is_exit(number);
		}
		if (insn.op > SCAN_STORE) {
			return false;
		}
	}
	return false;
}

// A direct call has five bytes; one through a register or memory 2 to 8, the segment's prefix included.
static bool is_behind_call(const struct code_view *view, code_address pc, code_address *target)
{
	enum { LONGEST = 8 };
	struct scan_insn insn;
	for (unsigned size = 2; size <= LONGEST && size <= pc - view->address; size++) {
		scan_decode(view, pc - size, &insn);
		if (insn.op == SCAN_CALL && insn.size == size) {
			*target = insn.target;
			return true;
		}
	}
	return false;
}

// Not kept by a callee: ax, cx, dx; in 64-bit mode also si, di, r8 to r11. The ABIs want sp to be a
// multiple of 16 at calls.
#define X86_ISA(is_exit_)                                                                          \
	.step = 1, .decode = x86_decode, .sp = X86_SP, .fp = X86_BP, .ra = X86_RA,                 \
	.zero = X86_ZERO, .syscall_number = X86_AX, .is_ra_pushed = true, .sp_alignment = 16,      \
	.is_start = is_start, .is_behind_call = is_behind_call, .is_exit = (is_exit_)

const struct scan_isa scan_x86_64 = {
	X86_ISA(is_exit_64),  .dwarf_sp = 7,          .dwarf_fp = 6, .call_clobbers = 0x0fc7,
	.call_keeps = 0xf028, .call_results = 0x0005, .ra_reach = 8,
};

const struct scan_isa scan_i386 = {
	X86_ISA(is_exit_32),  .dwarf_sp = 4,          .dwarf_fp = 5, .call_clobbers = 0x0007,
	.call_keeps = 0x00e8, .call_results = 0x0005, .ra_reach = 4,
};
