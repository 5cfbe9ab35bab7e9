// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes 32-bit MIPS instructions, all releases.
//
// Field and opcode numbers are those of the MIPS Architecture for Programmers, volume II-A. "sf" is the
// function field of the opcode SPECIAL. An instruction not named here writes no general register that
// its format could not write.
#include "unwind/scan_mips.h"

static unsigned rs_of(uint32_t word)
{
	return word >> 21 & 31;
}

static unsigned rt_of(uint32_t word)
{
	return word >> 16 & 31;
}

static unsigned rd_of(uint32_t word)
{
	return word >> 11 & 31;
}

// The low `bits` of the word as a signed number.
static int32_t signed_field(uint32_t word, unsigned bits)
{
	uint32_t sign = UINT32_C(1) << (bits - 1);
	uint32_t field = word & (sign * 2 - 1);
	return (int32_t)((field ^ sign) - sign);
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

static void flows(struct scan_insn *insn, enum scan_op op, enum scan_slot slot)
{
	insn->op = (uint8_t)op;
	insn->slot = (uint8_t)slot;
}

static void branches(struct scan_insn *insn, uint32_t word, unsigned bits, uint64_t pc)
{
	insn->target = pc + 4 + (uint64_t)((int64_t)signed_field(word, bits) * 4);
}

static void decode_special(uint32_t word, struct scan_insn *insn, bool is_r6)
{
	unsigned rs = rs_of(word), rt = rt_of(word), rd = rd_of(word);
	insn->rd = (uint8_t)rd;
	insn->rs = (uint8_t)rs;
	insn->rt = (uint8_t)rt;
	switch (word & 63) {
	case 0x08: // jr
		flows(insn, SCAN_JUMP_REGISTER, SCAN_SLOT_ALWAYS);
		return;
	case 0x09: // jalr; with rd 0 release 6's jr
		flows(insn, rd == 0 ? SCAN_JUMP_REGISTER : SCAN_CALL, SCAN_SLOT_ALWAYS);
		return;
	case 0x0c:
		insn->op = SCAN_SYSCALL;
		return;
	case 0x0d: // break
		insn->op = SCAN_TRAP;
		return;
	case 0x0e: // sdbbp in release 6
		insn->op = is_r6 ? SCAN_TRAP : SCAN_OTHER;
		return;
	case 0x20: // add, addu, dadd, daddu
	case 0x21:
	case 0x2c:
	case 0x2d:
		insn->op = SCAN_ADD;
		return;
	case 0x25: // or: the other way to write move
		insn->op = rs == 0 || rt == 0 ? SCAN_ADD : SCAN_OTHER;
		writes(insn, rd);
		return;
	case 0x22: // sub, subu, dsub, dsubu
	case 0x23:
	case 0x2e:
	case 0x2f:
		insn->op = SCAN_SUBTRACT;
		return;
	case 0x0f: // sync
	case 0x30: // the conditional traps: rd is part of their code
	case 0x31:
	case 0x32:
	case 0x33:
	case 0x34:
	case 0x36:
		return;
	default:
		writes(insn, rd);
	}
}

static void decode_regimm(uint32_t word, uint64_t pc, struct scan_insn *insn)
{
	unsigned rs = rs_of(word), rt = rt_of(word);
	branches(insn, word, 16, pc);
	switch (rt) {
	case 0x00: // bltz
		flows(insn, SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	case 0x01: // bgez, of register 0 an unconditional branch
		flows(insn, rs == 0 ? SCAN_JUMP : SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	case 0x02: // bltzl, bgezl
	case 0x03:
		flows(insn, SCAN_BRANCH, SCAN_SLOT_TAKEN);
		return;
	case 0x10: // bltzal, bgezal (bal)
	case 0x11:
		flows(insn, SCAN_CALL, SCAN_SLOT_ALWAYS);
		return;
	case 0x12: // bltzall, bgezall
	case 0x13:
		flows(insn, SCAN_CALL, SCAN_SLOT_TAKEN);
		return;
	case 0x06: // dahi, dati
	case 0x1e:
		writes(insn, rs);
		return;
	case 0x17: // sigrie
		insn->op = SCAN_TRAP;
		return;
	default: // traps, synci, bposge32
		return;
	}
}

static void decode_special3(uint32_t word, struct scan_insn *insn)
{
	unsigned function = word & 63;
	bool is_rt =
		function <= 0x07 ||
		(function >= 0x19 && function <= 0x2f && function != 0x20 && function != 0x24) ||
		function == 0x31 || function >= 0x33;
	// ext, ins, lwe ..., sc, ll, append, extr, rdhwr write rt; the rest rd. Stores of the EVA group
	// are taken as writing too: no harm, they do not occur in programs.
	writes(insn, is_rt ? rt_of(word) : rd_of(word));
}

static void decode_coprocessor(uint32_t word, uint64_t pc, struct scan_insn *insn, bool is_r6)
{
	unsigned opcode = word >> 26, rs = rs_of(word);
	if (rs == 8 && opcode != 0x10 && !is_r6) { // bc1f, bc1t and their likely forms
		branches(insn, word, 16, pc);
		flows(insn, SCAN_BRANCH,
		      word & UINT32_C(1) << 17 ? SCAN_SLOT_TAKEN : SCAN_SLOT_ALWAYS);
		return;
	}
	// bc1eqz, bc1nez; branches on vectors.
	bool is_zero_branch = is_r6 && opcode != 0x10 && (rs == 9 || rs == 13);
	bool is_vector_branch = opcode == 0x11 && (rs == 11 || rs == 15 || rs >= 24);
	if (is_zero_branch || is_vector_branch) {
		branches(insn, word, 16, pc);
		flows(insn, SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	}
	// mfc, dmfc, cfc, mfhc; di, ei.
	if (rs <= 3 || (opcode == 0x10 && rs == 11)) {
		writes(insn, rt_of(word));
	}
}

// The opcodes that release 6 gave a new meaning. False: it did not.
static bool decode_r6(uint32_t word, uint64_t pc, struct scan_insn *insn)
{
	unsigned rs = rs_of(word), rt = rt_of(word);
	branches(insn, word, 16, pc);
	switch (word >> 26) {
	case 0x06: // blezalc, bgezalc, bgeuc; bgtzalc, bltzalc, bltuc
	case 0x07:
		if (rt == 0) {
			insn->target = 0;
			return false;
		}
		flows(insn, rs == 0 || rs == rt ? SCAN_CALL : SCAN_BRANCH, SCAN_SLOT_NONE);
		return true;
	case 0x08: // bovc, beqzalc, beqc; bnvc, bnezalc, bnec
	case 0x18:
		flows(insn, rs == 0 && rt != 0 ? SCAN_CALL : SCAN_BRANCH, SCAN_SLOT_NONE);
		return true;
	case 0x16: // blezc, bgezc, bgec; bgtzc, bltzc, bltc
	case 0x17:
		flows(insn, SCAN_BRANCH, SCAN_SLOT_NONE);
		return true;
	case 0x0f: // aui; lui when rs is 0
	case 0x1d: // daui
		sets(insn, SCAN_ADD_CONSTANT, rt, rs, (int32_t)(word << 16));
		insn->is_lui = rs == 0;
		return true;
	case 0x32: // bc, balc
	case 0x3a:
		branches(insn, word, 26, pc);
		flows(insn, word >> 26 == 0x32 ? SCAN_JUMP : SCAN_CALL, SCAN_SLOT_NONE);
		return true;
	case 0x36: // beqzc, jic; bnezc, jialc
	case 0x3e:
		if (rs != 0) {
			branches(insn, word, 21, pc);
			flows(insn, SCAN_BRANCH, SCAN_SLOT_NONE);
			return true;
		}
		flows(insn, word >> 26 == 0x36 ? SCAN_JUMP_REGISTER : SCAN_CALL, SCAN_SLOT_NONE);
		insn->rs = (uint8_t)rt;
		insn->target = 0;
		return true;
	case 0x3b: // addiupc, lwpc, auipc ...
		writes(insn, rs);
		return true;
	default:
		insn->target = 0;
		return false;
	}
}

static void decode_opcode(uint32_t word, uint64_t pc, struct scan_insn *insn, bool is_r6)
{
	unsigned opcode = word >> 26, rs = rs_of(word), rt = rt_of(word);
	int32_t constant = signed_field(word, 16);
	switch (opcode) {
	case 0x00:
		decode_special(word, insn, is_r6);
		return;
	case 0x01:
		decode_regimm(word, pc, insn);
		return;
	case 0x02: // j, jal, jalx
	case 0x03:
	case 0x1d:
		insn->target = ((pc + 4) & ~UINT64_C(0x0fffffff)) | (word & 0x03ffffff) << 2;
		flows(insn, opcode == 0x02 ? SCAN_JUMP : SCAN_CALL, SCAN_SLOT_ALWAYS);
		return;
	case 0x04: // beq; of equal registers an unconditional branch
		branches(insn, word, 16, pc);
		flows(insn, rs == rt ? SCAN_JUMP : SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	case 0x05: // bne, blez, bgtz
	case 0x06:
	case 0x07:
		branches(insn, word, 16, pc);
		flows(insn, SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	case 0x14: // beql, bnel, blezl, bgtzl
	case 0x15:
	case 0x16:
	case 0x17:
		branches(insn, word, 16, pc);
		flows(insn, opcode == 0x14 && rs == rt ? SCAN_JUMP : SCAN_BRANCH, SCAN_SLOT_TAKEN);
		return;
	case 0x08: // addi, addiu, daddi, daddiu
	case 0x09:
	case 0x18:
	case 0x19:
		sets(insn, SCAN_ADD_CONSTANT, rt, rs, constant);
		return;
	case 0x0d: // ori
		sets(insn, SCAN_OR_CONSTANT, rt, rs, (int32_t)(word & 0xffff));
		return;
	case 0x0f: // lui
		sets(insn, SCAN_ADD_CONSTANT, rt, 0, (int32_t)(word << 16));
		insn->is_lui = true;
		return;
	case 0x10: // coprocessors
	case 0x11:
	case 0x12:
		decode_coprocessor(word, pc, insn, is_r6);
		return;
	case 0x1c: // SPECIAL2: mul, clz ...; sdbbp
		if ((word & 63) == 0x3f) {
			insn->op = SCAN_TRAP;
		}
		writes(insn, rd_of(word));
		return;
	case 0x1f:
		decode_special3(word, insn);
		return;
	case 0x0a: // slti, sltiu, andi, xori; loads; ll, lld, sc, scd
	case 0x0b:
	case 0x0c:
	case 0x0e:
	case 0x1a:
	case 0x1b:
	case 0x20:
	case 0x21:
	case 0x22:
	case 0x24:
	case 0x25:
	case 0x26:
	case 0x27:
	case 0x30:
	case 0x34:
	case 0x38:
	case 0x3c:
		writes(insn, rt);
		return;
	default: // other stores, floating point, cache, prefetch
		return;
	}
}

void mips32_decode(const struct code_view *view, uint64_t pc, struct scan_insn *insn)
{
	uint32_t word;
	insn->size = 4;
	if (!code_read32(view, pc, &word)) {
		insn->op = SCAN_INVALID;
		return;
	}
	bool is_r6 = view->isa == &scan_mips_r6;
	unsigned opcode = word >> 26;
	bool is_wide = view->slot_size == 8;
	if (opcode == (is_wide ? 0x37 : 0x23)) { // ld, lw
		sets(insn, SCAN_LOAD, rt_of(word), rs_of(word), signed_field(word, 16));
		return;
	}
	if (opcode == (is_wide ? 0x3f : 0x2b)) { // sd, sw
		sets(insn, SCAN_STORE, 0, rs_of(word), signed_field(word, 16));
		insn->rt = (uint8_t)rt_of(word);
		return;
	}
	if (opcode == 0x23 || opcode == 0x37) {
		writes(insn, rt_of(word));
		return;
	}
	if (!is_r6 || !decode_r6(word, pc, insn)) {
		decode_opcode(word, pc, insn, is_r6);
	}
}
