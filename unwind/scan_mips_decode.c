// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes 32-bit MIPS instructions, all releases.
//
// Field and opcode numbers are those of the MIPS Architecture for Programmers, volume II-A.
#include "unwind/scan_mips_form.h"
#include "unwind/scan_mips_insn.h"

static void branches(struct scan_insn *insn, uint32_t word, unsigned bits, code_address pc)
{
	insn->target = pc + 4 + (uint64_t)((int64_t)mips_signed(word, bits) * 4);
}

static void decode_branch(uint32_t word, code_address pc, enum mips_form form,
			  struct scan_insn *insn)
{
	bool is_likely = form == FORM_BRANCH_LIKELY || form == FORM_BRANCH_EQUAL_LIKELY ||
			 form == FORM_CALL_BRANCH_LIKELY;
	bool is_equal = form == FORM_BRANCH_EQUAL || form == FORM_BRANCH_EQUAL_LIKELY;
	bool is_call = form == FORM_CALL_BRANCH || form == FORM_CALL_BRANCH_LIKELY;
	bool is_jump = (is_equal && mips_rs(word) == mips_rt(word)) ||
		       (form == FORM_BRANCH_NOT_NEGATIVE && mips_rs(word) == 0);
	branches(insn, word, 16, pc);
	mips_flows(insn,
		   is_call   ? SCAN_CALL
		   : is_jump ? SCAN_JUMP
			     : SCAN_BRANCH,
		   is_likely ? SCAN_SLOT_TAKEN : SCAN_SLOT_ALWAYS);
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
	mips_writes(insn, is_rt ? mips_rt(word) : mips_rd(word));
}

static void decode_coprocessor(uint32_t word, code_address pc, struct scan_insn *insn, bool is_r6)
{
	unsigned opcode = word >> 26, rs = mips_rs(word);
	if (rs == 8 && opcode != 0x10 && !is_r6) { // bc1f, bc1t and their likely forms
		branches(insn, word, 16, pc);
		mips_flows(insn, SCAN_BRANCH,
			   word & UINT32_C(1) << 17 ? SCAN_SLOT_TAKEN : SCAN_SLOT_ALWAYS);
		return;
	}
	// bc1eqz, bc1nez; branches on vectors.
	bool is_zero_branch = is_r6 && opcode != 0x10 && (rs == 9 || rs == 13);
	bool is_vector_branch = opcode == 0x11 && (rs == 11 || rs == 15 || rs >= 24);
	if (is_zero_branch || is_vector_branch) {
		branches(insn, word, 16, pc);
		mips_flows(insn, SCAN_BRANCH, SCAN_SLOT_ALWAYS);
		return;
	}
	// mfc, dmfc, cfc, mfhc; di, ei.
	if (rs <= 3 || (opcode == 0x10 && rs == 11)) {
		mips_writes(insn, mips_rt(word));
	}
}

// The opcodes that release 6 gave a new meaning. False: it did not.
static bool decode_r6(uint32_t word, code_address pc, struct scan_insn *insn)
{
	unsigned rs = mips_rs(word), rt = mips_rt(word);
	branches(insn, word, 16, pc);
	switch (word >> 26) {
	case 0x06: // blezalc, bgezalc, bgeuc; bgtzalc, bltzalc, bltuc
	case 0x07:
		if (rt == 0) {
			insn->target = 0;
			return false;
		}
		mips_flows(insn, rs == 0 || rs == rt ? SCAN_CALL : SCAN_BRANCH, SCAN_SLOT_NONE);
		return true;
	case 0x08: // bovc, beqzalc, beqc; bnvc, bnezalc, bnec
	case 0x18:
		mips_flows(insn, rs == 0 && rt != 0 ? SCAN_CALL : SCAN_BRANCH, SCAN_SLOT_NONE);
		return true;
	case 0x16: // blezc, bgezc, bgec; bgtzc, bltzc, bltc
	case 0x17:
		mips_flows(insn, SCAN_BRANCH, SCAN_SLOT_NONE);
		return true;
	case 0x0f: // aui; lui when rs is 0
	case 0x1d: // daui
		mips_sets(insn, SCAN_ADD_CONSTANT, rt, rs, (int32_t)(word << 16));
		insn->is_beginning = rs == 0 && rt == MIPS_GP;
		return true;
	case 0x32: // bc, balc
	case 0x3a:
		branches(insn, word, 26, pc);
		mips_flows(insn, word >> 26 == 0x32 ? SCAN_JUMP : SCAN_CALL, SCAN_SLOT_NONE);
		return true;
	case 0x36: // beqzc, jic; bnezc, jialc
	case 0x3e:
		if (rs != 0) {
			branches(insn, word, 21, pc);
			mips_flows(insn, SCAN_BRANCH, SCAN_SLOT_NONE);
			return true;
		}
		mips_flows(insn, word >> 26 == 0x36 ? SCAN_JUMP_REGISTER : SCAN_CALL,
			   SCAN_SLOT_NONE);
		insn->rs = (uint8_t)rt;
		insn->target = 0;
		return true;
	case 0x3b: // addiupc, lwpc, auipc ...
		mips_writes(insn, rs);
		return true;
	default:
		insn->target = 0;
		return false;
	}
}

static void decode_form(uint32_t word, code_address pc, struct scan_insn *insn, bool is_wide,
			bool is_r6)
{
	unsigned rs = mips_rs(word), rt = mips_rt(word), reg;
	enum mips_form form = mips_form_of(word, &reg);
	insn->rs = (uint8_t)rs;
	insn->rt = (uint8_t)rt;
	insn->rd = (uint8_t)reg;
	switch (form) {
	case FORM_OTHER:
		return;
	case FORM_LOAD:
	case FORM_LOAD_WIDE:
		if ((form == FORM_LOAD_WIDE) == is_wide) {
			mips_sets(insn, SCAN_LOAD, rt, rs, mips_signed(word, 16));
			return;
		}
		mips_writes(insn, reg);
		return;
	case FORM_STORE:
	case FORM_STORE_WIDE:
		if ((form == FORM_STORE_WIDE) == is_wide) {
			mips_sets(insn, SCAN_STORE, 0, rs, mips_signed(word, 16));
		}
		return;
	case FORM_WRITES:
		mips_writes(insn, reg);
		return;
	case FORM_ADD_CONSTANT:
		mips_sets(insn, SCAN_ADD_CONSTANT, rt, rs, mips_signed(word, 16));
		return;
	case FORM_OR_CONSTANT:
		mips_sets(insn, SCAN_OR_CONSTANT, rt, rs, (int32_t)(word & 0xffff));
		return;
	case FORM_UPPER:
		mips_sets(insn, SCAN_ADD_CONSTANT, rt, 0, (int32_t)(word << 16));
		insn->is_beginning = rt == MIPS_GP;
		return;
	case FORM_OR: // the other way to write move
		insn->op = rs == 0 || rt == 0 ? SCAN_ADD : SCAN_OTHER;
		mips_writes(insn, reg);
		return;
	case FORM_ADD:
		insn->op = SCAN_ADD;
		return;
	case FORM_SUBTRACT:
		insn->op = SCAN_SUBTRACT;
		return;
	case FORM_JUMP:
	case FORM_CALL:
		insn->target = ((pc + 4) & ~(code_address)0x0fffffff) | (word & 0x03ffffff) << 2;
		mips_flows(insn, form == FORM_JUMP ? SCAN_JUMP : SCAN_CALL, SCAN_SLOT_ALWAYS);
		return;
	case FORM_BRANCH:
	case FORM_BRANCH_EQUAL:
	case FORM_BRANCH_LIKELY:
	case FORM_BRANCH_EQUAL_LIKELY:
	case FORM_BRANCH_NOT_NEGATIVE:
	case FORM_CALL_BRANCH:
	case FORM_CALL_BRANCH_LIKELY:
		decode_branch(word, pc, form, insn);
		return;
	case FORM_JUMP_REGISTER:
		mips_flows(insn, SCAN_JUMP_REGISTER, SCAN_SLOT_ALWAYS);
		return;
	case FORM_CALL_REGISTER: // with rd 0 release 6's jr
		mips_flows(insn, reg == 0 ? SCAN_JUMP_REGISTER : SCAN_CALL, SCAN_SLOT_ALWAYS);
		return;
	case FORM_SYSCALL:
		insn->op = SCAN_SYSCALL;
		return;
	case FORM_TRAP:
		insn->op = SCAN_TRAP;
		return;
	case FORM_TRAP_R6:
		insn->op = is_r6 ? SCAN_TRAP : SCAN_OTHER;
		return;
	case FORM_WRITES_RS:
		mips_writes(insn, rs);
		return;
	case FORM_COPROCESSOR:
		decode_coprocessor(word, pc, insn, is_r6);
		return;
	case FORM_SPECIAL2: // mul, clz ...; sdbbp
		if ((word & 63) == 0x3f) {
			insn->op = SCAN_TRAP;
		}
		mips_writes(insn, mips_rd(word));
		return;
	case FORM_SPECIAL3:
		decode_special3(word, insn);
		return;
	}
}

void mips32_decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	uint32_t word;
	bool is_wide = view->slot_size == 8, is_r6 = view->isa == &scan_mips_r6;
	insn->size = 4;
	if (!code_read32(view, pc, &word)) {
		insn->op = SCAN_INVALID;
		return;
	}
	if (!is_r6 || !mips_is_changed_in_r6(word) || !decode_r6(word, pc, insn)) {
		decode_form(word, pc, insn, is_wide, is_r6);
	}
	// o32 loads gp at a function's beginning, and from the stack later on.
	insn->is_beginning = insn->is_beginning && !is_wide;
}
