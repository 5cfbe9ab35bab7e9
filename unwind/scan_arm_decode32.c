// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes ARM (A32) instructions.
#include "unwind/scan_arm.h"

static uint32_t bits(uint32_t word, unsigned low, unsigned n)
{
	return word >> low & ((UINT32_C(1) << n) - 1);
}

static bool bit(uint32_t word, unsigned i)
{
	return (word >> i & 1) != 0;
}

static uint32_t rotated(uint32_t word)
{
	unsigned by = bits(word, 8, 4) * 2;
	uint32_t byte = word & 0xff;
	return by == 0 ? byte : byte >> by | byte << (32 - by);
}

// With a constant as second operand.
static void decode_with_constant(uint32_t word, struct scan_insn *insn)
{
	unsigned opcode = bits(word, 21, 4), rn = bits(word, 16, 4), rd = bits(word, 12, 4);
	uint32_t constant = rotated(word);
	switch (opcode) {
	case 2:
		arm_add_constant(insn, rd, rn, -(int64_t)constant);
		return;
	case 4:
		arm_add_constant(insn, rd, rn, constant);
		return;
	case 12:
		arm_other(insn, rd);
		if (rd < ARM_PC && rn < ARM_PC) {
			*insn = (struct scan_insn){ .op = SCAN_OR_CONSTANT, .size = 4 };
			insn->rd = (uint8_t)rd;
			insn->rs = (uint8_t)rn;
			insn->constant = (int32_t)constant;
		}
		return;
	case 13:
		arm_add_constant(insn, rd, ARM_ZERO, constant);
		return;
	case 15:
		arm_add_constant(insn, rd, ARM_ZERO, ~constant);
		return;
	default:
		if (opcode < 8 || opcode > 11) {
			arm_other(insn, rd);
		}
		return;
	}
}

static void decode_with_register(uint32_t word, struct scan_insn *insn)
{
	unsigned opcode = bits(word, 21, 4), rn = bits(word, 16, 4), rd = bits(word, 12, 4);
	unsigned rm = bits(word, 0, 4);
	bool is_plain = bits(word, 4, 8) == 0; // not shifted
	if (is_plain && opcode == 2) {
		arm_sum(insn, SCAN_SUBTRACT, rd, rn, rm);
	} else if (is_plain && opcode == 4) {
		arm_sum(insn, SCAN_ADD, rd, rn, rm);
	} else if (is_plain && opcode == 13) {
		arm_add_constant(insn, rd, rm, 0);
	} else if (opcode < 8 || opcode > 11) {
		arm_other(insn, rd);
	}
}

// Multiplications, exclusive and swapping accesses: bits 7 to 4 are 1001.
static void decode_multiplication(uint32_t word, struct scan_insn *insn)
{
	if (bit(word, 24)) {
		arm_other(insn, bits(word, 12, 4));
		if (bits(word, 20, 4) == 11) { // LDREXD
			arm_clobber(insn, bits(word, 12, 4) + 1);
		}
		return;
	}
	arm_other(insn, bits(word, 16, 4));
	if (bit(word, 23) || bits(word, 21, 2) == 2) {
		arm_clobber(insn, bits(word, 12, 4));
	}
}

// Halves, signed bytes, double words.
static void decode_half(const struct code_view *view, code_address pc, uint32_t word,
			struct scan_insn *insn)
{
	unsigned rn = bits(word, 16, 4), rt = bits(word, 12, 4), kind = bits(word, 5, 2);
	bool is_load = bit(word, 20), is_double = !is_load && kind >= 2;
	bool has_constant = bit(word, 22), is_pre = bit(word, 24);
	bool is_moved = bit(word, 21) || !is_pre;
	int32_t offset = (int32_t)(bits(word, 8, 4) << 4 | bits(word, 0, 4));
	struct arm_address address = { rn, bit(word, 23) ? offset : -offset, is_pre, is_moved };
	if (is_double && has_constant && rt < ARM_LR) {
		arm_word(view, pc + 8, insn, UINT32_C(3) << rt, &address, kind == 2);
		return;
	}
	if (is_load || (is_double && kind == 2)) {
		arm_clobber(insn, rt);
		arm_clobber(insn, rt + is_double);
	}
	if (is_moved) {
		arm_clobber(insn, rn);
	}
}

// Bits 24 and 23 are 10, and bit 20 is 0: what data processing has no use for.
static void decode_miscellaneous(uint32_t word, struct scan_insn *insn)
{
	unsigned rm = bits(word, 0, 4);
	switch (bits(word, 20, 8) << 4 | bits(word, 4, 4)) {
	case 0x121: // BX, BXJ
	case 0x122:
		insn->op = SCAN_JUMP_REGISTER;
		insn->rs = (uint8_t)rm;
		return;
	case 0x123: // BLX
		insn->op = SCAN_CALL;
		insn->rs = (uint8_t)rm;
		return;
	case 0x127: // BKPT
		insn->op = SCAN_TRAP;
		return;
	case 0x120: // MSR
	case 0x160:
		return;
	default:
		// Multiplications have their result in the upper field.
		if (bit(word, 7)) {
			arm_clobber(insn, bits(word, 16, 4));
		}
		arm_clobber(insn, bits(word, 12, 4));
		return;
	}
}

static void decode_processing(const struct code_view *view, code_address pc, uint32_t word,
			      struct scan_insn *insn)
{
	bool has_constant = bit(word, 25);
	unsigned rd = bits(word, 12, 4);
	uint32_t half = bits(word, 16, 4) << 12 | bits(word, 0, 12);
	if (!has_constant && (word & 0x90) == 0x90) {
		if (bits(word, 5, 2) == 0) {
			decode_multiplication(word, insn);
		} else {
			decode_half(view, pc, word, insn);
		}
	} else if (bits(word, 23, 2) == 2 && !bit(word, 20)) {
		if (!has_constant) {
			decode_miscellaneous(word, insn);
		} else if (bits(word, 20, 8) == 0x30) { // MOVW
			arm_add_constant(insn, rd, ARM_ZERO, half);
		} else if (bits(word, 20, 8) == 0x34 && rd < ARM_PC) { // MOVT
			insn->op = SCAN_OR_CONSTANT;
			insn->rd = insn->rs = (uint8_t)rd;
			insn->constant = (int32_t)(half << 16);
		}
	} else if (has_constant) {
		decode_with_constant(word, insn);
	} else {
		decode_with_register(word, insn);
	}
}

static void decode_access(const struct code_view *view, code_address pc, uint32_t word,
			  struct scan_insn *insn)
{
	unsigned rn = bits(word, 16, 4), rt = bits(word, 12, 4);
	int32_t offset = (int32_t)bits(word, 0, 12);
	bool is_load = bit(word, 20), is_pre = bit(word, 24);
	struct arm_address address = { rn, bit(word, 23) ? offset : -offset, is_pre,
				       bit(word, 21) || !is_pre };
	if (!bit(word, 25) && !bit(word, 22)) {
		arm_word(view, pc + 8, insn, UINT32_C(1) << rt, &address, is_load);
		return;
	}
	if (is_load) {
		arm_other(insn, rt);
	}
	if (address.is_moved) {
		arm_clobber(insn, rn);
	}
}

// Packed arithmetic, bit fields, divisions.
static void decode_media(uint32_t word, struct scan_insn *insn)
{
	bool is_upper = bits(word, 23, 2) == 2 || bits(word, 20, 5) == 0x18;
	if ((word & 0x01f000f0) == 0x01f000f0) { // UDF
		insn->op = SCAN_TRAP;
		return;
	}
	arm_clobber(insn, bits(word, is_upper ? 16 : 12, 4));
	if (bits(word, 20, 5) == 0x14) { // SMLALD, SMLSLD
		arm_clobber(insn, bits(word, 12, 4));
	}
}

static uint32_t target_of(code_address pc, uint32_t word)
{
	uint32_t offset = (word & 0xffffff) << 2;
	offset |= bit(word, 23) ? UINT32_C(0xfc000000) : 0;
	return (uint32_t)pc + 8 + offset;
}

// The unconditional instructions: BLX, preloads, barriers, SIMD.
static void decode_unconditional(code_address pc, uint32_t word, struct scan_insn *insn)
{
	if (bits(word, 25, 3) == 5) {
		insn->op = SCAN_CALL;
		insn->target = target_of(pc, word) + bits(word, 24, 1) * 2;
		return;
	}
	bool is_simd_access = bits(word, 24, 4) == 4 && !bit(word, 20);
	if (is_simd_access && bits(word, 0, 4) != ARM_PC) {
		arm_clobber(insn, bits(word, 16, 4));
	}
}

void arm_decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	uint32_t low, high;
	insn->size = 4;
	if (!arm_read16(view, pc, &low) || !arm_read16(view, pc + 2, &high)) {
		insn->op = SCAN_INVALID;
		return;
	}
	uint32_t word = high << 16 | low;
	if (word >> 28 == 15) {
		decode_unconditional(pc, word, insn);
		return;
	}
	insn->is_conditional = word >> 28 != 14;
	switch (bits(word, 25, 3)) {
	case 0:
	case 1:
		decode_processing(view, pc, word, insn);
		break;
	case 2:
		decode_access(view, pc, word, insn);
		break;
	case 3:
		if (bit(word, 4)) {
			decode_media(word, insn);
		} else {
			decode_access(view, pc, word, insn);
		}
		break;
	case 4:
		arm_multiple(view, insn, bits(word, 16, 4), word & 0xffff, bit(word, 20),
			     !bit(word, 23), bit(word, 24), bit(word, 21));
		break;
	case 5:
		insn->op = bit(word, 24)          ? SCAN_CALL
			   : insn->is_conditional ? SCAN_BRANCH
						  : SCAN_JUMP;
		insn->target = target_of(pc, word);
		break;
	case 6:
		arm_coprocessor(view, pc + 8, word, insn);
		break;
	default:
		if (bit(word, 24)) {
			insn->op = SCAN_SYSCALL;
		} else {
			arm_coprocessor(view, pc + 8, word, insn);
		}
		break;
	}
	insn->is_conditional = word >> 28 != 14;
}
