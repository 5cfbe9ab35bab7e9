// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes Thumb instructions: those of 16 bits, and which are of 32.
#include "unwind/scan_arm.h"
#include "unwind/scan_seen.h"

static uint32_t bits(uint32_t half, unsigned low, unsigned n)
{
	return half >> low & ((UINT32_C(1) << n) - 1);
}

static bool is_wide(uint32_t half)
{
	return half >= 0xe800;
}

bool thumb_is_second_half(const struct code_view *view, code_address pc,
			  const struct scan_work *work)
{
	enum { RUN_MAX = 64 };
	uint32_t half, second;
	unsigned n = 0;
	// A push of lr looks like nothing else, and begins a function, before which may be anything.
	if (arm_read16(view, pc, &half) && half == 0xe92d && arm_read16(view, pc + 2, &second) &&
	    (second & 0xe000) == 0x4000) {
		return false;
	}
	// Behind what cannot be a first half an instruction begins; of those that can, every other is.
	for (code_address at = pc - 2; n < RUN_MAX && arm_read16(view, at, &half); at -= 2, n++) {
		if (!is_wide(half) || scan_is_literal(work, view, at)) {
			break;
		}
	}
	return n % 2 != 0;
}

// Shifts, sums and comparisons with constants or low registers.
static void decode_low(uint32_t half, struct scan_insn *insn)
{
	unsigned rd = bits(half, 0, 3), rs = bits(half, 3, 3), rm = bits(half, 6, 3);
	unsigned large = bits(half, 8, 3);
	int32_t constant = (int32_t)bits(half, 0, 8);
	switch (bits(half, 11, 5)) {
	case 0:
		if (bits(half, 6, 5) == 0) {
			arm_add_constant(insn, rd, rs, 0);
			return;
		}
		arm_other(insn, rd);
		return;
	case 3:
		if (bits(half, 10, 1) != 0) {
			arm_add_constant(insn, rd, rs,
					 bits(half, 9, 1) != 0 ? -(int32_t)rm : (int32_t)rm);
		} else {
			arm_sum(insn, bits(half, 9, 1) != 0 ? SCAN_SUBTRACT : SCAN_ADD, rd, rs, rm);
		}
		return;
	case 4:
		arm_add_constant(insn, large, ARM_ZERO, constant);
		return;
	case 5: // CMP
		return;
	case 6:
		arm_add_constant(insn, large, large, constant);
		return;
	case 7:
		arm_add_constant(insn, large, large, -constant);
		return;
	default: // LSR, ASR
		arm_other(insn, rd);
		return;
	}
}

// 0x4000 to 0x47ff: among registers.
static void decode_registers(uint32_t half, struct scan_insn *insn)
{
	unsigned rd = bits(half, 0, 3) | bits(half, 7, 1) << 3, rm = bits(half, 3, 4);
	unsigned opcode = bits(half, 6, 4);
	if (bits(half, 10, 1) == 0) {
		if (opcode != 8 && opcode != 10 && opcode != 11) { // TST, CMP, CMN
			arm_other(insn, bits(half, 0, 3));
		}
		return;
	}
	switch (bits(half, 8, 2)) {
	case 0:
		arm_sum(insn, SCAN_ADD, rd, rd, rm);
		return;
	case 1: // CMP
		return;
	case 2:
		arm_add_constant(insn, rd, rm, 0);
		return;
	default:
		insn->op = bits(half, 7, 1) != 0 ? SCAN_CALL : SCAN_JUMP_REGISTER;
		insn->rs = (uint8_t)rm;
		return;
	}
}

static void decode_access(const struct code_view *view, code_address pc, uint32_t half,
			  struct scan_insn *insn)
{
	unsigned rt = bits(half, 0, 3), large = bits(half, 8, 3);
	bool is_load = bits(half, 11, 1) != 0;
	struct arm_address address = { .rs = bits(half, 3, 3), .is_pre = true };
	switch (bits(half, 12, 4)) {
	case 5:
		if (bits(half, 9, 3) >= 3) {
			arm_other(insn, rt);
		}
		return;
	case 6:
		address.offset = (int32_t)bits(half, 6, 5) * 4;
		arm_word(view, pc + 4, insn, UINT32_C(1) << rt, &address, is_load);
		return;
	case 9:
		address.rs = ARM_SP;
		address.offset = (int32_t)bits(half, 0, 8) * 4;
		arm_word(view, pc + 4, insn, UINT32_C(1) << large, &address, is_load);
		return;
	default: // bytes, halves
		if (is_load) {
			arm_other(insn, rt);
		}
		return;
	}
}

static void decode_push(const struct code_view *view, uint32_t half, struct scan_insn *insn)
{
	bool is_load = bits(half, 11, 1) != 0;
	uint32_t mask = bits(half, 0, 8) | bits(half, 8, 1) << (is_load ? ARM_PC : ARM_LR);
	arm_multiple(view, insn, ARM_SP, mask, is_load, !is_load, !is_load, true);
}

// 0xb000 to 0xbfff.
static void decode_miscellaneous(const struct code_view *view, code_address pc, uint32_t half,
				 struct scan_insn *insn)
{
	int32_t constant = (int32_t)bits(half, 0, 7) * 4;
	switch (bits(half, 8, 4)) {
	case 0:
		arm_add_constant(insn, ARM_SP, ARM_SP,
				 bits(half, 7, 1) != 0 ? -constant : constant);
		return;
	case 1: // CBZ, CBNZ
	case 3:
	case 9:
	case 11:
		insn->op = SCAN_BRANCH;
		insn->target = pc + 4 + bits(half, 3, 5) * 2 + bits(half, 9, 1) * 64;
		return;
	case 4:
	case 5:
	case 12:
	case 13:
		decode_push(view, half, insn);
		return;
	case 2: // extensions, reversals
	case 10:
		arm_other(insn, bits(half, 0, 3));
		return;
	case 14: // BKPT
		insn->op = SCAN_TRAP;
		return;
	case 15:
		if (bits(half, 0, 4) != 0) { // IT
			insn->op = SCAN_CONDITION;
			insn->constant = 4 - __builtin_ctz(half);
		}
		return;
	default: // SETEND, CPS
		return;
	}
}

static void decode_branch(code_address pc, uint32_t half, struct scan_insn *insn)
{
	unsigned condition = bits(half, 8, 4);
	uint32_t offset = bits(half, 0, 8) << 1;
	offset |= (offset & 0x100) != 0 ? UINT32_C(0xfffffe00) : 0;
	if (condition == 14) { // UDF
		insn->op = SCAN_TRAP;
	} else if (condition == 15) {
		insn->op = SCAN_SYSCALL;
	} else {
		insn->op = SCAN_BRANCH;
		insn->target = (uint32_t)pc + 4 + offset;
	}
}

static void decode_jump(code_address pc, uint32_t half, struct scan_insn *insn)
{
	uint32_t offset = bits(half, 0, 11) << 1;
	offset |= (offset & 0x800) != 0 ? UINT32_C(0xfffff000) : 0;
	insn->op = SCAN_JUMP;
	insn->target = (uint32_t)pc + 4 + offset;
}

static void decode_half(const struct code_view *view, code_address pc, uint32_t half,
			struct scan_insn *insn)
{
	struct arm_address address = { .rs = ARM_PC, .is_pre = true };
	unsigned large = bits(half, 8, 3);
	uint32_t mask = UINT32_C(1) << large;
	address.offset = (int32_t)bits(half, 0, 8) * 4;
	switch (bits(half, 12, 4)) {
	case 4:
		if (bits(half, 11, 1) != 0) {
			arm_word(view, pc + 4, insn, mask, &address, true);
		} else {
			decode_registers(half, insn);
		}
		return;
	case 10: // ADR, ADD to sp
		arm_add_constant(insn, large, bits(half, 11, 1) != 0 ? ARM_SP : ARM_PC,
				 address.offset);
		return;
	case 11:
		decode_miscellaneous(view, pc, half, insn);
		return;
	case 12: // a base that is loaded stays as it was loaded
		arm_multiple(view, insn, large, bits(half, 0, 8), bits(half, 11, 1) != 0, false,
			     false, bits(half, 11, 1) == 0 || (half & mask) == 0);
		return;
	case 13:
		decode_branch(pc, half, insn);
		return;
	case 14:
		decode_jump(pc, half, insn);
		return;
	default:
		if (half < 0x4000) {
			decode_low(half, insn);
		} else {
			decode_access(view, pc, half, insn);
		}
		return;
	}
}

void thumb_decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	uint32_t half, second;
	insn->size = 2;
	if (!arm_read16(view, pc, &half)) {
		insn->op = SCAN_INVALID;
		return;
	}
	if (!is_wide(half)) {
		decode_half(view, pc, half, insn);
		return;
	}
	insn->size = 4;
	if (arm_read16(view, pc + 2, &second)) {
		thumb32_decode(view, pc, half << 16 | second, insn);
	} else {
		insn->op = SCAN_INVALID;
	}
}
