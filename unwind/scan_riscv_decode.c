// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes RISC-V instructions.
//
// Opcodes and formats are those of the RISC-V Instruction Set Manual, volume I. An instruction not named
// here writes no general register that its format could not write.
#include "unwind/scan_riscv.h"

static uint32_t field(uint32_t word, unsigned low, unsigned bits)
{
	return word >> low & ((UINT32_C(1) << bits) - 1);
}

static int32_t sign_extend(uint32_t value, unsigned bits)
{
	uint32_t sign = UINT32_C(1) << (bits - 1);
	return (int32_t)((value ^ sign) - sign);
}

static void writes(struct scan_insn *insn, unsigned reg)
{
	insn->clobbers = UINT32_C(1) << reg;
}

static void sets(struct scan_insn *insn, enum scan_op op, unsigned rd, unsigned rs,
		 int32_t constant)
{
	insn->op = (uint8_t)op;
	insn->rd = (uint8_t)rd;
	insn->rs = (uint8_t)rs;
	insn->constant = constant;
}

static void combines(struct scan_insn *insn, enum scan_op op, unsigned rd, unsigned rs, unsigned rt)
{
	sets(insn, op, rd, rs, 0);
	insn->rt = (uint8_t)rt;
}

static void branches(struct scan_insn *insn, enum scan_op op, code_address pc, int32_t distance)
{
	insn->op = (uint8_t)op;
	insn->target = pc + (uint64_t)(int64_t)distance;
}

// A load or store of `size` bytes.
static void accesses(struct scan_insn *insn, const struct code_view *view, enum scan_op op,
		     unsigned reg, unsigned base, uint32_t size, int32_t at)
{
	if (size == view->slot_size) {
		sets(insn, op, op == SCAN_LOAD ? reg : RISCV_ZERO, base, at);
		insn->rt = (uint8_t)reg;
	} else if (op == SCAN_LOAD) {
		writes(insn, reg);
	}
}

// Calls link ra. What links t0 saves registers of the function that begins, and makes a frame.
static void links(struct scan_insn *insn, unsigned rd, enum scan_op jump)
{
	if (rd == RISCV_T0) {
		insn->op = SCAN_OTHER;
		insn->clobbers = UINT32_C(1) << RISCV_T0 | UINT32_C(1) << RISCV_SP;
	} else {
		insn->op = (uint8_t)(rd == RISCV_ZERO ? jump : SCAN_CALL);
	}
}

static void decode_system(uint32_t word, struct scan_insn *insn)
{
	if (field(word, 12, 3) != 0) {
		writes(insn, field(word, 7, 5));
	} else if (word == 0x00000073) {
		insn->op = SCAN_SYSCALL;
	} else if (word == 0x00100073) { // ebreak
		insn->op = SCAN_TRAP;
	}
}

static void decode_immediate(uint32_t word, struct scan_insn *insn)
{
	unsigned rd = field(word, 7, 5), rs = field(word, 15, 5), function = field(word, 12, 3);
	int32_t constant = sign_extend(field(word, 20, 12), 12);
	if (function == 0) { // addi, addiw
		sets(insn, SCAN_ADD_CONSTANT, rd, rs, constant);
	} else if (function == 6 && constant >= 0) { // ori
		sets(insn, SCAN_OR_CONSTANT, rd, rs, constant);
	} else {
		writes(insn, rd);
	}
}

static void decode_register(uint32_t word, struct scan_insn *insn)
{
	unsigned rd = field(word, 7, 5), rs = field(word, 15, 5), rt = field(word, 20, 5);
	bool is_sum = field(word, 12, 3) == 0;
	if (is_sum && field(word, 25, 7) == 0) {
		combines(insn, SCAN_ADD, rd, rs, rt);
	} else if (is_sum && field(word, 25, 7) == 0x20) {
		combines(insn, SCAN_SUBTRACT, rd, rs, rt);
	} else {
		writes(insn, rd);
	}
}

static int32_t jump_distance(uint32_t word)
{
	return sign_extend(field(word, 31, 1) << 20 | field(word, 12, 8) << 12 |
				   field(word, 20, 1) << 11 | field(word, 21, 10) << 1,
			   21);
}

static int32_t branch_distance(uint32_t word)
{
	return sign_extend(field(word, 31, 1) << 12 | field(word, 7, 1) << 11 |
				   field(word, 25, 6) << 5 | field(word, 8, 4) << 1,
			   13);
}

// Whether an instruction of the floating-point or vector group writes a general register.
static bool is_to_general(uint32_t word)
{
	unsigned kind = field(word, 25, 7), function = field(word, 12, 3);
	if (field(word, 0, 7) == 0x57) { // vsetvl and its like; vmv.x.s, vcpop.m, vfirst.m
		return function == 7 || (function == 2 && field(word, 26, 6) == 0x10);
	}
	// Comparisons, conversions to integers, moves and classes, of each precision.
	return (kind & 0x7c) == 0x50 || (kind & 0x7c) == 0x60 || (kind & 0x7c) == 0x70;
}

static void decode_wide(const struct code_view *view, uint32_t word, code_address pc,
			struct scan_insn *insn)
{
	unsigned rd = field(word, 7, 5), rs = field(word, 15, 5), function = field(word, 12, 3);
	uint32_t high = field(word, 25, 7) << 5;
	switch (field(word, 0, 7)) {
	case 0x03: // loads
		accesses(insn, view, SCAN_LOAD, rd, rs, UINT32_C(1) << (function & 3),
			 sign_extend(field(word, 20, 12), 12));
		return;
	case 0x23: // stores
		accesses(insn, view, SCAN_STORE, field(word, 20, 5), rs, UINT32_C(1) << function,
			 sign_extend(high | rd, 12));
		return;
	case 0x13:
	case 0x1b:
		decode_immediate(word, insn);
		return;
	case 0x33:
		decode_register(word, insn);
		return;
	case 0x37: // lui
		sets(insn, SCAN_ADD_CONSTANT, rd, RISCV_ZERO, (int32_t)(word & 0xfffff000));
		return;
	case 0x63:
		branches(insn, SCAN_BRANCH, pc, branch_distance(word));
		return;
	case 0x67: // jalr
		insn->rs = (uint8_t)rs;
		links(insn, rd, SCAN_JUMP_REGISTER);
		return;
	case 0x6f: // jal
		branches(insn, SCAN_JUMP, pc, jump_distance(word));
		links(insn, rd, SCAN_JUMP);
		return;
	case 0x73:
		decode_system(word, insn);
		return;
	case 0x53:
	case 0x57:
		if (is_to_general(word)) {
			writes(insn, rd);
		}
		return;
	case 0x17: // auipc; atomic; of 32 bits
	case 0x2f:
	case 0x3b:
		writes(insn, rd);
		return;
	default: // fences, floating point
		return;
	}
}

// One of the eight registers that three bits can name.
static unsigned short_register(uint32_t half, unsigned low)
{
	return 8 + field(half, low, 3);
}

static void decode_quadrant0(const struct code_view *view, uint32_t half, struct scan_insn *insn)
{
	unsigned reg = short_register(half, 2), base = short_register(half, 7);
	uint32_t middle = field(half, 10, 3) << 3;
	int32_t at4 = (int32_t)(middle | field(half, 6, 1) << 2 | field(half, 5, 1) << 6);
	int32_t at8 = (int32_t)(middle | field(half, 5, 2) << 6);
	bool is_64 = view->slot_size == 8;
	switch (field(half, 13, 3)) {
	case 0: // c.addi4spn; all zero is no instruction
		if (half == 0) {
			insn->op = SCAN_TRAP;
			return;
		}
		sets(insn, SCAN_ADD_CONSTANT, reg, RISCV_SP,
		     (int32_t)(field(half, 11, 2) << 4 | field(half, 7, 4) << 6 |
			       field(half, 6, 1) << 2 | field(half, 5, 1) << 3));
		return;
	case 2:
		accesses(insn, view, SCAN_LOAD, reg, base, 4, at4);
		return;
	case 3: // c.ld; on RV32 c.flw
		if (is_64) {
			accesses(insn, view, SCAN_LOAD, reg, base, 8, at8);
		}
		return;
	case 4: // c.lbu and its like
		writes(insn, reg);
		return;
	case 6:
		accesses(insn, view, SCAN_STORE, reg, base, 4, at4);
		return;
	case 7:
		if (is_64) {
			accesses(insn, view, SCAN_STORE, reg, base, 8, at8);
		}
		return;
	default: // floating point
		return;
	}
}

static int32_t short_jump_distance(uint32_t half)
{
	return sign_extend(field(half, 12, 1) << 11 | field(half, 11, 1) << 4 |
				   field(half, 9, 2) << 8 | field(half, 8, 1) << 10 |
				   field(half, 7, 1) << 6 | field(half, 6, 1) << 7 |
				   field(half, 3, 3) << 1 | field(half, 2, 1) << 5,
			   12);
}

static int32_t short_branch_distance(uint32_t half)
{
	return sign_extend(field(half, 12, 1) << 8 | field(half, 10, 2) << 3 |
				   field(half, 5, 2) << 6 | field(half, 3, 2) << 1 |
				   field(half, 2, 1) << 5,
			   9);
}

static void decode_quadrant1(const struct code_view *view, uint32_t half, code_address pc,
			     struct scan_insn *insn)
{
	unsigned rd = field(half, 7, 5), short_rd = short_register(half, 7);
	int32_t constant = sign_extend(field(half, 12, 1) << 5 | field(half, 2, 5), 6);
	switch (field(half, 13, 3)) {
	case 0: // c.addi
		sets(insn, SCAN_ADD_CONSTANT, rd, rd, constant);
		return;
	case 1: // c.addiw; on RV32 c.jal
		sets(insn, SCAN_ADD_CONSTANT, rd, rd, constant);
		if (view->slot_size == 4) {
			branches(insn, SCAN_CALL, pc, short_jump_distance(half));
		}
		return;
	case 2: // c.li
		sets(insn, SCAN_ADD_CONSTANT, rd, RISCV_ZERO, constant);
		return;
	case 3: // c.addi16sp, c.lui
		if (rd == RISCV_SP) {
			sets(insn, SCAN_ADD_CONSTANT, RISCV_SP, RISCV_SP,
			     sign_extend(field(half, 12, 1) << 9 | field(half, 6, 1) << 4 |
						 field(half, 5, 1) << 6 | field(half, 3, 2) << 7 |
						 field(half, 2, 1) << 5,
					 10));
		} else {
			sets(insn, SCAN_ADD_CONSTANT, rd, RISCV_ZERO, constant * 4096);
		}
		return;
	case 4:
		if (field(half, 10, 3) == 3 && field(half, 5, 2) == 0) { // c.sub
			combines(insn, SCAN_SUBTRACT, short_rd, short_rd, short_register(half, 2));
		} else {
			writes(insn, short_rd);
		}
		return;
	case 5:
		branches(insn, SCAN_JUMP, pc, short_jump_distance(half));
		return;
	default: // c.beqz, c.bnez
		branches(insn, SCAN_BRANCH, pc, short_branch_distance(half));
		return;
	}
}

static void decode_moves(uint32_t half, struct scan_insn *insn)
{
	unsigned rd = field(half, 7, 5), rs = field(half, 2, 5);
	bool is_second = field(half, 12, 1) != 0;
	if (rs != RISCV_ZERO) { // c.add, c.mv
		combines(insn, SCAN_ADD, rd, is_second ? rd : RISCV_ZERO, rs);
	} else if (rd == RISCV_ZERO) { // c.ebreak
		insn->op = SCAN_TRAP;
	} else {
		insn->rs = (uint8_t)rd;
		insn->op = is_second ? SCAN_CALL : SCAN_JUMP_REGISTER;
	}
}

static void decode_quadrant2(const struct code_view *view, uint32_t half, struct scan_insn *insn)
{
	unsigned rd = field(half, 7, 5), rs = field(half, 2, 5);
	uint32_t bit5 = field(half, 12, 1) << 5;
	bool is_64 = view->slot_size == 8;
	switch (field(half, 13, 3)) {
	case 0: // c.slli
		writes(insn, rd);
		return;
	case 2: // c.lwsp
		accesses(insn, view, SCAN_LOAD, rd, RISCV_SP, 4,
			 (int32_t)(bit5 | field(half, 4, 3) << 2 | field(half, 2, 2) << 6));
		return;
	case 3: // c.ldsp; on RV32 c.flwsp
		if (is_64) {
			accesses(insn, view, SCAN_LOAD, rd, RISCV_SP, 8,
				 (int32_t)(bit5 | field(half, 5, 2) << 3 | field(half, 2, 3) << 6));
		}
		return;
	case 4:
		decode_moves(half, insn);
		return;
	case 6: // c.swsp
		accesses(insn, view, SCAN_STORE, rs, RISCV_SP, 4,
			 (int32_t)(field(half, 9, 4) << 2 | field(half, 7, 2) << 6));
		return;
	case 7: // c.sdsp
		if (is_64) {
			accesses(insn, view, SCAN_STORE, rs, RISCV_SP, 8,
				 (int32_t)(field(half, 10, 3) << 3 | field(half, 7, 3) << 6));
		}
		return;
	default: // floating point
		return;
	}
}

void riscv_decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	uint32_t half, upper;
	insn->size = 2;
	if (!code_read16(view, pc, &half)) {
		insn->op = SCAN_INVALID;
		return;
	}
	switch (half & 3) {
	case 0:
		decode_quadrant0(view, half, insn);
		return;
	case 1:
		decode_quadrant1(view, half, pc, insn);
		return;
	case 2:
		decode_quadrant2(view, half, insn);
		return;
	default:
		insn->size = 4;
		if (code_read16(view, pc + 2, &upper)) {
			decode_wide(view, upper << 16 | half, pc, insn);
		} else {
			insn->op = SCAN_INVALID;
		}
	}
}
