// SPDX-License-Identifier: LGPL-2.1-or-later
// Decodes x86 instructions: what they do to the stack, to registers and to the flow.
//
// An instruction not named here writes the registers that its form says it writes (scan_x86_form.c).
#include "unwind/scan_x86.h"

struct decoder {
	const struct code_view *view;
	struct x86_insn x86;
	struct scan_insn *insn;
};

static int32_t slot_of(const struct decoder *decoder)
{
	return decoder->view->slot_size;
}

static void sets(struct decoder *decoder, enum scan_op op, unsigned rd, unsigned rs,
		 int64_t constant)
{
	struct scan_insn *insn = decoder->insn;
	insn->op = constant == (int32_t)constant ? (uint8_t)op : SCAN_OTHER;
	insn->rd = (uint8_t)rd;
	insn->rs = (uint8_t)rs;
	insn->constant = (int32_t)constant;
	insn->clobbers = UINT32_C(1) << rd;
}

static void sets_by(struct decoder *decoder, enum scan_op op, unsigned rd, unsigned rt)
{
	sets(decoder, op, rd, rd, 0);
	decoder->insn->rt = (uint8_t)rt;
}

// Whether the memory operand is a register plus a constant.
static bool is_plain_memory(const struct x86_insn *x86)
{
	return x86_is_memory(x86) && x86->base != SCAN_NO_REGISTER &&
	       x86->index == SCAN_NO_REGISTER && !x86->is_elsewhere;
}

static void pushes(struct decoder *decoder, unsigned reg)
{
	int32_t size = decoder->x86.is_narrow ? 2 : slot_of(decoder);
	sets(decoder, SCAN_PUSH, X86_SP, X86_SP, -size);
	decoder->insn->rt = (uint8_t)(size == slot_of(decoder) ? reg : X86_ZERO);
}

static void pops(struct decoder *decoder, unsigned reg)
{
	int32_t size = decoder->x86.is_narrow ? 2 : slot_of(decoder);
	sets(decoder, SCAN_POP, reg, X86_SP, size);
	decoder->insn->clobbers |= 1 << X86_SP;
	if (size != slot_of(decoder)) {
		decoder->insn->op = SCAN_OTHER;
	}
}

static void flows(struct decoder *decoder, enum scan_op op, code_address pc)
{
	struct scan_insn *insn = decoder->insn;
	insn->op = (uint8_t)op;
	insn->target = pc + decoder->x86.size + (uint64_t)decoder->x86.immediate;
	if (decoder->view->slot_size == 4) {
		insn->target = (uint32_t)insn->target;
	}
}

static void returns(struct decoder *decoder, int64_t popped)
{
	sets(decoder, SCAN_RETURN, X86_SP, X86_SP, slot_of(decoder));
	decoder->insn->popped = (uint16_t)popped;
	decoder->insn->ra_at = 0;
	decoder->insn->fp_at = SCAN_NOT_SAVED;
}

// mov and lea.
static void decode_move(struct decoder *decoder)
{
	const struct x86_insn *x86 = &decoder->x86;
	unsigned reg = x86->reg, rm = x86->rm;
	if (!x86->is_wide) {
		return;
	}
	switch (x86->opcode) {
	case 0x89:
		if (!x86_is_memory(x86)) {
			sets(decoder, SCAN_ADD_CONSTANT, rm, reg, 0);
		} else if (is_plain_memory(x86)) {
			sets(decoder, SCAN_STORE, X86_ZERO, x86->base, x86->displacement);
			decoder->insn->rt = (uint8_t)reg;
			decoder->insn->clobbers = 0;
		}
		return;
	case 0x8b:
		if (!x86_is_memory(x86)) {
			sets(decoder, SCAN_ADD_CONSTANT, reg, rm, 0);
		} else if (is_plain_memory(x86)) {
			sets(decoder, SCAN_LOAD, reg, x86->base, x86->displacement);
		}
		return;
	case 0x8d:
		if (is_plain_memory(x86)) {
			sets(decoder, SCAN_ADD_CONSTANT, reg, x86->base, x86->displacement);
		}
		return;
	default:
		return;
	}
}

// add, sub, and, or, xor, cmp of two registers.
static void decode_sum(struct decoder *decoder)
{
	const struct x86_insn *x86 = &decoder->x86;
	bool is_from_rm = (x86->opcode & 2) != 0;
	unsigned rd = is_from_rm ? x86->reg : x86->rm;
	unsigned rt = is_from_rm ? x86->rm : x86->reg;
	if (x86_is_memory(x86)) {
		return;
	}
	switch (x86->opcode) {
	case 0x31: // xor and sub of one register with itself clear all of it
	case 0x33:
	case 0x29:
	case 0x2b:
		if (rd == rt && !x86->is_narrow) {
			sets(decoder, SCAN_ADD_CONSTANT, rd, X86_ZERO, 0);
		} else if (x86->is_wide && x86->opcode < 0x30) {
			sets_by(decoder, SCAN_SUBTRACT, rd, rt);
		}
		return;
	case 0x01:
	case 0x03:
		if (x86->is_wide) {
			sets_by(decoder, SCAN_ADD, rd, rt);
		}
		return;
	case 0x39: // sp is compared where a large frame is made page by page: up to the other
	case 0x3b:
		if (x86->is_wide && (rd == X86_SP) != (rt == X86_SP)) {
			sets(decoder, SCAN_ADD_CONSTANT, X86_SP, rd == X86_SP ? rt : rd, 0);
		}
		return;
	default:
		return;
	}
}

// Group 1: add, or, adc, sbb, and, sub, xor, cmp with an immediate.
static void decode_group1(struct decoder *decoder)
{
	const struct x86_insn *x86 = &decoder->x86;
	unsigned rm = x86->rm;
	if ((x86->reg & 7) == 7) {
		decoder->insn->clobbers = 0;
	}
	if (x86_is_memory(x86) || !x86->is_wide) {
		return;
	}
	switch (x86->reg & 7) {
	case 0:
		sets(decoder, SCAN_ADD_CONSTANT, rm, rm, x86->immediate);
		return;
	case 4:
		if (rm == X86_SP) {
			sets(decoder, SCAN_ALIGN, rm, rm, x86->immediate);
		}
		return;
	case 5:
		sets(decoder, SCAN_ADD_CONSTANT, rm, rm, -x86->immediate);
		return;
	default:
		return;
	}
}

// Group 5: inc, dec, call, jmp, push.
static void decode_group5(struct decoder *decoder)
{
	const struct x86_insn *x86 = &decoder->x86;
	struct scan_insn *insn = decoder->insn;
	switch (x86->reg & 7) {
	case 2:
	case 3:
		// On i386 libc enters the kernel by an address that its thread block has.
		insn->op = x86->is_elsewhere && x86_is_memory(x86) &&
					   x86->base == SCAN_NO_REGISTER &&
					   x86->index == SCAN_NO_REGISTER
				   ? SCAN_SYSCALL
				   : SCAN_CALL;
		break;
	case 4:
	case 5:
		insn->op = SCAN_JUMP_REGISTER;
		insn->rs = x86_is_memory(x86) ? x86->index : x86->rm;
		if (insn->rs == SCAN_NO_REGISTER) { // not by a table
			insn->rs = x86->base == SCAN_NO_REGISTER ? X86_ZERO : x86->base;
		}
		break;
	case 6:
		pushes(decoder, x86_is_memory(x86) ? X86_ZERO : x86->rm);
		return;
	default:
		return;
	}
	insn->clobbers = 0;
}

static void decode_system(struct decoder *decoder)
{
	const struct x86_insn *x86 = &decoder->x86;
	bool is_call = x86->opcode == 0xcd && (uint8_t)x86->immediate == 0x80;
	bool is_breakpoint = x86->opcode != 0xcd;
	if (is_call) {
		decoder->insn->op = SCAN_SYSCALL;
	} else if (is_breakpoint) {
		decoder->insn->op = SCAN_TRAP;
	}
}

// A function of 32-bit mode that loads where it was called from, and its register.
static bool is_thunk(const struct code_view *view, code_address target, uint8_t *reg)
{
	uint32_t word; // mov (%esp),%reg; ret
	if (view->slot_size != 4 || !code_read32(view, target, &word) ||
	    (word & 0xffffc7ff) != 0xc324048b) {
		return false;
	}
	*reg = word >> 11 & 7;
	return true;
}

static void decode_call(struct decoder *decoder, code_address pc)
{
	struct scan_insn *insn = decoder->insn;
	uint8_t reg;
	flows(decoder, SCAN_CALL, pc);
	if (insn->target == pc + decoder->x86.size) { // only asks where it is
		pushes(decoder, X86_ZERO);
		insn->target = 0;
	} else if (is_thunk(decoder->view, insn->target, &reg)) { // the same
		insn->op = SCAN_OTHER;
		insn->clobbers = UINT32_C(1) << reg;
		insn->target = 0;
	}
}

static void decode_one_byte(struct decoder *decoder, code_address pc)
{
	const struct x86_insn *x86 = &decoder->x86;
	struct scan_insn *insn = decoder->insn;
	uint8_t opcode = x86->opcode;
	bool is_64 = slot_of(decoder) == 8;
	switch (opcode) {
	case 0x01:
	case 0x03:
	case 0x29:
	case 0x2b:
	case 0x31:
	case 0x33:
	case 0x39:
	case 0x3b:
		decode_sum(decoder);
		return;
	case 0x06: // push and pop of segment registers
	case 0x0e:
	case 0x16:
	case 0x1e:
	case 0x9c: // pushf
	case 0x68:
	case 0x6a:
		pushes(decoder, X86_ZERO);
		return;
	case 0x07:
	case 0x17:
	case 0x1f:
	case 0x9d: // popf
		pops(decoder, X86_ZERO);
		return;
	case 0x60: // pusha
		sets(decoder, SCAN_ADD_CONSTANT, X86_SP, X86_SP, -8 * slot_of(decoder));
		return;
	case 0x61: // popa
		insn->clobbers = 0xff;
		return;
	case 0x80:
	case 0x81:
	case 0x82:
	case 0x83:
		decode_group1(decoder);
		return;
	case 0x89:
	case 0x8b:
	case 0x8d:
		decode_move(decoder);
		return;
	case 0x8f:
		pops(decoder, x86_is_memory(x86) ? X86_ZERO : x86->rm);
		return;
	case 0xc2:
	case 0xc3:
		returns(decoder, opcode == 0xc2 ? x86->immediate : 0);
		return;
	case 0xc7:
		if (!x86_is_memory(x86) && (x86->reg & 7) == 0 && !x86->is_narrow) {
			sets(decoder, SCAN_ADD_CONSTANT, x86->rm, X86_ZERO, x86->immediate);
		}
		return;
	case 0xc8: // enter: levels of nesting are not in use
		sets(decoder, SCAN_ENTER, X86_BP, X86_SP, x86->immediate & 0xffff);
		insn->clobbers |= 1 << X86_SP;
		return;
	case 0xc9:
		sets(decoder, SCAN_RESTORE, X86_SP, X86_BP, slot_of(decoder));
		insn->ra_at = SCAN_NOT_SAVED;
		insn->fp_at = 0;
		return;
	case 0xca: // far return, interrupt return, int3, int, hlt, int1
	case 0xcb:
	case 0xcf:
	case 0xcc:
	case 0xcd:
	case 0xf1:
	case 0xf4:
		decode_system(decoder);
		return;
	case 0xe8:
		decode_call(decoder, pc);
		return;
	case 0xe9:
	case 0xeb:
		flows(decoder, SCAN_JUMP, pc);
		return;
	case 0xe0: // loop, jcxz
	case 0xe1:
	case 0xe2:
	case 0xe3:
		flows(decoder, SCAN_BRANCH, pc);
		return;
	case 0xff:
		decode_group5(decoder);
		return;
	default:
		break;
	}
	if (opcode >> 3 == 0x50 >> 3) {
		pushes(decoder, x86->rm);
	} else if (opcode >> 3 == 0x58 >> 3) {
		pops(decoder, x86->rm);
	} else if (opcode >> 4 == 7) {
		flows(decoder, SCAN_BRANCH, pc);
	} else if (opcode >> 3 == 0x40 >> 3 || opcode >> 3 == 0x48 >> 3) { // inc, dec
		insn->clobbers = UINT32_C(1) << x86->rm;
	} else if (opcode > 0x90 && opcode <= 0x97) { // xchg with ax
		insn->clobbers = UINT32_C(1) << x86->rm | 1 << X86_AX;
	} else if (opcode >> 3 == 0xb0 >> 3) {
		insn->clobbers = x86_written(x86, x86->rm, true);
	} else if (opcode >> 3 == 0xb8 >> 3) {
		// 32 bits extend to 64 without sign.
		bool is_plain = !x86->is_narrow && (x86->is_wide || !is_64 || x86->immediate >= 0);
		sets(decoder, SCAN_ADD_CONSTANT, x86->rm, X86_ZERO, x86->immediate);
		insn->op = is_plain ? insn->op : SCAN_OTHER;
	}
}

static void decode_two_bytes(struct decoder *decoder, code_address pc)
{
	const struct x86_insn *x86 = &decoder->x86;
	struct scan_insn *insn = decoder->insn;
	switch (x86->opcode) {
	case 0x05: // syscall, sysenter
	case 0x34:
		insn->op = SCAN_SYSCALL;
		return;
	case 0x0b: // ud2, ud1, ud0
	case 0xb9:
	case 0xff:
		insn->op = SCAN_TRAP;
		return;
	case 0xa0: // push and pop of fs and gs
	case 0xa8:
		pushes(decoder, X86_ZERO);
		return;
	case 0xa1:
	case 0xa9:
		pops(decoder, X86_ZERO);
		return;
	case 0xa2: // cpuid
		insn->clobbers = 0xf;
		return;
	case 0xba: // bt does not write
		if ((x86->reg & 7) == 4) {
			insn->clobbers = 0;
		}
		return;
	case 0x7e: // a move between vector registers
		if (x86->repeat == 0xf3) {
			insn->clobbers = 0;
		}
		return;
	default:
		break;
	}
	if (x86->opcode >> 4 == 8) {
		flows(decoder, SCAN_BRANCH, pc);
	} else if (x86->opcode >> 3 == 0xc8 >> 3) { // bswap
		insn->clobbers = UINT32_C(1) << x86->rm;
	}
}

void x86_decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	struct decoder decoder = { .view = view, .insn = insn };
	x86_parse(view, pc, &decoder.x86);
	insn->size = decoder.x86.size;
	if (insn->size == 0) {
		insn->op = SCAN_INVALID;
		insn->size = 1;
		return;
	}
	x86_describe(&decoder.x86, insn);
	if (decoder.x86.is_vex) {
		return;
	}
	if (decoder.x86.map == X86_MAP_BYTE) {
		decode_one_byte(&decoder, pc);
	} else if (decoder.x86.map == X86_MAP_0F) {
		decode_two_bytes(&decoder, pc);
	}
}
