// SPDX-License-Identifier: LGPL-2.1-or-later
// What the decoders of ARM and Thumb share: sums, loads, stores, the coprocessors' instructions.
//
// Encodings: Arm Architecture Reference Manual for A-profile, chapters F5 (A32) and F3 (T32).
#include "unwind/scan_arm.h"

void arm_other(struct scan_insn *insn, unsigned rd)
{
	insn->op = SCAN_OTHER;
	arm_clobber(insn, rd);
	if (rd == ARM_PC) {
		insn->op = SCAN_JUMP_REGISTER;
		insn->rs = ARM_PC;
	}
}

void arm_add_constant(struct scan_insn *insn, unsigned rd, unsigned rs, int64_t constant)
{
	if (rd == ARM_PC && constant == 0 && rs < ARM_PC) {
		insn->op = SCAN_JUMP_REGISTER;
		insn->rs = (uint8_t)rs;
	} else if (rd >= ARM_PC || rs == ARM_PC) {
		arm_other(insn, rd);
	} else {
		insn->op = SCAN_ADD_CONSTANT;
		insn->rd = (uint8_t)rd;
		insn->rs = (uint8_t)rs;
		insn->constant = (int32_t)(uint32_t)(uint64_t)constant;
	}
}

void arm_sum(struct scan_insn *insn, enum scan_op op, unsigned rd, unsigned rs, unsigned rt)
{
	if (rd >= ARM_PC || rs == ARM_PC || rt == ARM_PC) {
		arm_other(insn, rd);
		return;
	}
	insn->op = op;
	insn->rd = (uint8_t)rd;
	insn->rs = (uint8_t)rs;
	insn->rt = (uint8_t)rt;
}

static int32_t place_in(uint32_t mask, unsigned reg, int32_t at)
{
	if ((mask >> reg & 1) == 0) {
		return SCAN_NOT_SAVED;
	}
	uint32_t below = mask & ((UINT32_C(1) << reg) - 1);
	return at + 4 * __builtin_popcount(below);
}

void arm_access(const struct code_view *view, struct scan_insn *insn,
		const struct arm_access *access)
{
	uint32_t mask = access->mask;
	bool is_return = access->is_load && (mask >> ARM_PC & 1) != 0;
	insn->op = is_return ? SCAN_RETURN : access->is_load ? SCAN_RESTORE : SCAN_SAVE;
	insn->rs = (uint8_t)access->rs;
	insn->rd = access->move != 0 ? insn->rs : ARM_ZERO;
	insn->constant = access->move;
	insn->clobbers = access->is_load ? mask & 0x7fff : 0;
	insn->ra_at = place_in(mask, is_return ? ARM_PC : ARM_LR, access->at);
	insn->fp_at = place_in(mask, view->isa->fp, access->at);
	insn->fp2_at = place_in(mask, view->isa->fp2, access->at);
	// A jump by a table, or through one of functions. The old APCS loads sp as well to return.
	bool is_with_sp = (mask >> ARM_SP & 1) != 0;
	if (is_return && !is_with_sp && (access->rs != ARM_SP || access->move <= 0)) {
		insn->op = SCAN_JUMP_REGISTER;
		insn->rs = ARM_PC;
	}
}

void arm_multiple(const struct code_view *view, struct scan_insn *insn, unsigned rs, uint32_t mask,
		  bool is_load, bool is_down, bool is_before, bool is_moved)
{
	int32_t size = 4 * __builtin_popcount(mask & 0xffff);
	struct arm_access access = { mask & 0xffff, rs, 0, 0, is_load };
	access.at = is_down ? -size : 0;
	access.at += is_before == is_down ? 0 : 4;
	if (is_moved) {
		access.move = is_down ? -size : size;
	}
	arm_access(view, insn, &access);
}

static void mark_literal(const struct code_view *view, code_address pc, struct scan_insn *insn,
			 int32_t offset, unsigned size)
{
	code_address at = (pc & ~UINT64_C(3)) + (uint64_t)(int64_t)offset;
	if (at - view->address < view->size) {
		insn->literal = at;
		insn->literal_size = size;
	}
}

// Constants among code.
static void load_literal(const struct code_view *view, code_address pc, struct scan_insn *insn,
			 uint32_t mask, int32_t offset)
{
	unsigned n = (unsigned)__builtin_popcount(mask);
	uint32_t word;
	mark_literal(view, pc, insn, offset, 4 * n);
	insn->clobbers = mask & 0x7fff;
	if ((mask >> ARM_PC & 1) != 0) {
		arm_other(insn, ARM_PC);
	} else if (n == 1 && insn->literal != 0 && code_read32(view, insn->literal, &word)) {
		insn->clobbers = 0;
		arm_add_constant(insn, (unsigned)__builtin_ctz(mask), ARM_ZERO, (int32_t)word);
	}
}

void arm_word(const struct code_view *view, code_address pc, struct scan_insn *insn, uint32_t mask,
	      const struct arm_address *address, bool is_load)
{
	struct arm_access access = { mask, address->rs, 0, 0, is_load };
	unsigned reg = (unsigned)__builtin_ctz(mask | UINT32_C(1) << 31);
	bool is_one = (mask & (mask - 1)) == 0;
	if (address->rs == ARM_PC) {
		if (is_load) {
			load_literal(view, pc, insn, mask, address->offset);
		}
		return;
	}
	if (is_one && !address->is_moved && address->is_pre && mask != UINT32_C(1) << ARM_PC) {
		insn->op = is_load ? SCAN_LOAD : SCAN_STORE;
		insn->rd = insn->rt = (uint8_t)reg;
		insn->rs = (uint8_t)address->rs;
		insn->constant = address->offset;
		return;
	}
	access.at = address->is_pre ? address->offset : 0;
	access.move = address->is_moved || !address->is_pre ? address->offset : 0;
	arm_access(view, insn, &access);
}

// VLDM, VSTM, VPUSH, VPOP, VLDR, VSTR; others that load and store. The system's coprocessor 15 loads and stores
// nothing: what looks as if it did is a negative number of a table.
static void decode_transfer(const struct code_view *view, code_address pc, uint32_t word,
			    struct scan_insn *insn)
{
	unsigned rn = word >> 16 & 15;
	bool is_pre = (word >> 24 & 1) != 0, is_up = (word >> 23 & 1) != 0;
	bool is_moved = (word >> 21 & 1) != 0, is_load = (word >> 20 & 1) != 0;
	int32_t size = (int32_t)(word & 0xff) * 4;
	if ((word & 0x0fe00000) == 0x0c400000) { // two core registers
		if (is_load) {
			arm_clobber(insn, word >> 12 & 15);
			arm_clobber(insn, rn);
		}
	} else if ((word >> 8 & 15) == 15) {
		return;
	} else if (is_moved) {
		arm_add_constant(insn, rn, rn, is_up ? size : -size);
	} else if (is_pre && is_load && rn == ARM_PC) {
		unsigned width = (word >> 8 & 15) == 11 ? 8 : 4;
		mark_literal(view, pc, insn, is_up ? size : -size, width);
	}
}

void arm_coprocessor(const struct code_view *view, code_address pc, uint32_t word,
		     struct scan_insn *insn)
{
	if ((word & 0x02000000) == 0) {
		decode_transfer(view, pc, word, insn);
	} else if ((word & 0x00100010) == 0x00100010) { // MRC, VMOV to a core register
		arm_clobber(insn, word >> 12 & 15);
	}
}

// The largest number that the jump at `pc` by register `index` is made for: what it was compared with before.
static bool find_last(const struct code_view *view, code_address pc, unsigned index, uint32_t *last)
{
	enum { STEPS = 8 };
	uint32_t half, second = 0;
	for (unsigned i = 1; i <= STEPS && arm_read16(view, pc - 2 * (uint64_t)i, &half); i++) {
		if (half == (0x2800 | index << 8 | (half & 0xff)) && index < 8) { // CMP
			*last = half & 0xff;
			return true;
		}
		if (half == (0xf1b0 | index) && (second & 0xff00) == 0x0f00) {
			*last = second & 0xff;
			return true;
		}
		second = half;
	}
	return false;
}

static uint32_t entry_at(const struct code_view *view, code_address table, bool is_half, uint32_t i)
{
	uint32_t half;
	code_address at = is_half ? table + 2 * (uint64_t)i : table + (i & ~UINT32_C(1));
	if (!arm_read16(view, at, &half)) {
		return 0;
	}
	return is_half ? half : i % 2 != 0 ? half >> 8 : half & 0xff;
}

uint32_t thumb_table_size(const struct code_view *view, code_address pc, uint32_t word)
{
	enum { ENTRIES_MAX = 512 };
	bool is_half = (word & 0x10) != 0;
	uint32_t size = 2 * ENTRIES_MAX, width = is_half ? 2 : 1, last;
	if (find_last(view, pc, word & 15, &last)) {
		return ((last + 1) * width + 1) & ~UINT32_C(1);
	}
	for (uint32_t i = 0; i * width < size; i++) {
		uint32_t entry = entry_at(view, pc + 4, is_half, i) * 2;
		size = entry != 0 && entry < size ? entry : size;
	}
	return size < 2 * ENTRIES_MAX ? size : 0;
}

void thumb_word_table(const struct code_view *view, code_address pc, uint32_t word,
		      struct scan_insn *insn)
{
	unsigned base = word >> 16 & 15, index = word & 15;
	uint32_t half, last;
	bool is_table_load = word >> 20 == 0xf85 && (word & 0xfff0) == (index << 12 | 0x20);
	if (is_table_load && base < 8 && arm_read16(view, pc - 2, &half) &&
	    half >> 8 == (0xa0 | base) && find_last(view, pc - 2, index, &last)) {
		mark_literal(view, pc + 2, insn, (int32_t)(half & 0xff) * 4, (last + 1) * 4);
	}
}

bool arm_literal(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	bool is_thumb = view->isa->step == 2;
	uint32_t first, second;
	if (!arm_read16(view, pc, &first)) {
		return false;
	}
	if (is_thumb && first < 0xe800) {
		mark_literal(view, pc + 4, insn, (int32_t)(first & 0xff) * 4, 4);
		return (first & 0xf800) == 0x4800;
	}
	insn->size = 4;
	if (!arm_read16(view, pc + 2, &second)) {
		return false;
	}
	uint32_t upper = is_thumb ? first : second, lower = is_thumb ? second : first;
	code_address base = is_thumb ? pc + 4 : pc + 8;
	bool is_word = is_thumb ? upper == 0xf8df : (upper & 0xfff) == 0x59f;
	if (is_thumb && upper == 0xe8df && (lower & 0xffe0) == 0xf000) { // TBB, TBH
		insn->literal = pc + 4;
		insn->literal_size = thumb_table_size(view, pc, lower);
	} else if (is_thumb && upper >> 4 == 0xf85 && upper != 0xf85f) {
		thumb_word_table(view, pc, upper << 16 | lower, insn);
	} else if (is_word) {
		mark_literal(view, base, insn, (int32_t)(lower & 0xfff), 4);
	} else if ((upper & 0xfbf) == 0xd9f && (lower & 0xe00) == 0xa00) { // VLDR
		mark_literal(view, base, insn, (int32_t)(lower & 0xff) * 4,
			     (lower & 0x100) != 0 ? 8 : 4);
	}
	return insn->literal != 0;
}
