// SPDX-License-Identifier: GPL-3.0-or-later
// The scanner reads MIPS16 and microMIPS: code as compilers write it, both byte orders.
#include "check.h"
#include "unwind/scan.h"
#include "unwind/scan_mips.h"

#include <stdlib.h>

enum { ADDRESS = 0x400000 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static struct unwind_rule scan_as(const struct scan_isa *isa, const uint16_t *halves, size_t n,
				  size_t at, bool is_big_endian)
{
	static struct scan_work work;
	struct unwind_rule rule;
	uint8_t *bytes = malloc(2 * n);
	if (bytes == NULL) {
		abort();
	}
	for (size_t i = 0; i < n; i++) {
		bytes[2 * i] = (uint8_t)(is_big_endian ? halves[i] >> 8 : halves[i]);
		bytes[2 * i + 1] = (uint8_t)(is_big_endian ? halves[i] : halves[i] >> 8);
	}
	struct code_view view = { bytes, 2 * n, ADDRESS, is_big_endian, 4, isa, NULL, 0 };
	memset(&work, 0, sizeof(work));
	scan_rule(&view, ADDRESS + 2 * at, &work, &rule);
	free(bytes);
	return rule;
}

// `at` counts halves; the rule expected is (base, cfa, ra, fp, fp2), fp and
// fp2 0 when they are not saved.
static void check_frame(int line, const struct scan_isa *isa, const uint16_t *halves, size_t n,
			size_t at, enum rule_base base, int cfa, int ra, int fp, int fp2)
{
	struct unwind_rule expected = {
		.kind = RULE_FRAME,
		.base = (uint8_t)base,
		.ra_place = RULE_AT_CFA,
		.fp_place = fp != 0 ? RULE_AT_CFA : RULE_IN_REGISTER,
		.cfa = cfa,
		.ra = ra,
		.fp = fp,
		.fp2 = (int16_t)fp2,
	};
	for (int is_big_endian = 0; is_big_endian < 2; is_big_endian++) {
		struct unwind_rule is = scan_as(isa, halves, n, at, is_big_endian);
		char text[200];
		snprintf(text, sizeof(text), "kind %d base %d cfa %d ra %d fp %d (place %d) fp2 %d",
			 is.kind, is.base, (int)is.cfa, (int)is.ra, (int)is.fp, is.fp_place,
			 is.fp2);
		check_count(rule_is_equal(&is, &expected), __FILE__, line, text);
	}
}

#define CHECK_16(code, at, base, cfa, ra, fp, fp2)                                                 \
	check_frame(__LINE__, &scan_mips16, code, LENGTH(code), at, base, cfa, ra, fp, fp2)
#define CHECK_MICRO(code, at, base, cfa, ra, fp, fp2)                                              \
	check_frame(__LINE__, &scan_micromips, code, LENGTH(code), at, base, cfa, ra, fp, fp2)

static void mips16_frame_is_undone_by_restore(void)
{
	static const uint16_t code[] = {
		0x64f6,         // save 48,ra,s0-s1
		0xea40, 0x653a, // jalr v0; move t9,v0
		0x2a01,         // bnez v0, over the next
		0x6a00,         // li v0,0
		0x6476,         // restore 48,ra,s0-s1
		0xe8a0,         // jrc ra
	};
	CHECK_16(code, 3, RULE_SP, 48, -4, 0, -8);
	static const uint16_t returns_by_another[] = {
		0xea40, 0x653a, // jalr v0; move t9,v0
		0x970b,         // lw a3,44(sp)
		0x6306,         // addiu sp,48
		0xef00, 0x6500, // jr a3; nop
	};
	CHECK_16(returns_by_another, 2, RULE_SP, 48, -4, 0, 0);
}

static void mips16_extended_save_is_one_instruction(void)
{
	// Its second half alone would be a save of 112 bytes.
	static const uint16_t never[] = {
		0xf010, 0x64fe, // save 240,ra,s0-s1
		0xea40, 0x653a, // jalr v0; move t9,v0
	};
	CHECK_16(never, 4, RULE_SP, 240, -4, 0, -8);
	static const uint16_t all[] = {
		0xf700, 0x64f8, // save 64,ra,s0-s8
		0xea40, 0x653a, // jalr v0; move t9,v0
		0xf700, 0x6478, // restore 64,ra,s0-s8
		0xe8a0,         // jrc ra
	};
	CHECK_16(all, 4, RULE_SP, 64, -4, -8, -36);
}

static void mips16_frame_is_counted_from_s1(void)
{
	static const uint16_t code[] = {
		0x64f5,         // save 40,ra,s0-s1
		0x0104,         // addiu s1,sp,16
		0xea40, 0x653a, // jalr v0; move t9,v0
		0x65b9,         // move sp,s1
		0x6473,         // restore 24,ra,s0-s1
		0xe8a0,         // jrc ra
	};
	CHECK_16(code, 4, RULE_FP2, 24, -4, 0, -8);
	// A frame too large for an instruction: s1 first serves to compute sp.
	static const uint16_t large[] = {
		0xf0f0, 0x64ff, // save 2040,ra,s0-s1
		0xb304,         // lw v1, behind the code
		0x673d,         // move s1,sp
		0xe167,         // subu s1,v1
		0x65b9,         // move sp,s1
		0x0104,         // addiu s1,sp,16
		0xea40, 0x653a, // jalr v0; move t9,v0
		0x6500,         // nop
		0x1b18, 0x0002,
	};
	struct unwind_rule rule = scan_as(&scan_mips16, large, LENGTH(large), 9, false);
	CHECK(rule.base == RULE_FP2 && rule.cfa == 0x21b18 + 2040 - 16);
}

static void mips16_constants_are_no_code(void)
{
	// Read as code, they would be the end of a frame of 32 bytes.
	static const uint16_t code[] = {
		0x64f6,         // save 48,ra,s0-s1
		0xb402,         // lw a0, behind the code
		0xea40, 0x653a, // jalr v0; move t9,v0
		0x6444, 0xe8a0, // restore 32,ra; jrc ra
	};
	CHECK_16(code, 4, RULE_SP, 48, -4, 0, -8);
}

static void micromips_frame_is_undone_on_return(void)
{
	static const uint16_t by_jump[] = {
		0x4ff1,         // addiu sp,sp,-32
		0xcbe7,         // sw ra,28(sp)
		0x45f9, 0x0c00, // jalrs t9; nop, the short delay slot
		0x4be7,         // lw ra,28(sp)
		0x6d20,         // addiu v0,v0,1
		0x4708,         // jraddiusp 32
	};
	CHECK_MICRO(by_jump, 4, RULE_SP, 32, -4, 0, 0);
	static const uint16_t by_pairs[] = {
		0x45f9, 0x0c91, // jalrs t9; move a0,s1
		0x0fbe,         // move sp,s8
		0x23dd, 0x1020, // lwp s8,32(sp): s8 and ra
		0x221d, 0x1018, // lwp s0,24(sp)
		0x470a,         // jraddiusp 40
	};
	CHECK_MICRO(by_pairs, 2, RULE_FP, 40, -4, -8, -12);
	static const uint16_t by_many[] = {
		0x45f9, 0x6e0d, // jalrs t9; addiu a0,sp,24
		0x41a8, 0x0002, // lui t0,2
		0x011d, 0xe950, // addu sp,sp,t0
		0x223d, 0x57f0, // lwm s0,ra,2032(sp)
		0x459f,         // jr ra
		0x33bd, 0x07f8, // addiu sp,sp,2040
	};
	CHECK_MICRO(by_many, 2, RULE_SP, 0x20000 + 2040, -4, 0, 0);
}

static void micromips_call_that_never_returns_is_answered_backward(void)
{
	static const uint16_t code[] = {
		0x41a3, 0x0002,         // lui v1,2
		0x33bd, 0xf808,         // addiu sp,sp,-2040
		0x223d, 0xd7f0,         // swm s0,ra,2032(sp)
		0x007d, 0xe9d0,         // subu sp,sp,v1
		0x45d9, 0x0000, 0x0000, // jalr t9; nop, the long delay slot
		0x4ff1,                 // addiu sp,sp,-32: the next function
		0xcbe7,                 // sw ra,28(sp)
	};
	CHECK_MICRO(code, 11, RULE_SP, 0x20000 + 2040, -4, 0, 0);
}

// The half that fills up to the next function is not the first one of an instruction: what came of that would be a
// branch, as the constants of many functions' first instructions look like one, into code with another frame.
static void micromips_filler_is_no_instruction(void)
{
	static const uint16_t code[] = {
		0x4fe9,                 // addiu sp,sp,-48
		0xcbeb,                 // sw ra,44(sp)
		0x45d9, 0x0000, 0x0000, // jalr t9; nop: it does not return
		0x0000,                 // the filler
		0x41a2, 0x0002,         // lui v0,2: the next function
		0x3042, 0xcc05, // addiu v0,v0,-13307; as a half: b to the third function's end
		0x4ff1,         // addiu sp,sp,-32
		0xcbe7,         // sw ra,28(sp)
		0x4be7,         // lw ra,28(sp)
		0x4c11,         // addiu sp,sp,32
		0x45bf,         // jrc ra
		0x4bef,         // lw ra,60(sp)
		0x4c21,         // addiu sp,sp,64
		0x45bf,         // jrc ra
	};
	CHECK_MICRO(code, 5, RULE_SP, 48, -4, 0, 0);
}

int main(void)
{
	mips16_frame_is_undone_by_restore();
	mips16_extended_save_is_one_instruction();
	mips16_frame_is_counted_from_s1();
	mips16_constants_are_no_code();
	micromips_frame_is_undone_on_return();
	micromips_call_that_never_returns_is_answered_backward();
	micromips_filler_is_no_instruction();
	return check_result();
}
