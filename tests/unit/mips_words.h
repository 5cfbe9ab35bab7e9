// SPDX-License-Identifier: GPL-3.0-or-later
// MIPS instructions as numbers, for the tests of the scanner.
#ifndef TESTS_UNIT_MIPS_WORDS_H
#define TESTS_UNIT_MIPS_WORDS_H

enum {
	ZERO = 0,
	V0 = 2,
	V1 = 3,
	A0 = 4,
	T0 = 8,
	S0 = 16,
	T9 = 25,
	GP = 28,
	SP = 29,
	S8 = 30,
	RA = 31
};

#define MIPS_I(opcode, rs, rt, imm)                                                                \
	((uint32_t)(opcode) << 26 | (uint32_t)(rs) << 21 | (uint32_t)(rt) << 16 |                  \
	 ((uint32_t)(imm)&0xffff))
#define MIPS_R(rs, rt, rd, function)                                                               \
	((uint32_t)(rs) << 21 | (uint32_t)(rt) << 16 | (uint32_t)(rd) << 11 | (uint32_t)(function))

#define NOP                  0
#define ADDIU(rt, rs, imm)   MIPS_I(0x09, rs, rt, imm)
#define DADDIU(rt, rs, imm)  MIPS_I(0x19, rs, rt, imm)
#define ORI(rt, rs, imm)     MIPS_I(0x0d, rs, rt, imm)
#define LUI(rt, imm)         MIPS_I(0x0f, 0, rt, imm)
#define LW(rt, offset, base) MIPS_I(0x23, base, rt, offset)
#define SW(rt, offset, base) MIPS_I(0x2b, base, rt, offset)
#define LD(rt, offset, base) MIPS_I(0x37, base, rt, offset)
#define SD(rt, offset, base) MIPS_I(0x3f, base, rt, offset)
#define ADDU(rd, rs, rt)     MIPS_R(rs, rt, rd, 0x21)
#define SUBU(rd, rs, rt)     MIPS_R(rs, rt, rd, 0x23)
#define MOVE(rd, rs)         MIPS_R(rs, ZERO, rd, 0x25)
#define JR(rs)               MIPS_R(rs, 0, 0, 0x08)
#define JALR(rs)             MIPS_R(rs, 0, RA, 0x09)
#define SYSCALL              0x0c
// Branches count instructions from the one behind them.
#define BEQ(rs, rt, n)  MIPS_I(0x04, rs, rt, n)
#define BNE(rs, rt, n)  MIPS_I(0x05, rs, rt, n)
#define BEQL(rs, rt, n) MIPS_I(0x14, rs, rt, n)
#define B(n)            BEQ(ZERO, ZERO, n)

// Release 6.
#define JIALC(rt)    MIPS_I(0x3e, 0, rt, 0)
#define JIC(rt)      MIPS_I(0x36, 0, rt, 0)
#define BEQZC(rs, n) ((uint32_t)0x36 << 26 | (uint32_t)(rs) << 21 | ((uint32_t)(n)&0x1fffff))
#define BC(n)        ((uint32_t)0x32 << 26 | ((uint32_t)(n)&0x3ffffff))

#endif
