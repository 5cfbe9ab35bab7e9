// SPDX-License-Identifier: LGPL-2.1-or-later
// The instruction sets of x86: 64-bit and 32-bit mode.
#ifndef UNWIND_SCAN_X86_H
#define UNWIND_SCAN_X86_H

#include "unwind/scan_isa.h"

extern const struct scan_isa scan_x86_64;
extern const struct scan_isa scan_i386;

enum {
	X86_AX = 0,
	X86_CX = 1,
	X86_DX = 2,
	X86_BX = 3,
	X86_SP = 4,
	X86_BP = 5,
	X86_SI = 6,
	X86_DI = 7,
	X86_RA = 30,   // stands for the return address, which is in no register
	X86_ZERO = 31, // stands for the number 0
};

enum x86_map {
	X86_MAP_BYTE, // opcodes of one byte
	X86_MAP_0F,
	X86_MAP_0F38,
	X86_MAP_0F3A,
	X86_MAP_XOP = 8, // and the two that follow
};

// An instruction taken apart. Registers have their full numbers, 0 to 15.
struct x86_insn {
	uint8_t size; // bytes; 0: not an instruction, or not all within the view
	uint8_t map;  // enum x86_map
	uint8_t opcode;
	char format;       // of its operands: see scan_x86_parse.c
	bool is_vex;       // encoded with VEX, EVEX or XOP
	bool is_wide;      // its operand is as wide as an address
	bool is_narrow;    // 16 bits of operand, outside of VEX, EVEX and XOP
	bool has_rex;      // so that byte registers 4 to 7 are the lower bytes of these
	bool is_elsewhere; // its memory operand is counted from fs or gs
	uint8_t repeat;    // the prefix 0xf2 or 0xf3, or 0; VEX's `pp` as the prefix it stands for
	uint8_t mod, reg, rm;
	uint8_t vvvv;        // VEX's further register
	uint8_t base, index; // of a memory operand; or SCAN_NO_REGISTER
	int32_t displacement;
	int64_t immediate;
};

// Takes the instruction at `pc` apart.
void x86_parse(const struct code_view *view, code_address pc, struct x86_insn *insn);

static inline bool x86_is_memory(const struct x86_insn *x86)
{
	return x86->mod != 3;
}

// The register that an operand of this number is in.
static inline uint32_t x86_written(const struct x86_insn *x86, unsigned reg, bool is_byte)
{
	// Without REX these are the second bytes of registers 0 to 3.
	bool is_second = is_byte && !x86->has_rex && reg >= 4;
	return UINT32_C(1) << (is_second ? reg - 4 : reg);
}

// Fills in what the instruction's form says: the registers written and those an address is counted from, and whether it is
// padding, a landing or a test.
void x86_describe(const struct x86_insn *x86, struct scan_insn *insn);

void x86_decode(const struct code_view *view, code_address pc, struct scan_insn *insn);

#endif
