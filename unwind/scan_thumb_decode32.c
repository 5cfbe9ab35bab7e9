// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes Thumb instructions of 32 bits; the first half is the upper.
#include "unwind/scan_arm.h"

static uint32_t bits(uint32_t word, unsigned low, unsigned n)
{
	return word >> low & ((UINT32_C(1) << n) - 1);
}

static bool bit(uint32_t word, unsigned i)
{
	return (word >> i & 1) != 0;
}

static uint32_t constant_of(uint32_t word)
{
	return bits(word, 26, 1) << 11 | bits(word, 12, 3) << 8 | bits(word, 0, 8);
}

// A byte, repeated or rotated.
static uint32_t expanded(uint32_t word)
{
	uint32_t constant = constant_of(word), byte = constant & 0xff;
	unsigned by = constant >> 7;
	switch (constant >> 8) {
	case 0:
		return byte;
	case 1:
		return byte << 16 | byte;
	case 2:
		return byte << 24 | byte << 8;
	case 3:
		return byte << 24 | byte << 16 | byte << 8 | byte;
	default:
		byte |= 0x80;
		return byte >> by | byte << (32 - by);
	}
}

static void set_or(struct scan_insn *insn, unsigned rd, unsigned rs, uint32_t constant)
{
	if (rd >= ARM_PC) {
		return;
	}
	insn->op = SCAN_OR_CONSTANT;
	insn->rd = (uint8_t)rd;
	insn->rs = (uint8_t)rs;
	insn->constant = (int32_t)constant;
}

// Comparisons are sums and others without a result: rd is 15.
static void decode_with_constant(uint32_t word, struct scan_insn *insn)
{
	unsigned rn = bits(word, 16, 4), rd = bits(word, 8, 4);
	uint32_t constant = expanded(word);
	if (rd == ARM_PC) {
		return;
	}
	switch (bits(word, 21, 4)) {
	case 2: // ORR, MOV
		if (rn == ARM_PC) {
			arm_add_constant(insn, rd, ARM_ZERO, constant);
		} else {
			set_or(insn, rd, rn, constant);
		}
		return;
	case 3: // ORN, MVN
		if (rn == ARM_PC) {
			arm_add_constant(insn, rd, ARM_ZERO, ~constant);
		} else {
			arm_other(insn, rd);
		}
		return;
	case 8:
		arm_add_constant(insn, rd, rn, constant);
		return;
	case 13:
		arm_add_constant(insn, rd, rn, -(int64_t)constant);
		return;
	default:
		arm_other(insn, rd);
		return;
	}
}

static void decode_with_plain_constant(uint32_t word, struct scan_insn *insn)
{
	unsigned rn = bits(word, 16, 4), rd = bits(word, 8, 4);
	uint32_t constant = constant_of(word), half = rn << 12 | constant;
	switch (bits(word, 20, 5)) {
	case 0:
		arm_add_constant(insn, rd, rn, constant);
		return;
	case 4: // MOVW
		arm_add_constant(insn, rd, ARM_ZERO, half);
		return;
	case 10:
		arm_add_constant(insn, rd, rn, -(int64_t)constant);
		return;
	case 12: // MOVT
		set_or(insn, rd, rd, half << 16);
		return;
	default:
		arm_other(insn, rd);
		return;
	}
}

static void decode_with_register(uint32_t word, struct scan_insn *insn)
{
	unsigned rn = bits(word, 16, 4), rd = bits(word, 8, 4), rm = bits(word, 0, 4);
	bool is_plain = (word & 0x70f0) == 0; // not shifted
	unsigned opcode = bits(word, 21, 4);
	if (rd == ARM_PC) {
		return;
	}
	if (is_plain && opcode == 2 && rn == ARM_PC) {
		arm_add_constant(insn, rd, rm, 0);
	} else if (is_plain && (opcode == 8 || opcode == 13)) {
		arm_sum(insn, opcode == 8 ? SCAN_ADD : SCAN_SUBTRACT, rd, rn, rm);
	} else {
		arm_other(insn, rd);
	}
}

static uint32_t extended(uint32_t offset, unsigned n)
{
	uint32_t sign = UINT32_C(1) << (n - 1);
	return (offset ^ sign) - sign;
}

// Branches, and what controls the processor.
static void decode_control(code_address pc, uint32_t word, struct scan_insn *insn)
{
	uint32_t sign = bits(word, 26, 1), low = bits(word, 0, 11) << 1;
	uint32_t i1 = (bits(word, 13, 1) ^ sign) == 0, i2 = (bits(word, 11, 1) ^ sign) == 0;
	uint32_t far = sign << 24 | i1 << 23 | i2 << 22 | bits(word, 16, 10) << 12 | low;
	uint32_t near = sign << 20 | bits(word, 11, 1) << 19 | bits(word, 13, 1) << 18 |
			bits(word, 16, 6) << 12 | low;
	bool is_call = bit(word, 14);
	if (is_call || bit(word, 12)) {
		insn->op = is_call ? SCAN_CALL : SCAN_JUMP;
		insn->target = (uint32_t)pc + 4 + extended(far, 25);
		if (is_call && !bit(word, 12)) { // to ARM code
			insn->target &= ~UINT64_C(3);
		}
	} else if (bits(word, 23, 3) != 7) {
		insn->op = SCAN_BRANCH;
		insn->target = (uint32_t)pc + 4 + extended(near, 21);
	} else if (bits(word, 20, 11) == 0x77f) { // UDF
		insn->op = SCAN_TRAP;
	} else if (bits(word, 21, 6) == 0x1f) { // MRS
		arm_other(insn, bits(word, 8, 4));
	}
}

// Exclusive accesses, tables, double words.
static void decode_double(const struct code_view *view, code_address pc, uint32_t word,
			  struct scan_insn *insn)
{
	unsigned rn = bits(word, 16, 4), rt = bits(word, 12, 4), rt2 = bits(word, 8, 4);
	bool is_pre = bit(word, 24), is_up = bit(word, 23), is_moved = bit(word, 21);
	bool is_load = bit(word, 20);
	int32_t offset = (int32_t)bits(word, 0, 8) * 4;
	struct arm_address address = { rn, is_up ? offset : -offset, is_pre, is_moved };
	if (is_pre || is_moved) {
		uint32_t mask = UINT32_C(1) << rt | UINT32_C(1) << rt2;
		if (rt < rt2 && rt2 < ARM_PC) {
			arm_word(view, pc + 4, insn, mask, &address, is_load);
		} else if (is_load) {
			insn->clobbers = mask & 0x7fff;
		}
		return;
	}
	if (is_up && is_load && bits(word, 5, 11) == 0x780) { // TBB, TBH
		insn->op = SCAN_JUMP_REGISTER;
		insn->rs = ARM_PC;
		if (rn == ARM_PC) {
			insn->literal = pc + 4;
			insn->literal_size = thumb_table_size(view, pc, word);
		}
		return;
	}
	if (is_load) {
		arm_clobber(insn, rt);
		arm_clobber(insn, is_up ? rt2 : ARM_PC);
	} else {
		arm_clobber(insn, is_up ? bits(word, 0, 4) : rt2);
	}
}

// One word, half or byte.
static void decode_single(const struct code_view *view, code_address pc, uint32_t word,
			  struct scan_insn *insn)
{
	unsigned rn = bits(word, 16, 4), rt = bits(word, 12, 4);
	bool is_load = bit(word, 20), is_word = bits(word, 21, 2) == 2;
	bool is_long = bit(word, 23) || rn == ARM_PC;  // an offset of 12 bits
	bool is_register = !is_long && !bit(word, 11); // a register's
	bool is_moved = !is_long && !is_register && bit(word, 8);
	int32_t offset = (int32_t)bits(word, 0, is_long ? 12 : 8);
	bool is_down = rn == ARM_PC ? !bit(word, 23) : !is_long && !bit(word, 9);
	struct arm_address address = { rn, is_down ? -offset : offset, is_long || bit(word, 10),
				       is_moved };
	if (is_word && !is_register) {
		arm_word(view, pc + 4, insn, UINT32_C(1) << rt, &address, is_load);
		return;
	}
	if (is_load && (is_word || rt != ARM_PC)) { // not a preload
		arm_other(insn, rt);
		thumb_word_table(view, pc, word, insn);
	}
	if (is_moved) {
		arm_clobber(insn, rn);
	}
}

// SIMD elements and structures: the base is moved unless rm is 15.
static void decode_simd_access(uint32_t word, struct scan_insn *insn)
{
	if (bits(word, 0, 4) != ARM_PC) {
		arm_clobber(insn, bits(word, 16, 4));
	}
}

// 0xe8000000 and on.
static void decode_e8(const struct code_view *view, code_address pc, uint32_t word,
		      struct scan_insn *insn)
{
	if (bits(word, 25, 2) == 1) {
		decode_with_register(word, insn);
	} else if (bits(word, 25, 2) >= 2) {
		arm_coprocessor(view, pc + 4, word, insn);
	} else if (bit(word, 22)) {
		decode_double(view, pc, word, insn);
	} else if (bits(word, 23, 2) == 1 || bits(word, 23, 2) == 2) {
		bool is_down = bits(word, 23, 2) == 2;
		arm_multiple(view, insn, bits(word, 16, 4), word & 0xffff, bit(word, 20), is_down,
			     is_down, bit(word, 21));
	}
}

// 0xf8000000 and on.
static void decode_f8(const struct code_view *view, code_address pc, uint32_t word,
		      struct scan_insn *insn)
{
	if (bits(word, 24, 3) == 0 || (bits(word, 24, 3) == 1 && bit(word, 20))) {
		decode_single(view, pc, word, insn);
	} else if (bits(word, 24, 3) == 1) {
		decode_simd_access(word, insn);
	} else if (bits(word, 24, 3) < 4) { // register arithmetic; products of two registers
		arm_other(insn, bits(word, 8, 4));
		if (bits(word, 23, 4) == 7) {
			arm_clobber(insn, bits(word, 12, 4));
		}
	} else if (bits(word, 24, 2) != 3) {
		arm_coprocessor(view, pc + 4, word, insn);
	}
}

void thumb32_decode(const struct code_view *view, code_address pc, uint32_t word,
		    struct scan_insn *insn)
{
	switch (bits(word, 27, 2)) {
	case 1:
		if (bits(word, 24, 4) != 15) { // SIMD arithmetic
			decode_e8(view, pc, word, insn);
		}
		return;
	case 2:
		if (bit(word, 15)) {
			decode_control(pc, word, insn);
		} else if (bit(word, 25)) {
			decode_with_plain_constant(word, insn);
		} else {
			decode_with_constant(word, insn);
		}
		return;
	default:
		decode_f8(view, pc, word, insn);
		return;
	}
}
