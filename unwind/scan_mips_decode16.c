// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes MIPS16 instructions: 16 bits, or 32 with an EXTEND in front.
//
// Numbers are those of the MIPS Architecture for Programmers, volume IV-a. Registers of three bits are
// s0, s1, v0, v1, a0 to a3; conditions are left in t8.
#include "unwind/scan_mips_insn.h"

enum { T8 = 24 };

// One instruction: its own half, and the eleven bits of an EXTEND.
struct half {
	uint32_t word;
	uint32_t extend;
	bool is_extended;
	code_address pc;
};

static unsigned rx_of(const struct half *half)
{
	return mips_reg3(half->word >> 8);
}

static unsigned ry_of(const struct half *half)
{
	return mips_reg3(half->word >> 5);
}

static uint32_t extended16(const struct half *half)
{
	return (half->extend & 0x1f) << 11 | (half->extend & 0x7e0) | (half->word & 0x1f);
}

// The constant: extended 16 bits as they are, else `bits` of the half shifted left.
static int32_t constant_of(const struct half *half, unsigned bits, unsigned shift, bool is_signed)
{
	if (half->is_extended) {
		return mips_signed(extended16(half), 16);
	}
	uint32_t number = half->word & ((UINT32_C(1) << bits) - 1);
	return is_signed ? mips_signed(number, bits) * (1 << shift) : (int32_t)(number << shift);
}

// Branches have no delay slots, and count halves from the next instruction.
static void branches(struct scan_insn *insn, enum scan_op op, const struct half *half,
		     unsigned bits)
{
	int32_t offset = half->is_extended ? mips_signed(extended16(half), 16)
					   : mips_signed(half->word, bits);
	insn->op = (uint8_t)op;
	insn->target = half->pc + insn->size + (uint64_t)((int64_t)offset * 2);
}

// save and restore: ra just below the CFA, then from s8 down to s0 those that are named.
static void decode_save(const struct half *half, struct scan_insn *insn)
{
	bool is_save = (half->word & 0x80) != 0, has_ra = (half->word & 0x40) != 0;
	bool has_s1 = (half->word & 0x10) != 0;
	unsigned n_more =
		half->is_extended ? half->extend >> 8 & 7 : 0; // s2 and on; s8 the seventh
	uint32_t units = half->word & 15;
	if (half->is_extended) {
		units |= half->extend & 0xf0;
	} else if (units == 0) {
		units = 16;
	}
	int32_t size = (int32_t)units * 8;
	// Offsets count from sp as it is before: the CFA for save, the frame's bottom for restore.
	int32_t top = is_save ? 0 : size;
	mips_sets(insn, is_save ? SCAN_SAVE : SCAN_RESTORE, MIPS_SP, MIPS_SP,
		  is_save ? -size : size);
	int32_t below_ra = has_ra ? top - 4 : top;
	insn->ra_at = has_ra ? below_ra : SCAN_NOT_SAVED;
	insn->fp_at = has_s1 ? below_ra - 4 * ((int32_t)n_more + 1) : SCAN_NOT_SAVED;
	insn->fp2_at = n_more == 7 ? below_ra - 4 : SCAN_NOT_SAVED;
	if (!is_save) {
		uint32_t more = n_more < 6 ? (UINT32_C(1) << n_more) - 1 : 0x3f;
		insn->clobbers = (half->word & 0x20) << 11 | more << 18; // s0; s2 to s7
	}
}

static void decode_i8(const struct half *half, struct scan_insn *insn)
{
	switch (half->word >> 8 & 7) {
	case 0: // bteqz, btnez
	case 1:
		branches(insn, SCAN_BRANCH, half, 8);
		return;
	case 2: // sw ra
		mips_stores(insn, MIPS_RA, MIPS_SP, constant_of(half, 8, 2, false));
		return;
	case 3: // addiu sp
		mips_sets(insn, SCAN_ADD_CONSTANT, MIPS_SP, MIPS_SP, constant_of(half, 8, 3, true));
		return;
	case 4:
		decode_save(half, insn);
		return;
	case 5: // move of any register from one of the eight; the number's upper bits are lower
		mips_sets(insn, SCAN_ADD, (half->word >> 5 & 7) | (half->word & 0x18),
			  mips_reg3(half->word), 0);
		return;
	case 7: // move to one of the eight
		mips_sets(insn, SCAN_ADD, ry_of(half), half->word & 31, 0);
		return;
	default:
		insn->op = SCAN_INVALID;
	}
}

// jr, jalr and their forms without a delay slot.
static void decode_jump_register(const struct half *half, struct scan_insn *insn)
{
	bool has_slot = (half->word & 0x80) == 0;
	bool is_call = (half->word & 0x40) != 0, is_ra = (half->word & 0x20) != 0;
	insn->op = is_call ? SCAN_CALL : SCAN_JUMP_REGISTER;
	insn->rs = (uint8_t)(is_ra ? MIPS_RA : rx_of(half));
	insn->slot = has_slot ? SCAN_SLOT_ALWAYS : SCAN_SLOT_NONE;
}

static void decode_rr(const struct half *half, struct scan_insn *insn)
{
	switch (half->word & 31) {
	case 0x00:
		decode_jump_register(half, insn);
		return;
	case 0x01: // sdbbp, break
	case 0x05:
		insn->op = SCAN_TRAP;
		return;
	case 0x02: // slt, sltu, cmp
	case 0x03:
	case 0x0a:
		mips_writes(insn, T8);
		return;
	case 0x04: // variable shifts
	case 0x06:
	case 0x07:
		mips_writes(insn, ry_of(half));
		return;
	default: // arithmetic, mfhi, mflo, extensions; multiplications write none of these, no harm
		mips_writes(insn, rx_of(half));
	}
}

static void decode_load_pc(const struct code_view *view, const struct half *half,
			   struct scan_insn *insn)
{
	uint32_t word;
	code_address at = (half->pc & ~UINT64_C(3)) + (uint64_t)constant_of(half, 8, 2, false);
	insn->literal = at;
	insn->literal_size = 4;
	if (code_read32(view, at, &word)) {
		mips_sets(insn, SCAN_ADD_CONSTANT, rx_of(half), 0, (int32_t)word);
	} else {
		mips_writes(insn, rx_of(half));
	}
}

static void decode_jal(const struct code_view *view, const struct half *half,
		       struct scan_insn *insn)
{
	uint32_t low = 0;
	bool is_whole = code_read16(view, half->pc + 2, &low);
	uint32_t index = (half->word & 0x1f) << 21 | (half->word & 0x3e0) << 11 | low;
	insn->size = 4;
	insn->op = is_whole ? SCAN_CALL : SCAN_INVALID;
	insn->slot = SCAN_SLOT_ALWAYS;
	insn->target = ((half->pc + 4) & ~UINT64_C(0x0fffffff)) | index << 2;
}

static int32_t constant15(const struct half *half)
{
	uint32_t number = (half->extend & 15) << 11 | (half->extend & 0x7f0) | (half->word & 15);
	return half->is_extended ? mips_signed(number, 15) : mips_signed(half->word, 4);
}

static void decode_rrr(const struct half *half, struct scan_insn *insn)
{
	insn->op = (half->word & 2) != 0 ? SCAN_SUBTRACT : SCAN_ADD;
	insn->rd = (uint8_t)mips_reg3(half->word >> 2);
	insn->rs = (uint8_t)rx_of(half);
	insn->rt = (uint8_t)ry_of(half);
}

static void decode_half(const struct code_view *view, const struct half *half,
			struct scan_insn *insn)
{
	switch (half->word >> 11) {
	case 0x00: // addiu rx, sp
		mips_sets(insn, SCAN_ADD_CONSTANT, rx_of(half), MIPS_SP,
			  constant_of(half, 8, 2, false));
		return;
	case 0x02:
		branches(insn, SCAN_JUMP, half, 11);
		return;
	case 0x03:
		decode_jal(view, half, insn);
		return;
	case 0x04: // beqz, bnez
	case 0x05:
		branches(insn, SCAN_BRANCH, half, 8);
		return;
	case 0x08: // addiu ry, rx
		mips_sets(insn, SCAN_ADD_CONSTANT, ry_of(half), rx_of(half), constant15(half));
		return;
	case 0x09: // addiu rx
		mips_sets(insn, SCAN_ADD_CONSTANT, rx_of(half), rx_of(half),
			  constant_of(half, 8, 0, true));
		return;
	case 0x0a: // slti, sltiu, cmpi
	case 0x0b:
	case 0x0e:
		mips_writes(insn, T8);
		return;
	case 0x0c:
		decode_i8(half, insn);
		return;
	case 0x0d: // li: without a sign also when extended
		mips_sets(insn, SCAN_ADD_CONSTANT, rx_of(half), 0,
			  (int32_t)(half->is_extended ? extended16(half) : half->word & 0xff));
		return;
	case 0x12: // lw rx, (sp)
		mips_sets(insn, SCAN_LOAD, rx_of(half), MIPS_SP, constant_of(half, 8, 2, false));
		return;
	case 0x13: // lw ry, (rx)
		mips_sets(insn, SCAN_LOAD, ry_of(half), rx_of(half),
			  constant_of(half, 5, 2, false));
		return;
	case 0x16:
		decode_load_pc(view, half, insn);
		return;
	case 0x1a: // sw rx, (sp)
		mips_stores(insn, rx_of(half), MIPS_SP, constant_of(half, 8, 2, false));
		return;
	case 0x1b: // sw ry, (rx)
		mips_stores(insn, ry_of(half), rx_of(half), constant_of(half, 5, 2, false));
		return;
	case 0x18: // sb, sh
	case 0x19:
		return;
	case 0x1c:
		decode_rrr(half, insn);
		return;
	case 0x1d:
		decode_rr(half, insn);
		return;
	case 0x01: // addresses, shifts: rx
	case 0x06:
		mips_writes(insn, rx_of(half));
		return;
	case 0x10: // narrow loads: ry
	case 0x11:
	case 0x14:
	case 0x15:
		mips_writes(insn, ry_of(half));
		return;
	default: // instructions of 64-bit processors, which have no MIPS16 code on Linux
		insn->op = SCAN_INVALID;
	}
}

static bool is_extend(uint32_t word)
{
	return word >> 11 == 0x1e;
}

bool mips16_is_second_half(const struct code_view *view, code_address pc,
			   const struct scan_work *work)
{
	uint32_t before;
	(void)work;
	return code_read16(view, pc - 2, &before) && is_extend(before);
}

bool mips16_literal(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	enum { LOAD_PC = 0x16 };
	uint32_t word;
	bool is_load =
		code_read16(view, pc, &word) && !mips16_is_second_half(view, pc, NULL) &&
		(word >> 11 == LOAD_PC ||
		 (is_extend(word) && code_read16(view, pc + 2, &word) && word >> 11 == LOAD_PC));
	if (is_load) {
		scan_decode(view, pc, insn);
	}
	return is_load;
}

void mips16_decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	struct half half = { .pc = pc };
	insn->size = 2;
	if (!code_read16(view, pc, &half.word)) {
		insn->op = SCAN_INVALID;
		return;
	}
	if (is_extend(half.word)) {
		insn->size = 4;
		half.is_extended = true;
		half.extend = half.word & 0x7ff;
		if (!code_read16(view, pc + 2, &half.word) || is_extend(half.word) ||
		    half.word >> 11 == 0x03) {
			insn->op = SCAN_INVALID;
			return;
		}
	}
	decode_half(view, &half, insn);
}
