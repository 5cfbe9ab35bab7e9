// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes AArch64 instructions, and says what else the scanner must know of the instruction set.
//
// Groups and fields are those of the Arm Architecture Reference Manual, chapter C4. An instruction not
// named here writes no general register that its group could not write. Register number 31 is sp or
// the zero register, as the instruction has it; the zero register is 32 here.
#include "unwind/scan_aarch64.h"

enum {
	NUMBER = 8, // of a system call
	PLATFORM = 18,
	FP = 29,
	RA = 30,
	SP = 31,
	ZERO = 32,
};

static unsigned field(uint32_t word, unsigned low, unsigned bits)
{
	return word >> low & ((UINT32_C(1) << bits) - 1);
}

static int32_t signed_field(uint32_t word, unsigned low, unsigned bits)
{
	uint32_t sign = UINT32_C(1) << (bits - 1);
	return (int32_t)((field(word, low, bits) ^ sign) - sign);
}

static unsigned not_sp(unsigned reg)
{
	return reg == SP ? ZERO : reg;
}

// Writes a register that may not be sp.
static void writes(struct scan_insn *insn, unsigned reg)
{
	if (reg != SP) {
		insn->clobbers |= UINT32_C(1) << reg;
	}
}

// Writes a register that may be sp.
static void writes_address(struct scan_insn *insn, unsigned reg)
{
	insn->clobbers |= UINT32_C(1) << reg;
}

static void sets(struct scan_insn *insn, enum scan_op op, unsigned rd, unsigned rs,
		 int32_t constant)
{
	insn->op = (uint8_t)op;
	insn->rd = (uint8_t)rd;
	insn->rs = (uint8_t)rs;
	insn->constant = constant;
}

static void combines(struct scan_insn *insn, bool is_subtraction, unsigned rd, unsigned rs,
		     unsigned rt)
{
	sets(insn, is_subtraction ? SCAN_SUBTRACT : SCAN_ADD, rd, rs, 0);
	insn->rt = (uint8_t)rt;
}

static void branches(struct scan_insn *insn, enum scan_op op, code_address pc, int32_t n_words)
{
	insn->op = (uint8_t)op;
	insn->target = pc + (uint64_t)((int64_t)n_words * 4);
}

// The run of ones that a logical immediate of 64 bits stands for, when it is a small positive number;
// else 0. The run is not rotated, or rotated up.
static int32_t run_of_ones(uint32_t word)
{
	unsigned rotation = field(word, 16, 6), ones = field(word, 10, 6) + 1;
	unsigned low = (64 - rotation) % 64;
	bool is_single = field(word, 22, 1) != 0; // not repeated
	return is_single && low + ones < 32 ? (int32_t)(((UINT32_C(1) << ones) - 1) << low) : 0;
}

static void decode_move_wide(uint32_t word, struct scan_insn *insn)
{
	unsigned rd = not_sp(field(word, 0, 5)), kind = field(word, 29, 2);
	unsigned shift = field(word, 21, 2) * 16;
	uint32_t half = field(word, 5, 16);
	if (shift > 16 || (shift == 16 && half > 0x7fff) || kind == 0) {
		writes(insn, field(word, 0, 5)); // MOVN, and what is no frame's size
		return;
	}
	// MOVK into what MOVZ has left zero.
	sets(insn, kind == 2 ? SCAN_ADD_CONSTANT : SCAN_OR_CONSTANT, rd, kind == 2 ? ZERO : rd,
	     (int32_t)(half << shift));
}

static void decode_immediate(uint32_t word, struct scan_insn *insn)
{
	unsigned rd = field(word, 0, 5), rn = field(word, 5, 5);
	bool is_wide = field(word, 31, 1) != 0;
	bool sets_flags = field(word, 29, 1) != 0;
	int32_t constant = (int32_t)field(word, 10, 12) << (field(word, 22, 1) != 0 ? 12 : 0);
	switch (field(word, 23, 3)) {
	case 2: // add, sub; with flags, rd is not sp
		if (is_wide && !sets_flags) {
			sets(insn, SCAN_ADD_CONSTANT, rd, rn,
			     field(word, 30, 1) != 0 ? -constant : constant);
		} else {
			writes(insn, rd);
		}
		return;
	case 3: // addg, subg
		writes_address(insn, rd);
		return;
	case 4: // and, orr, eor; ands
		if (is_wide && field(word, 29, 2) == 1 && rn == SP && run_of_ones(word) != 0) {
			sets(insn, SCAN_ADD_CONSTANT, rd, ZERO, run_of_ones(word));
		} else if (field(word, 29, 2) != 3) {
			writes_address(insn, rd);
		} else {
			writes(insn, rd);
		}
		return;
	case 5:
		if (is_wide || field(word, 29, 2) == 2) {
			decode_move_wide(word, insn);
		} else {
			writes(insn, rd);
		}
		return;
	default: // adr, adrp; bit fields
		writes(insn, rd);
	}
}

static void decode_flow_register(uint32_t word, struct scan_insn *insn)
{
	unsigned kind = field(word, 21, 4);
	insn->rs = (uint8_t)field(word, 5, 5);
	if (kind == 2) { // ret; retaa and retab have no register
		insn->op = SCAN_JUMP_REGISTER;
		insn->rs = insn->rs == SP ? RA : insn->rs;
	} else if (kind == 1 || kind == 9) { // blr, blraa ...
		insn->op = SCAN_CALL;
	} else if (kind == 0 || kind == 8) { // br, braa ...
		insn->op = SCAN_JUMP_REGISTER;
	} else {
		insn->op = SCAN_TRAP; // eret, drps: not in programs
	}
}

static void decode_flow(uint32_t word, code_address pc, struct scan_insn *insn)
{
	if (field(word, 26, 5) == 5) { // b, bl
		branches(insn, field(word, 31, 1) != 0 ? SCAN_CALL : SCAN_JUMP, pc,
			 signed_field(word, 0, 26));
	} else if (field(word, 26, 5) == 0x0d) { // cbz, cbnz; tbz, tbnz
		bool is_bit_test = field(word, 25, 1) != 0;
		branches(insn, SCAN_BRANCH, pc, signed_field(word, 5, is_bit_test ? 14 : 19));
	} else if (word >> 24 == 0x54) { // b.cond; conditions 14 and 15 always hold
		branches(insn, field(word, 1, 3) == 7 ? SCAN_JUMP : SCAN_BRANCH, pc,
			 signed_field(word, 5, 19));
	} else if (word >> 24 == 0xd4) { // svc, hvc, smc; brk, hlt ...
		insn->op = field(word, 21, 3) == 0 ? SCAN_SYSCALL : SCAN_TRAP;
	} else if (word >> 25 == 0x6b) {
		decode_flow_register(word, insn);
	} else if (word >> 22 == 0x354 && field(word, 21, 1) != 0) { // mrs, sysl
		writes(insn, field(word, 0, 5));
	} else {
		// Signing of the return address, and the landing pads of calls.
		insn->is_beginning = (word & ~UINT32_C(0x40)) == 0xd503233f || word == 0xd503245f ||
				     word == 0xd50324df;
	}
}

// `rt` at rs + `at`, if it is one that is looked for.
static void takes_slot(struct scan_insn *insn, unsigned rt, int32_t at)
{
	if (rt == RA) {
		insn->ra_at = at;
	} else if (rt == FP) {
		insn->fp_at = at;
	}
}

enum indexing { OFFSET, POST, PRE };

// A load or store by base register and constant, of `n` registers of `size` bytes from `rt` and `rt2`.
struct access {
	enum indexing indexing;
	bool is_load;
	bool is_general; // its registers are general ones
	unsigned size, n, rt, rt2, base;
	int32_t constant;
};

static void decode_access(const struct access *access, struct scan_insn *insn)
{
	int32_t at = access->indexing == POST ? 0 : access->constant;
	bool is_kept = access->indexing == OFFSET;
	bool is_word = access->is_general && access->size == 8;
	if (is_word && is_kept && access->n == 1) {
		bool is_load = access->is_load;
		sets(insn, is_load ? SCAN_LOAD : SCAN_STORE, not_sp(access->rt), access->base, at);
		insn->rt = (uint8_t)not_sp(access->rt);
		return;
	}
	// The shadow call stack's copy of ra is the frame's own.
	if (is_word && access->is_load && access->base == PLATFORM && access->rt == RA) {
		writes(insn, PLATFORM);
		return;
	}
	sets(insn, access->is_load ? SCAN_RESTORE : SCAN_SAVE, is_kept ? ZERO : access->base,
	     access->base, is_kept ? 0 : access->constant);
	insn->ra_at = insn->fp_at = SCAN_NOT_SAVED;
	if (access->is_load && access->is_general) {
		writes(insn, access->rt);
		if (access->n == 2) {
			writes(insn, access->rt2);
		}
	}
	if (is_word) {
		takes_slot(insn, access->rt, at);
		if (access->n == 2) {
			takes_slot(insn, access->rt2, at + 8);
		}
	}
}

static void decode_pair(uint32_t word, struct scan_insn *insn)
{
	static const enum indexing indexings[] = { OFFSET, POST, OFFSET, PRE };
	bool is_general = field(word, 26, 1) == 0;
	unsigned kind = field(word, 30, 2);
	unsigned size = is_general ? (kind == 2 ? 8 : 4) : 4U << kind;
	decode_access(
		&(struct access){
			.indexing = indexings[field(word, 23, 2)],
			.is_load = field(word, 22, 1) != 0,
			.is_general = is_general,
			.size = size,
			.n = 2,
			.rt = field(word, 0, 5),
			.rt2 = field(word, 10, 5),
			.base = field(word, 5, 5),
			.constant = signed_field(word, 15, 7) * (int32_t)size,
		},
		insn);
}

static void decode_single(uint32_t word, struct scan_insn *insn)
{
	static const enum indexing indexings[] = { OFFSET, POST, OFFSET, PRE };
	unsigned opc = field(word, 22, 2), scale = field(word, 30, 2), rt = field(word, 0, 5);
	bool is_general = field(word, 26, 1) == 0;
	bool is_scaled = field(word, 24, 1) != 0;
	if (is_general && scale == 3 && opc >= 2) {
		return; // prefetch
	}
	if (!is_general) {
		scale |= opc & 2 ? 4 : 0;
	}
	bool is_load = is_general ? opc != 0 : (opc & 1) != 0;
	if (!is_scaled && field(word, 21, 1) != 0) { // register offset; atomics, ldraa
		bool is_atomic = field(word, 10, 2) != 2;
		if (is_general && (is_load || is_atomic)) {
			writes(insn, rt);
		}
		return;
	}
	decode_access(
		&(struct access){
			.indexing = is_scaled ? OFFSET : indexings[field(word, 10, 2)],
			.is_load = is_load,
			.is_general = is_general,
			.size = 1U << scale,
			.n = 1,
			.rt = rt,
			.base = field(word, 5, 5),
			.constant = is_scaled ? (int32_t)(field(word, 10, 12) << scale)
					      : signed_field(word, 12, 9),
		},
		insn);
}

// Exclusive, ordered, compare and swap; loads and stores of vectors, which may move their base register.
static void decode_structure(uint32_t word, struct scan_insn *insn)
{
	if (field(word, 26, 1) == 0) {
		writes(insn, field(word, 0, 5));
		writes(insn, field(word, 10, 5));
		writes(insn, field(word, 16, 5));
	} else if (field(word, 23, 1) != 0) {
		writes_address(insn, field(word, 5, 5));
	}
}

static void decode_memory(uint32_t word, code_address pc, struct scan_insn *insn)
{
	switch (field(word, 28, 2)) {
	case 0:
		decode_structure(word, insn);
		return;
	case 1:
		if (field(word, 24, 1) == 0) { // constants among code
			bool is_general = field(word, 26, 1) == 0;
			unsigned kind = field(word, 30, 2);
			insn->literal = pc + (uint64_t)((int64_t)signed_field(word, 5, 19) * 4);
			insn->literal_size =
				(uint8_t)(kind == 1 ? 8 : (is_general ? 4 : 4U << kind));
			if (is_general && kind != 3) {
				writes(insn, field(word, 0, 5));
			}
		} else {
			writes(insn, field(word, 0, 5));
		}
		return;
	case 2:
		decode_pair(word, insn);
		return;
	case 3:
		decode_single(word, insn);
		return;
	}
}

static void decode_register(uint32_t word, struct scan_insn *insn)
{
	unsigned rd = field(word, 0, 5), rn = field(word, 5, 5), rm = field(word, 16, 5);
	bool is_subtraction = field(word, 30, 1) != 0;
	if ((word & 0xffe0fc00) == 0xaa000000 && rn == SP) { // mov
		combines(insn, false, not_sp(rd), ZERO, not_sp(rm));
	} else if ((word & 0xbfe0fc00) == 0x8b000000) { // add, sub, of sp neither
		combines(insn, is_subtraction, not_sp(rd), not_sp(rn), not_sp(rm));
	} else if ((word & 0xbfe0fc00) == 0x8b206000) { // the same, rd and rn may be sp
		combines(insn, is_subtraction, rd, rn, not_sp(rm));
	} else if ((word & 0x3fe00000) == 0x0b200000) { // shifted, or half a register
		writes_address(insn, rd);
	} else if ((word & 0xffff0000) == 0xdac10000 && rd == RA) {
		return; // signing and authenticating: the address stays
	} else if ((word & 0x1fe00000) != 0x1a400000) { // conditional comparisons write none
		writes(insn, rd);
	}
}

// Of the vector instructions, those that write a general register.
static void decode_vector(uint32_t word, struct scan_insn *insn)
{
	unsigned kind = field(word, 16, 3);
	bool is_to_general = kind <= 1 || (kind >= 4 && kind <= 6);
	bool is_conversion = (word & 0x5f20fc00) == 0x1e200000 || (word & 0x5f200000) == 0x1e000000;
	bool is_element = (word & 0xbfe0fc00) == 0x0e003c00 || (word & 0xbfe0fc00) == 0x0e002c00;
	if ((is_conversion && is_to_general) || is_element) {
		writes(insn, field(word, 0, 5));
	}
}

// Scalable vectors: an unknown number of bytes is added to sp (addvl, addpl); others may write a
// general register, though none that matters.
static void decode_scalable(uint32_t word, struct scan_insn *insn)
{
	unsigned rd = field(word, 0, 5);
	if ((word & 0xffa0f000) == 0x04205000 || rd < FP) {
		writes_address(insn, rd);
	}
}

static void decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	uint32_t word;
	insn->size = 4;
	if (!code_read32(view, pc, &word)) {
		insn->op = SCAN_INVALID;
		return;
	}
	if (view->is_big_endian) { // data are, code is not
		word = __builtin_bswap32(word);
	}
	switch (field(word, 25, 4)) {
	case 0: // udf, and what is no instruction
		insn->op = SCAN_TRAP;
		return;
	case 2:
		decode_scalable(word, insn);
		return;
	case 8:
	case 9:
		decode_immediate(word, insn);
		return;
	case 10:
	case 11:
		decode_flow(word, pc, insn);
		return;
	case 4:
	case 6:
	case 12:
	case 14:
		decode_memory(word, pc, insn);
		return;
	case 5:
	case 13:
		decode_register(word, insn);
		return;
	case 7:
	case 15:
		decode_vector(word, insn);
		return;
	default:
		insn->op = SCAN_INVALID;
	}
}

// The system calls exit and exit_group.
static bool is_exit(int32_t number)
{
	return number == 93 || number == 94;
}

// A thread's first code, which libc's clone enters: behind the call of the thread's function it does
// nothing but leave with the function's result, in the register that has it already.
static bool is_start(const struct code_view *view, code_address pc)
{
	struct scan_insn number, call;
	scan_decode(view, pc, &number);
	scan_decode(view, pc + 4, &call);
	return number.op == SCAN_ADD_CONSTANT && number.rd == NUMBER && number.rs == ZERO &&
	       is_exit(number.constant) && call.op == SCAN_SYSCALL;
}

static bool is_behind_call(const struct code_view *view, code_address pc, code_address *target)
{
	struct scan_insn insn = { .op = SCAN_INVALID };
	if (pc - view->address >= 4) {
		scan_decode(view, pc - 4, &insn);
	}
	*target = insn.target;
	return insn.op == SCAN_CALL;
}

// gcc stores ra at the bottom of the frame, of whatever size. A function may change x0 to x18.
const struct scan_isa scan_aarch64 = {
	.step = 4,
	.sp = SP,
	.fp = FP,
	.ra = RA,
	.dwarf_sp = SP,
	.dwarf_fp = FP,
	.zero = ZERO,
	.syscall_number = NUMBER,
	.is_counted_from_sp = true,
	.fp_height = 1 << 30,
	.callees = 1u << 16 | 1u << 17,
	.call_clobbers = 0x0007ffff,
	.ra_reach = 1 << 30,
	.decode = decode,
	.is_start = is_start,
	.is_behind_call = is_behind_call,
	.is_exit = is_exit,
};
