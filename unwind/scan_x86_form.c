// SPDX-License-Identifier: LGPL-2.1-or-later
// What the form of an x86 instruction says of it, whatever it does.
#include "unwind/scan_x86.h"

enum {
	IMPLICIT = 1 << X86_AX | 1 << X86_CX | 1 << X86_DX | 1 << X86_SI | 1 << X86_DI,
};

// Whether the operand that an instruction writes is a byte: opcodes come in pairs of sizes.
static bool is_of_bytes(const struct x86_insn *x86)
{
	uint8_t opcode = x86->opcode;
	if (x86->is_vex) {
		return false;
	}
	if (x86->map == X86_MAP_BYTE) {
		bool is_pair =
			opcode < 0x40 || (opcode >= 0x80 && opcode <= 0x8b) || opcode >= 0xc0;
		return (is_pair && (opcode & 1) == 0 && opcode != 0x8c) ||
		       (opcode >= 0xb0 && opcode <= 0xb7);
	}
	return x86->map == X86_MAP_0F && (opcode >> 4 == 9 || opcode == 0xb0 || opcode == 0xc0);
}

// The registers written, by the format alone.
static uint32_t clobbers_of(const struct x86_insn *x86)
{
	bool is_byte = is_of_bytes(x86);
	uint32_t rm = x86->mod == 3 ? x86_written(x86, x86->rm, is_byte) : 0;
	uint32_t reg = x86_written(x86, x86->reg & 15, is_byte);
	switch (x86->format) {
	case 'G':
	case 'g':
	case 'Z':
		return reg;
	case 'E':
	case 'e':
	case 'z':
		return rm;
	case 'X':
		return reg | rm;
	case 'A':
	case 'i':
	case 'V':
	case 'o':
		return IMPLICIT;
	case 'T': // not, neg; mul, div
		return (x86->reg & 7) >= 4 ? IMPLICIT : rm;
	default:
		return 0;
	}
}

// What those of VEX, EVEX and XOP write besides that, whose format does not say so.
static uint32_t clobbers_of_vex(const struct x86_insn *x86)
{
	bool writes_vvvv =
		(x86->map == X86_MAP_0F38 && (x86->opcode == 0xf3 || x86->opcode == 0xf6)) ||
		(x86->map == X86_MAP_XOP + 1 && x86->opcode <= 2);
	bool writes_rm = x86->map == X86_MAP_0F && x86->opcode == 0x7e && x86->repeat == 0 &&
			 !x86_is_memory(x86);
	return (writes_vvvv ? UINT32_C(1) << x86->vvvv : 0) |
	       (writes_rm ? UINT32_C(1) << x86->rm : 0);
}

// lea 0(%esi),%esi and mov %esi,%esi, in all their lengths.
static bool is_padding(const struct x86_insn *x86)
{
	bool is_same = x86->reg == X86_SI && (x86->mod == 3 ? x86->rm : x86->base) == X86_SI;
	if (x86->map == X86_MAP_0F && !x86->is_vex) {
		return x86->opcode == 0x1f;
	}
	if (x86->map != X86_MAP_BYTE) {
		return false;
	}
	return (x86->opcode == 0x90 && x86->rm == 0 && x86->repeat == 0) ||
	       (x86->opcode == 0x8d && is_same && x86->index == SCAN_NO_REGISTER &&
		x86->displacement == 0) ||
	       (x86->opcode == 0x89 && is_same && x86->mod == 3);
}

// lea has the format of an operand in memory, but need not mean one; padding has it too.
static uint32_t address_registers(const struct x86_insn *x86)
{
	bool is_lea = x86->map == X86_MAP_BYTE && x86->opcode == 0x8d;
	uint32_t registers = 0;
	if (!x86_is_memory(x86) || is_lea || is_padding(x86)) {
		return 0;
	}
	registers |= x86->base < 16 ? UINT32_C(1) << x86->base : 0;
	registers |= x86->index < 16 ? UINT32_C(1) << x86->index : 0;
	return registers;
}

// endbr64 or endbr32, where indirect jumps may lead: to functions and landing pads.
static bool is_landing(const struct x86_insn *x86)
{
	return x86->map == X86_MAP_0F && !x86->is_vex && x86->opcode == 0x1e &&
	       x86->repeat == 0xf3 && x86->mod == 3 && (x86->reg & 7) == 7 &&
	       (x86->rm == 2 || x86->rm == 3);
}

// Whether ax, a function's result, is compared with 0.
static bool tests_result(const struct x86_insn *x86)
{
	return x86->map == X86_MAP_BYTE && (x86->opcode == 0x84 || x86->opcode == 0x85) &&
	       x86->mod == 3 && x86->rm == X86_AX && x86->reg == X86_AX;
}

void x86_describe(const struct x86_insn *x86, struct scan_insn *insn)
{
	insn->clobbers = clobbers_of(x86) | (x86->is_vex ? clobbers_of_vex(x86) : 0);
	insn->address_registers = address_registers(x86);
	insn->is_padding = is_padding(x86);
	insn->is_landing = is_landing(x86);
	insn->tests_result = tests_result(x86);
}
