// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes 32-bit MIPS instructions, all releases.
//
// Field and opcode numbers are those of the MIPS Architecture for Programmers, volume II-A. "sf" is the
// function field of the opcode SPECIAL. An instruction not named here writes no general register that
// its format could not write.
#include "unwind/scan_mips.h"

// What an instruction does, by its opcode or, of SPECIAL, by its function field.
enum form {
	FORM_OTHER, // writes no general register: other stores, floating point, cache, prefetch, traps
	FORM_STORE, // of 4 bytes, of 8
	FORM_STORE_WIDE,
	FORM_WRITES,
	FORM_LOAD,
	FORM_LOAD_WIDE,
	FORM_ADD_CONSTANT,
	FORM_OR_CONSTANT,
	FORM_UPPER, // lui
	FORM_ADD,
	FORM_SUBTRACT,
	FORM_OR,
	FORM_BRANCH,
	FORM_BRANCH_EQUAL,        // of equal registers an unconditional branch
	FORM_BRANCH_NOT_NEGATIVE, // bgez, of register 0 an unconditional branch
	FORM_JUMP,
	FORM_CALL,
	FORM_BRANCH_LIKELY,
	FORM_BRANCH_EQUAL_LIKELY,
	FORM_JUMP_REGISTER,
	FORM_CALL_REGISTER,
	FORM_SYSCALL,
	FORM_TRAP,
	FORM_TRAP_R6, // in release 6
	FORM_CALL_BRANCH,
	FORM_CALL_BRANCH_LIKELY,
	FORM_WRITES_RS,
	FORM_COPROCESSOR,
	FORM_SPECIAL2,
	FORM_SPECIAL3,
};

// Behind the opcodes are SPECIAL's functions, and what REGIMM has in its rt.
enum { SPECIAL = 0x40, REGIMM = 0x80 };
static const uint8_t forms[REGIMM + 32] = {
	[0x02] = FORM_JUMP, // j; jal, jalx
	[0x03] = FORM_CALL,
	[0x1d] = FORM_CALL,
	[0x04] = FORM_BRANCH_EQUAL, // beq; bne, blez, bgtz
	[0x05] = FORM_BRANCH,
	[0x06] = FORM_BRANCH,
	[0x07] = FORM_BRANCH,
	[0x14] = FORM_BRANCH_EQUAL_LIKELY, // beql; bnel, blezl, bgtzl
	[0x15] = FORM_BRANCH_LIKELY,
	[0x16] = FORM_BRANCH_LIKELY,
	[0x17] = FORM_BRANCH_LIKELY,
	[0x08] = FORM_ADD_CONSTANT, // addi, addiu, daddi, daddiu
	[0x09] = FORM_ADD_CONSTANT,
	[0x18] = FORM_ADD_CONSTANT,
	[0x19] = FORM_ADD_CONSTANT,
	[0x0d] = FORM_OR_CONSTANT,
	[0x0f] = FORM_UPPER,
	[0x10] = FORM_COPROCESSOR,
	[0x11] = FORM_COPROCESSOR,
	[0x12] = FORM_COPROCESSOR,
	[0x1c] = FORM_SPECIAL2,
	[0x1f] = FORM_SPECIAL3,
	[0x23] = FORM_LOAD, // lw, ld, sw, sd
	[0x37] = FORM_LOAD_WIDE,
	[0x2b] = FORM_STORE,
	[0x3f] = FORM_STORE_WIDE,
	[0x0a] = FORM_WRITES, // slti, sltiu, andi, xori
	[0x0b] = FORM_WRITES,
	[0x0c] = FORM_WRITES,
	[0x0e] = FORM_WRITES,
	[0x1a] = FORM_WRITES, // ldl, ldr and loads of other sizes; ll, lld, sc, scd
	[0x1b] = FORM_WRITES,
	[0x20] = FORM_WRITES,
	[0x21] = FORM_WRITES,
	[0x22] = FORM_WRITES,
	[0x24] = FORM_WRITES,
	[0x25] = FORM_WRITES,
	[0x26] = FORM_WRITES,
	[0x27] = FORM_WRITES,
	[0x30] = FORM_WRITES,
	[0x34] = FORM_WRITES,
	[0x38] = FORM_WRITES,
	[0x3c] = FORM_WRITES,
	[SPECIAL + 0x08] = FORM_JUMP_REGISTER,
	[SPECIAL + 0x09] = FORM_CALL_REGISTER,
	[SPECIAL + 0x0c] = FORM_SYSCALL,
	[SPECIAL + 0x0d] = FORM_TRAP,    // break
	[SPECIAL + 0x0e] = FORM_TRAP_R6, // sdbbp
	[SPECIAL + 0x20] = FORM_ADD,     // add, addu, dadd, daddu
	[SPECIAL + 0x21] = FORM_ADD,
	[SPECIAL + 0x2c] = FORM_ADD,
	[SPECIAL + 0x2d] = FORM_ADD,
	[SPECIAL + 0x22] = FORM_SUBTRACT, // sub, subu, dsub, dsubu
	[SPECIAL + 0x23] = FORM_SUBTRACT,
	[SPECIAL + 0x2e] = FORM_SUBTRACT,
	[SPECIAL + 0x2f] = FORM_SUBTRACT,
	[SPECIAL + 0x25] = FORM_OR,
	// All others write, but for sync and the conditional traps, of which rd is part of the code.
	[SPECIAL + 0x00] = FORM_WRITES,
	[SPECIAL + 0x01] = FORM_WRITES,
	[SPECIAL + 0x02] = FORM_WRITES,
	[SPECIAL + 0x03] = FORM_WRITES,
	[SPECIAL + 0x04] = FORM_WRITES,
	[SPECIAL + 0x05] = FORM_WRITES,
	[SPECIAL + 0x06] = FORM_WRITES,
	[SPECIAL + 0x07] = FORM_WRITES,
	[SPECIAL + 0x0a] = FORM_WRITES,
	[SPECIAL + 0x0b] = FORM_WRITES,
	[SPECIAL + 0x10] = FORM_WRITES,
	[SPECIAL + 0x11] = FORM_WRITES,
	[SPECIAL + 0x12] = FORM_WRITES,
	[SPECIAL + 0x13] = FORM_WRITES,
	[SPECIAL + 0x14] = FORM_WRITES,
	[SPECIAL + 0x15] = FORM_WRITES,
	[SPECIAL + 0x16] = FORM_WRITES,
	[SPECIAL + 0x17] = FORM_WRITES,
	[SPECIAL + 0x18] = FORM_WRITES,
	[SPECIAL + 0x19] = FORM_WRITES,
	[SPECIAL + 0x1a] = FORM_WRITES,
	[SPECIAL + 0x1b] = FORM_WRITES,
	[SPECIAL + 0x1c] = FORM_WRITES,
	[SPECIAL + 0x1d] = FORM_WRITES,
	[SPECIAL + 0x1e] = FORM_WRITES,
	[SPECIAL + 0x1f] = FORM_WRITES,
	[SPECIAL + 0x24] = FORM_WRITES,
	[SPECIAL + 0x26] = FORM_WRITES,
	[SPECIAL + 0x27] = FORM_WRITES,
	[SPECIAL + 0x28] = FORM_WRITES,
	[SPECIAL + 0x29] = FORM_WRITES,
	[SPECIAL + 0x2a] = FORM_WRITES,
	[SPECIAL + 0x2b] = FORM_WRITES,
	[SPECIAL + 0x35] = FORM_WRITES,
	[SPECIAL + 0x37] = FORM_WRITES,
	[SPECIAL + 0x38] = FORM_WRITES,
	[SPECIAL + 0x39] = FORM_WRITES,
	[SPECIAL + 0x3a] = FORM_WRITES,
	[SPECIAL + 0x3b] = FORM_WRITES,
	[SPECIAL + 0x3c] = FORM_WRITES,
	[SPECIAL + 0x3d] = FORM_WRITES,
	[SPECIAL + 0x3e] = FORM_WRITES,
	[SPECIAL + 0x3f] = FORM_WRITES,
	[REGIMM + 0x00] = FORM_BRANCH, // bltz; bltzl, bgezl
	[REGIMM + 0x01] = FORM_BRANCH_NOT_NEGATIVE,
	[REGIMM + 0x02] = FORM_BRANCH_LIKELY,
	[REGIMM + 0x03] = FORM_BRANCH_LIKELY,
	[REGIMM + 0x10] = FORM_CALL_BRANCH, // bltzal, bgezal (bal); their likely forms
	[REGIMM + 0x11] = FORM_CALL_BRANCH,
	[REGIMM + 0x12] = FORM_CALL_BRANCH_LIKELY,
	[REGIMM + 0x13] = FORM_CALL_BRANCH_LIKELY,
	[REGIMM + 0x06] = FORM_WRITES_RS, // dahi, dati
	[REGIMM + 0x1e] = FORM_WRITES_RS,
	[REGIMM + 0x17] = FORM_TRAP, // sigrie
				     // Others: traps, synci, bposge32
};

// Opcodes with another meaning in release 6.
static const uint64_t r6_opcodes = UINT64_C(1) << 0x06 | UINT64_C(1) << 0x07 | UINT64_C(1) << 0x08 |
				   UINT64_C(1) << 0x0f | UINT64_C(1) << 0x16 | UINT64_C(1) << 0x17 |
				   UINT64_C(1) << 0x18 | UINT64_C(1) << 0x1d | UINT64_C(1) << 0x32 |
				   UINT64_C(1) << 0x36 | UINT64_C(1) << 0x3a | UINT64_C(1) << 0x3b |
				   UINT64_C(1) << 0x3e;

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

static void branches(struct scan_insn *insn, uint32_t word, unsigned bits, code_address pc)
{
	insn->target = pc + 4 + (uint64_t)((int64_t)signed_field(word, bits) * 4);
}

// Also which register it writes, if any.
static inline __attribute__((always_inline)) enum form form_of(uint32_t word, unsigned *reg)
{
	unsigned opcode = word >> 26;
	*reg = rt_of(word);
	if (opcode > 1) {
		return (enum form)forms[opcode];
	}
	if (opcode == 1) {
		return (enum form)forms[REGIMM + *reg];
	}
	*reg = rd_of(word);
	return (enum form)forms[SPECIAL + (word & 63)];
}

static void decode_branch(uint32_t word, code_address pc, enum form form, struct scan_insn *insn)
{
	bool is_likely = form == FORM_BRANCH_LIKELY || form == FORM_BRANCH_EQUAL_LIKELY ||
			 form == FORM_CALL_BRANCH_LIKELY;
	bool is_equal = form == FORM_BRANCH_EQUAL || form == FORM_BRANCH_EQUAL_LIKELY;
	bool is_call = form == FORM_CALL_BRANCH || form == FORM_CALL_BRANCH_LIKELY;
	bool is_jump = (is_equal && rs_of(word) == rt_of(word)) ||
		       (form == FORM_BRANCH_NOT_NEGATIVE && rs_of(word) == 0);
	branches(insn, word, 16, pc);
	flows(insn,
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
	writes(insn, is_rt ? rt_of(word) : rd_of(word));
}

static void decode_coprocessor(uint32_t word, code_address pc, struct scan_insn *insn, bool is_r6)
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
static bool decode_r6(uint32_t word, code_address pc, struct scan_insn *insn)
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
		insn->is_beginning = rs == 0 && rt == MIPS_GP;
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

static void decode_form(uint32_t word, code_address pc, struct scan_insn *insn, bool is_wide,
			bool is_r6)
{
	unsigned rs = rs_of(word), rt = rt_of(word), reg;
	enum form form = form_of(word, &reg);
	insn->rs = (uint8_t)rs;
	insn->rt = (uint8_t)rt;
	insn->rd = (uint8_t)reg;
	switch (form) {
	case FORM_OTHER:
		return;
	case FORM_LOAD:
	case FORM_LOAD_WIDE:
		if ((form == FORM_LOAD_WIDE) == is_wide) {
			sets(insn, SCAN_LOAD, rt, rs, signed_field(word, 16));
			return;
		}
		writes(insn, reg);
		return;
	case FORM_STORE:
	case FORM_STORE_WIDE:
		if ((form == FORM_STORE_WIDE) == is_wide) {
			sets(insn, SCAN_STORE, 0, rs, signed_field(word, 16));
		}
		return;
	case FORM_WRITES:
		writes(insn, reg);
		return;
	case FORM_ADD_CONSTANT:
		sets(insn, SCAN_ADD_CONSTANT, rt, rs, signed_field(word, 16));
		return;
	case FORM_OR_CONSTANT:
		sets(insn, SCAN_OR_CONSTANT, rt, rs, (int32_t)(word & 0xffff));
		return;
	case FORM_UPPER:
		sets(insn, SCAN_ADD_CONSTANT, rt, 0, (int32_t)(word << 16));
		insn->is_beginning = rt == MIPS_GP;
		return;
	case FORM_OR: // the other way to write move
		insn->op = rs == 0 || rt == 0 ? SCAN_ADD : SCAN_OTHER;
		writes(insn, reg);
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
		flows(insn, form == FORM_JUMP ? SCAN_JUMP : SCAN_CALL, SCAN_SLOT_ALWAYS);
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
		flows(insn, SCAN_JUMP_REGISTER, SCAN_SLOT_ALWAYS);
		return;
	case FORM_CALL_REGISTER: // with rd 0 release 6's jr
		flows(insn, reg == 0 ? SCAN_JUMP_REGISTER : SCAN_CALL, SCAN_SLOT_ALWAYS);
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
		writes(insn, rs);
		return;
	case FORM_COPROCESSOR:
		decode_coprocessor(word, pc, insn, is_r6);
		return;
	case FORM_SPECIAL2: // mul, clz ...; sdbbp
		if ((word & 63) == 0x3f) {
			insn->op = SCAN_TRAP;
		}
		writes(insn, rd_of(word));
		return;
	case FORM_SPECIAL3:
		decode_special3(word, insn);
		return;
	}
}

static bool is_changed_in_r6(uint32_t word)
{
	return (r6_opcodes >> (word >> 26) & 1) != 0;
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
	if (!is_r6 || !is_changed_in_r6(word) || !decode_r6(word, pc, insn)) {
		decode_form(word, pc, insn, is_wide, is_r6);
	}
	// o32 loads gp at a function's beginning, and from the stack later on.
	insn->is_beginning = insn->is_beginning && !is_wide;
}

#define BIT(reg) (UINT32_C(1) << (reg))
#define FRAME    (BIT(MIPS_SP) | BIT(MIPS_FP) | BIT(MIPS_RA) | BIT(MIPS_S1))
#define ANY      UINT32_MAX

// Of a dull word the register that is written or stored is not of `never`. Of a body it is not of `reg`,
// and those that are read are not of `rs` and `rt`, if something is known of them.
static const struct interest {
	uint32_t never, reg, rs, rt;
} interests[FORM_BRANCH_NOT_NEGATIVE + 1] = {
	[FORM_STORE] = { BIT(MIPS_RA), ANY, 0, 0 },
	[FORM_STORE_WIDE] = { BIT(MIPS_RA), ANY, 0, 0 },
	[FORM_WRITES] = { FRAME, 0, 0, 0 },
	[FORM_LOAD] = { FRAME, 0, 0, 0 },
	[FORM_LOAD_WIDE] = { FRAME, 0, 0, 0 },
	[FORM_ADD_CONSTANT] = { FRAME, 0, ANY, 0 },
	[FORM_OR_CONSTANT] = { FRAME, 0, ANY, 0 },
	[FORM_UPPER] = { FRAME | BIT(MIPS_GP), 0, 0, 0 },
	[FORM_ADD] = { FRAME, 0, ANY, ANY },
	[FORM_SUBTRACT] = { FRAME, 0, ANY, ANY },
	[FORM_OR] = { FRAME, 0, ANY, ANY },
};

static inline bool is_changed(const struct code_view *view, uint32_t word)
{
	return view->isa == &scan_mips_r6 && is_changed_in_r6(word);
}

static inline bool is_call(enum form form, unsigned reg)
{
	return form == FORM_CALL || form == FORM_CALL_BRANCH ||
	       (form == FORM_CALL_REGISTER && reg != 0);
}

static bool is_branch(uint32_t word, enum form form)
{
	unsigned rs = rs_of(word);
	return form == FORM_BRANCH || (form == FORM_BRANCH_EQUAL && rs != rt_of(word)) ||
	       (form == FORM_BRANCH_NOT_NEGATIVE && rs != 0);
}

static bool is_plain(const struct code_view *view, uint32_t word)
{
	unsigned reg;
	enum form form = form_of(word, &reg);
	return form <= FORM_OR && (interests[form].never >> reg & 1) == 0 &&
	       !is_changed(view, word);
}

static code_address target_of(uint32_t word, const struct code_view *view, const uint8_t *bytes)
{
	code_address pc = view->address + (code_address)(bytes - view->bytes);
	return pc + 4 + (code_address)((int64_t)signed_field(word, 16) * 4);
}

// Where nothing is known of registers. Loops of two kinds are faster than one of both.
static __attribute__((noinline)) uint32_t count_plain(const struct code_view *view,
						      const uint8_t *bytes, uint32_t n_max,
						      bool is_body, struct scan_dull *dull)
{
	bool is_slot = false, has_called = false;
	uint32_t n, slots = 0;
	for (n = 0; n < n_max; n++, bytes += 4) {
		uint32_t word = code_word(view, bytes);
		unsigned reg;
		enum form form = form_of(word, &reg);
		if (is_changed(view, word)) {
			break;
		}
		if (form <= FORM_OR && (interests[form].never >> reg & 1) == 0) {
			slots |= (uint32_t)is_slot << (n & 31);
			has_called |= is_slot;
			is_slot = false;
			continue;
		}
		if (is_slot) {
			break;
		}
		is_slot = is_call(form, reg);
		if (!is_slot && !is_branch(word, form)) {
			break;
		}
		if (!is_slot && !is_body) {
			if (n + 1 < n_max && is_plain(view, code_word(view, bytes + 4))) {
				dull->target = target_of(word, view, bytes);
			}
			break;
		}
	}
	dull->slots = slots;
	dull->has_called = has_called;
	return n - is_slot; // a call and its slot, or none
}

static inline bool is_dull_in_body(const struct scan_sieve *sieve, uint32_t word, enum form form,
				   unsigned reg)
{
	const struct interest *interest = &interests[form];
	unsigned rs = rs_of(word), rt = rt_of(word);
	uint32_t live = sieve->live, found;
	found = (interest->never | (interest->reg & live)) >> reg |
		((interest->rs & live) | sieve->based) >> rs | (interest->rt & live) >> rt;
	return (found & 1) == 0 && (form <= FORM_OR || is_branch(word, form));
}

static __attribute__((noinline)) uint32_t count_in_body(const struct code_view *view,
							const uint8_t *bytes, uint32_t n_max,
							const struct scan_sieve *sieve,
							struct scan_dull *dull)
{
	uint32_t n, written = 0, computed = 0, clobbers = 0;
	for (n = 0; n < n_max; n++, bytes += 4) {
		uint32_t word = code_word(view, bytes);
		unsigned reg;
		enum form form = form_of(word, &reg);
		if (is_changed(view, word)) {
			break;
		}
		if (clobbers == 0 && is_call(form, reg)) {
			clobbers = view->isa->call_clobbers;
			continue;
		}
		if (form > (clobbers == 0 ? FORM_BRANCH_NOT_NEGATIVE : FORM_OR) ||
		    !is_dull_in_body(sieve, word, form, reg)) {
			break;
		}
		if (form >= FORM_WRITES && form <= FORM_OR) {
			written |= BIT(reg);
			computed = form >= FORM_ADD_CONSTANT ? computed | BIT(reg)
							     : computed & ~BIT(reg);
		}
		if (clobbers != 0) { // the delay slot is over
			dull->has_called = true;
			written |= clobbers;
			computed &= ~clobbers;
			clobbers = 0;
		}
	}
	dull->written = written;
	dull->computed = computed;
	return n - (clobbers != 0);
}

uint32_t mips32_count_dull(const struct code_view *view, code_address pc, uint32_t n_max,
			   const struct scan_sieve *sieve, struct scan_dull *dull)
{
	code_address at = pc - view->address;
	*dull = (struct scan_dull){ 0 };
	if (at >= view->size) {
		return 0;
	}
	if ((view->size - at) / 4 < n_max) {
		n_max = (uint32_t)((view->size - at) / 4);
	}
	if (!sieve->is_body || (sieve->live | sieve->based) == 0) {
		return count_plain(view, view->bytes + at, n_max, sieve->is_body, dull);
	}
	return count_in_body(view, view->bytes + at, n_max, sieve, dull);
}
