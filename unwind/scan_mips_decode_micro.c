// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes microMIPS instructions: 16 or 32 bits, by the major opcode.
//
// Numbers are those of the MIPS Architecture for Programmers, volume II-B. Registers of three bits are
// s0, s1, v0, v1, a0 to a3.
#include "unwind/scan_mips_insn.h"

// Offsets count halves from the next instruction.
static void branches(struct scan_insn *insn, code_address pc, uint32_t word, unsigned bits)
{
	insn->target = pc + insn->size + (uint64_t)((int64_t)mips_signed(word, bits) * 2);
}

// lwm, swm: s0 and up, s8, ra, at ascending addresses.
static void moves_many(struct scan_insn *insn, bool is_store, unsigned base, int32_t offset,
		       unsigned n_saved, bool has_ra)
{
	mips_sets(insn, is_store ? SCAN_SAVE : SCAN_RESTORE, base, base, 0);
	insn->ra_at = has_ra ? offset + 4 * (int32_t)n_saved : SCAN_NOT_SAVED;
	insn->fp_at = n_saved == 9 ? offset + 4 * 8 : SCAN_NOT_SAVED;
	insn->fp2_at = n_saved > 1 ? offset + 4 : SCAN_NOT_SAVED;
	insn->clobbers = is_store ? 0 : ((UINT32_C(1) << (n_saved < 8 ? n_saved : 8)) - 1) << 16;
}

static void decode_pool16c(uint32_t half, struct scan_insn *insn)
{
	switch (half >> 6 & 15) {
	case 4: // lwm, swm
	case 5:
		moves_many(insn, (half & 0x40) != 0, MIPS_SP, (int32_t)(half & 15) * 4,
			   (half >> 4 & 3) + 1, true);
		return;
	case 6: // jr, jrc
		insn->rs = half & 31;
		mips_flows(insn, SCAN_JUMP_REGISTER,
			   (half & 0x20) != 0 ? SCAN_SLOT_NONE : SCAN_SLOT_ALWAYS);
		return;
	case 7: // jalr, jalrs
		insn->rs = half & 31;
		mips_flows(insn, SCAN_CALL, SCAN_SLOT_ALWAYS);
		return;
	case 8: // mfhi, mflo
	case 9:
		mips_writes(insn, half & 31);
		return;
	case 10: // break, sdbbp
	case 11:
		insn->op = SCAN_TRAP;
		return;
	case 12: // jraddiusp
		mips_sets(insn, SCAN_RETURN, MIPS_SP, MIPS_SP, (int32_t)(half & 31) * 4);
		insn->ra_at = insn->fp_at = insn->fp2_at = SCAN_NOT_SAVED;
		return;
	default: // not, xor, and, or
		mips_writes(insn, mips_reg3(half >> 3));
	}
}

// addiusp's nine bits leave out the values that other instructions have.
static int32_t sp_words(uint32_t bits)
{
	int32_t words = mips_signed(bits, 9);
	if (words == 0 || words == 1) {
		return words + 256;
	}
	return words == -1 || words == -2 ? words - 256 : words;
}

static int32_t small_constant(uint32_t bits)
{
	static const int8_t constants[] = { 1, 4, 8, 12, 16, 20, 24, -1 };
	return constants[bits & 7];
}

static void decode16(uint32_t half, code_address pc, struct scan_insn *insn)
{
	switch (half >> 10) {
	case 0x01: // addu, subu
		insn->op = (half & 1) != 0 ? SCAN_SUBTRACT : SCAN_ADD;
		insn->rd = (uint8_t)mips_reg3(half >> 1);
		insn->rt = (uint8_t)mips_reg3(half >> 4);
		insn->rs = (uint8_t)mips_reg3(half >> 7);
		return;
	case 0x03: // move
		mips_sets(insn, SCAN_ADD, half >> 5 & 31, half & 31, 0);
		return;
	case 0x11:
		decode_pool16c(half, insn);
		return;
	case 0x12: // lw (sp)
		mips_sets(insn, SCAN_LOAD, half >> 5 & 31, MIPS_SP, (int32_t)(half & 31) * 4);
		return;
	case 0x32: // sw (sp)
		mips_stores(insn, half >> 5 & 31, MIPS_SP, (int32_t)(half & 31) * 4);
		return;
	case 0x13: // addiusp, addius5
		if ((half & 1) != 0) {
			mips_sets(insn, SCAN_ADD_CONSTANT, MIPS_SP, MIPS_SP,
				  sp_words(half >> 1) * 4);
		} else {
			mips_sets(insn, SCAN_ADD_CONSTANT, half >> 5 & 31, half >> 5 & 31,
				  mips_signed(half >> 1, 4));
		}
		return;
	case 0x1a: // lw
		mips_sets(insn, SCAN_LOAD, mips_reg3(half >> 7), mips_reg3(half >> 4),
			  (int32_t)(half & 15) * 4);
		return;
	case 0x1b: // addiur1sp, addiur2
		if ((half & 1) != 0) {
			mips_sets(insn, SCAN_ADD_CONSTANT, mips_reg3(half >> 7), MIPS_SP,
				  (int32_t)(half >> 1 & 63) * 4);
		} else {
			mips_sets(insn, SCAN_ADD_CONSTANT, mips_reg3(half >> 7),
				  mips_reg3(half >> 4), small_constant(half >> 1));
		}
		return;
	case 0x21: // movep: two of a0 to a3, s5, s6
		insn->clobbers = 0x006000f0;
		return;
	case 0x23: // beqz, bnez
	case 0x2b:
		branches(insn, pc, half, 7);
		mips_flows(insn, SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	case 0x33: // b
		branches(insn, pc, half, 10);
		mips_flows(insn, SCAN_JUMP, SCAN_SLOT_ALWAYS);
		return;
	case 0x3b: // li
		mips_sets(insn, SCAN_ADD_CONSTANT, mips_reg3(half >> 7), 0,
			  (half & 0x7f) == 0x7f ? -1 : (int32_t)(half & 0x7f));
		return;
	case 0x02: // lbu, shifts, lhu, andi, lw (gp)
	case 0x09:
	case 0x0a:
	case 0x0b:
	case 0x19:
		mips_writes(insn, mips_reg3(half >> 7));
		return;
	default: // sb, sh, sw of the eight registers
		return;
	}
}

static unsigned high_of(uint32_t word)
{
	return word >> 21 & 31;
}

static unsigned low_of(uint32_t word)
{
	return word >> 16 & 31;
}

static void decode_pool32axf(uint32_t word, struct scan_insn *insn)
{
	switch (word >> 6 & 0x3ff) {
	case 0x03c: // jalr, jalr.hb, jalrs, jalrs.hb
	case 0x07c:
	case 0x13c:
	case 0x17c:
		insn->rs = (uint8_t)low_of(word);
		mips_flows(insn, high_of(word) == 0 ? SCAN_JUMP_REGISTER : SCAN_CALL,
			   SCAN_SLOT_ALWAYS);
		return;
	case 0x22d:
		insn->op = SCAN_SYSCALL;
		return;
	case 0x36d: // sdbbp
		insn->op = SCAN_TRAP;
		return;
	default:
		if ((word >> 6 & 7) != 0) { // not the conditional traps
			insn->clobbers = UINT32_C(1) << high_of(word) | UINT32_C(1) << low_of(word);
		}
	}
}

// Whether an instruction of this pool may have nothing in its first half. If not, that half is what fills up to the next
// function, and the other one begins it.
static bool is_of_low_half(uint32_t low)
{
	switch (low & 0x7ff) {
	case 0x000: // nop, ssnop, ehb, pause
	case 0x110: // add, addu, or, of register 0 twice
	case 0x150:
	case 0x290:
		return true;
	default:
		break;
	}
	switch (low >> 6) {
	case 0x11d: // di, ei, sync, syscall, wait, sdbbp, deret, eret
	case 0x15d:
	case 0x1ad:
	case 0x22d:
	case 0x24d:
	case 0x36d:
	case 0x38d:
	case 0x3cd:
		return (low & 63) == 0x3c;
	default:
		return (low & 63) == 0x07 || (low & 0x1ff) == 0x3c; // break; the conditional traps
	}
}

static void decode_pool32a(uint32_t word, struct scan_insn *insn)
{
	insn->rd = word >> 11 & 31;
	insn->rs = (uint8_t)low_of(word);
	insn->rt = (uint8_t)high_of(word);
	if (word <= 0xffff && !is_of_low_half(word)) {
		insn->op = SCAN_INVALID;
		return;
	}
	if ((word & 63) == 0x3c) {
		decode_pool32axf(word, insn);
		return;
	}
	switch (word & 0x3ff) {
	case 0x110: // add, addu
	case 0x150:
		insn->op = SCAN_ADD;
		return;
	case 0x190: // sub, subu
	case 0x1d0:
		insn->op = SCAN_SUBTRACT;
		return;
	case 0x290: // or
		insn->op = insn->rs == 0 || insn->rt == 0 ? SCAN_ADD : SCAN_OTHER;
		mips_writes(insn, insn->rd);
		return;
	default:
		break;
	}
	if ((word & 63) == 0x07) { // break
		insn->op = SCAN_TRAP;
	}
	bool is_high = (word & 63) == 0x0c || (word & 63) == 0x2c || (word & 0x13f) == 0;
	mips_writes(insn, is_high ? insn->rt : insn->rd); // ins, ext, constant shifts; else rd
}

static void decode_pool32b(uint32_t word, struct scan_insn *insn)
{
	unsigned list = high_of(word);
	int32_t offset = mips_signed(word, 12);
	switch (word >> 12 & 15) {
	case 0x5: // lwm, swm
	case 0xd:
		moves_many(insn, (word & 0x8000) != 0, low_of(word), offset, list & 15,
			   (list & 16) != 0);
		return;
	case 0x1: // lwp, swp: a register and the next one
	case 0x9:
		mips_sets(insn, (word & 0x8000) != 0 ? SCAN_SAVE : SCAN_RESTORE, low_of(word),
			  low_of(word), 0);
		insn->fp_at = list == MIPS_FP ? offset : SCAN_NOT_SAVED;
		insn->fp_at = list == MIPS_FP - 1 ? offset + 4 : insn->fp_at;
		insn->fp2_at = list == MIPS_S1 ? offset : SCAN_NOT_SAVED;
		insn->fp2_at = list == MIPS_S1 - 1 ? offset + 4 : insn->fp2_at;
		insn->ra_at = list == MIPS_RA - 1 ? offset + 4 : SCAN_NOT_SAVED;
		insn->clobbers = (word & 0x8000) != 0 ? 0 : UINT32_C(3) << list;
		return;
	default:
		return;
	}
}

static void decode_pool32i(uint32_t word, code_address pc, struct scan_insn *insn)
{
	branches(insn, pc, word, 16);
	switch (high_of(word)) {
	case 0x02: // bgez: of register 0 an unconditional branch
		mips_flows(insn, low_of(word) == 0 ? SCAN_JUMP : SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	case 0x00: // bltz, blez, bgtz, bc2f, bc2t, bc1f, bc1t
	case 0x04:
	case 0x06:
	case 0x14:
	case 0x15:
	case 0x1c:
	case 0x1d:
		mips_flows(insn, SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	case 0x05: // bnezc, beqzc
	case 0x07:
		mips_flows(insn, SCAN_BRANCH, SCAN_SLOT_NONE);
		return;
	case 0x01: // bltzal, bgezal, bltzals, bgezals
	case 0x03:
	case 0x11:
	case 0x13:
		mips_flows(insn, SCAN_CALL, SCAN_SLOT_ALWAYS);
		return;
	case 0x0d: // lui
		mips_sets(insn, SCAN_ADD_CONSTANT, low_of(word), 0, (int32_t)(word << 16));
		insn->is_beginning = low_of(word) == MIPS_GP; // as in o32
		return;
	default: // traps, synci
		return;
	}
}

static void jumps(struct scan_insn *insn, enum scan_op op, code_address pc, uint32_t index,
		  unsigned shift)
{
	code_address region = ~((UINT64_C(1) << (26 + shift)) - 1);
	insn->target = ((pc + 4) & region) | (uint64_t)(index & 0x3ffffff) << shift;
	mips_flows(insn, op, SCAN_SLOT_ALWAYS);
}

static void decode32(uint32_t word, code_address pc, struct scan_insn *insn)
{
	int32_t constant = mips_signed(word, 16);
	unsigned high = high_of(word), low = low_of(word);
	switch (word >> 26) {
	case 0x00:
		decode_pool32a(word, insn);
		return;
	case 0x08:
		decode_pool32b(word, insn);
		return;
	case 0x10:
		decode_pool32i(word, pc, insn);
		return;
	case 0x04: // addi, addiu
	case 0x0c:
		mips_sets(insn, SCAN_ADD_CONSTANT, high, low, constant);
		return;
	case 0x14: // ori
		mips_sets(insn, SCAN_OR_CONSTANT, high, low, (int32_t)(word & 0xffff));
		return;
	case 0x3f: // lw, sw
		mips_sets(insn, SCAN_LOAD, high, low, constant);
		return;
	case 0x3e:
		mips_stores(insn, high, low, constant);
		return;
	case 0x25: // beq, bne
	case 0x2d:
		branches(insn, pc, word, 16);
		mips_flows(insn, word >> 26 == 0x25 && high == low ? SCAN_JUMP : SCAN_BRANCH,
			   SCAN_SLOT_ALWAYS);
		return;
	case 0x35: // j, jal, jals
		jumps(insn, SCAN_JUMP, pc, word, 1);
		return;
	case 0x3d:
	case 0x1d:
		jumps(insn, SCAN_CALL, pc, word, 1);
		return;
	case 0x3c: // jalx
		jumps(insn, SCAN_CALL, pc, word, 2);
		return;
	case 0x15: // floating point: mfc1, cfc1, mfhc1 write a general register
		if ((word & 63) == 0x3b && (word & 0x2000) == 0) {
			mips_writes(insn, high);
		}
		return;
	case 0x1e: // addiupc
		mips_writes(insn, mips_reg3(word >> 23));
		return;
	case 0x05: // loads, logic, comparisons; sc writes its register too
	case 0x07:
	case 0x0d:
	case 0x0f:
	case 0x18:
	case 0x1c:
	case 0x24:
	case 0x2c:
	case 0x34:
		mips_writes(insn, high);
		return;
	default: // stores, floating point loads
		return;
	}
}

void micromips_decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	uint32_t half, low;
	insn->size = 2;
	if (!code_read16(view, pc, &half)) {
		insn->op = SCAN_INVALID;
		return;
	}
	unsigned kind = half >> 10 & 7;
	if (kind >= 1 && kind <= 3) {
		decode16(half, pc, insn);
		return;
	}
	insn->size = 4;
	if (!code_read16(view, pc + 2, &low)) {
		insn->op = SCAN_INVALID;
		return;
	}
	decode32(half << 16 | low, pc, insn);
	insn->is_beginning = insn->is_beginning && view->slot_size == 4;
}
