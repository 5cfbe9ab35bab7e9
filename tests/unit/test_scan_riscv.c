// SPDX-License-Identifier: GPL-3.0-or-later
// The scanner finds a call's rule in RISC-V code as gcc makes it.
#include "check.h"
#include "unwind/scan.h"
#include "unwind/scan_riscv.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

// Scans for the return address of half-word `at`, in memory of exactly the code's size.
static struct unwind_rule scan(const uint16_t *halves, size_t n, size_t at, unsigned slot_size)
{
	static struct scan_work work;
	struct unwind_rule rule;
	uint8_t *bytes = malloc(2 * n);
	if (bytes == NULL) {
		abort();
	}
	for (size_t i = 0; i < 2 * n; i++) {
		bytes[i] = (uint8_t)(halves[i / 2] >> 8 * (i % 2));
	}
	struct code_view view = {
		.bytes = bytes,
		.size = 2 * n,
		.address = 0x10000,
		.slot_size = (uint8_t)slot_size,
		.isa = &scan_riscv,
	};
	memset(&work, 0, sizeof(work));
	scan_rule(&view, view.address + 2 * at, &work, &rule);
	free(bytes);
	return rule;
}

static void check_rule(int line, struct unwind_rule is, struct unwind_rule expected)
{
	char text[200];
	snprintf(text, sizeof(text), "kind %d base %d cfa %d ra %d fp %d (place %d)", is.kind,
		 is.base, (int)is.cfa, (int)is.ra, (int)is.fp, is.fp_place);
	check_count(rule_is_equal(&is, &expected), __FILE__, line, text);
}

static struct unwind_rule frame(enum rule_base base, int cfa, int ra, int fp)
{
	return (struct unwind_rule){
		.kind = RULE_FRAME,
		.base = (uint8_t)base,
		.ra_place = RULE_AT_CFA,
		.fp_place = fp != 0 ? RULE_AT_CFA : RULE_IN_REGISTER,
		.cfa = cfa,
		.ra = ra,
		.fp = fp,
	};
}

#define CHECK_FRAME(halves, at, slot_size, base, cfa, ra, fp)                                      \
	check_rule(__LINE__, scan(halves, LENGTH(halves), at, slot_size), frame(base, cfa, ra, fp))

static void frame_is_found(void)
{
	static const uint16_t wide[] = {
		0x1101,         // add sp,sp,-32
		0xe426,         // sd s1,8(sp)
		0x84aa,         // mv s1,a0
		0xe822,         // sd s0,16(sp)
		0x4501,         // li a0,0
		0x842e,         // mv s0,a1
		0x85a6,         // mv a1,s1
		0xec06,         // sd ra,24(sp)
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x4c63, 0x0085, // blt a0,s0,30
		0x85a2,         // mv a1,s0
		0x6442,         // ld s0,16(sp)
		0x60e2,         // ld ra,24(sp)
		0x64a2,         // ld s1,8(sp)
		0x4501,         // li a0,0
		0x6105,         // add sp,sp,32
		0x0317, 0x0000, // auipc t1,0x0
		0x0067, 0x0003, // jr t1
		0x05bb, 0x0085, // addw a1,a0,s0
		0x4501,         // li a0,0
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x60e2,         // ld ra,24(sp)
		0x6442,         // ld s0,16(sp)
		0x9d25,         // addw a0,a0,s1
		0x64a2,         // ld s1,8(sp)
		0x6105,         // add sp,sp,32
		0x8082,         // ret
	};
	CHECK_FRAME(wide, 12, 8, RULE_SP, 32, -8, -16);
	CHECK_FRAME(wide, 31, 8, RULE_SP, 32, -8, -16);
	static const uint16_t narrow[] = {
		0x1141,         // add sp,sp,-16
		0xc226,         // sw s1,4(sp)
		0x84aa,         // mv s1,a0
		0xc422,         // sw s0,8(sp)
		0x4501,         // li a0,0
		0x842e,         // mv s0,a1
		0x85a6,         // mv a1,s1
		0xc606,         // sw ra,12(sp)
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x4c63, 0x0085, // blt a0,s0,30
		0x85a2,         // mv a1,s0
		0x4422,         // lw s0,8(sp)
		0x40b2,         // lw ra,12(sp)
		0x4492,         // lw s1,4(sp)
		0x4501,         // li a0,0
		0x0141,         // add sp,sp,16
		0x0317, 0x0000, // auipc t1,0x0
		0x0067, 0x0003, // jr t1
		0x05b3, 0x0085, // add a1,a0,s0
		0x4501,         // li a0,0
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x40b2,         // lw ra,12(sp)
		0x4422,         // lw s0,8(sp)
		0x9526,         // add a0,a0,s1
		0x4492,         // lw s1,4(sp)
		0x0141,         // add sp,sp,16
		0x8082,         // ret
	};
	CHECK_FRAME(narrow, 12, 4, RULE_SP, 16, -4, -8);
}

static void frame_with_frame_pointer_is_found(void)
{
	static const uint16_t code[] = {
		0x7179,         // add sp,sp,-48
		0xf406,         // sd ra,40(sp)
		0xf022,         // sd s0,32(sp)
		0x1800,         // add s0,sp,48
		0x87aa,         // mv a5,a0
		0x872e,         // mv a4,a1
		0x2e23, 0xfcf4, // sw a5,-36(s0)
		0x87ba,         // mv a5,a4
		0x2c23, 0xfcf4, // sw a5,-40(s0)
		0x2783, 0xfdc4, // lw a5,-36(s0)
		0x85be,         // mv a1,a5
		0x4501,         // li a0,0
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x87aa,         // mv a5,a0
		0x2623, 0xfef4, // sw a5,-20(s0)
		0x2783, 0xfec4, // lw a5,-20(s0)
		0x873e,         // mv a4,a5
		0x2783, 0xfd84, // lw a5,-40(s0)
		0x2701,         // sext.w a4,a4
		0x2781,         // sext.w a5,a5
		0x5563, 0x02f7, // bge a4,a5,64
		0x2783, 0xfec4, // lw a5,-20(s0)
		0x873e,         // mv a4,a5
		0x2783, 0xfd84, // lw a5,-40(s0)
		0x9fb9,         // addw a5,a5,a4
		0x2781,         // sext.w a5,a5
		0x85be,         // mv a1,a5
		0x4501,         // li a0,0
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x87aa,         // mv a5,a0
		0x2703, 0xfdc4, // lw a4,-36(s0)
		0x9fb9,         // addw a5,a5,a4
		0x2781,         // sext.w a5,a5
		0xa811,         // j 76
		0x2783, 0xfd84, // lw a5,-40(s0)
		0x85be,         // mv a1,a5
		0x4501,         // li a0,0
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x87aa,         // mv a5,a0
		0x853e,         // mv a0,a5
		0x70a2,         // ld ra,40(sp)
		0x7402,         // ld s0,32(sp)
		0x6145,         // add sp,sp,48
		0x8082,         // ret
	};
	CHECK_FRAME(code, 19, 8, RULE_SP, 48, -8, -16);
}

static void large_frame_is_made_in_two_steps(void)
{
	static const uint16_t code[] = {
		0x0113, 0x8101, // add sp,sp,-2032
		0x72b7, 0xffff, // lui t0,0xffff7
		0xa6b7, 0x0000, // lui a3,0xa
		0x67b7, 0xffff, // lui a5,0xffff6
		0x3023, 0x7e81, // sd s0,2016(sp)
		0x8293, 0xba02, // add t0,t0,-1120
		0x8413, 0x3c07, // add s0,a5,960
		0x8713, 0xc406, // add a4,a3,-960
		0x3423, 0x7e11, // sd ra,2024(sp)
		0x0733, 0x0087, // add a4,a4,s0
		0x0133, 0x0051, // add sp,sp,t0
		0x0433, 0x0027, // add s0,a4,sp
		0x8713, 0xc406, // add a4,a3,-960
		0x0733, 0x00f7, // add a4,a4,a5
		0x07b3, 0x0027, // add a5,a4,sp
		0x87b3, 0x00a7, // add a5,a5,a0
		0x0593, 0x0005, // mv a1,a0
		0x0713, 0x0010, // li a4,1
		0x0513, 0x0004, // mv a0,s0
		0x8023, 0x3ce7, // sb a4,960(a5)
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x0793, 0x0005, // mv a5,a0
		0x0513, 0x0044, // add a0,s0,4
		0x8413, 0x0007, // mv s0,a5
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x92b7, 0x0000, // lui t0,0x9
		0x8293, 0x4602, // add t0,t0,1120
		0x0133, 0x0051, // add sp,sp,t0
		0x3083, 0x7e81, // ld ra,2024(sp)
		0x053b, 0x00a4, // addw a0,s0,a0
		0x3403, 0x7e01, // ld s0,2016(sp)
		0x0113, 0x7f01, // add sp,sp,2032
		0x8067, 0x0000, // ret
	};
	CHECK_FRAME(code, 44, 8, RULE_SP, 40016, -8, -16);
	CHECK_FRAME(code, 54, 8, RULE_SP, 40016, -8, -16);
}

static void frame_of_unknown_size_is_found_by_fp(void)
{
	static const uint16_t code[] = {
		0x1101,         // add sp,sp,-32
		0x0793, 0x00f5, // add a5,a0,15
		0xec06,         // sd ra,24(sp)
		0xe822,         // sd s0,16(sp)
		0xe426,         // sd s1,8(sp)
		0x1000,         // add s0,sp,32
		0x9bc1,         // and a5,a5,-16
		0x0133, 0x40f1, // sub sp,sp,a5
		0x84aa,         // mv s1,a0
		0x850a,         // mv a0,sp
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x850a,         // mv a0,sp
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x0113, 0xfe04, // add sp,s0,-32
		0x60e2,         // ld ra,24(sp)
		0x9d25,         // addw a0,a0,s1
		0x6442,         // ld s0,16(sp)
		0x64a2,         // ld s1,8(sp)
		0x6105,         // add sp,sp,32
		0x8082,         // ret
	};
	CHECK_FRAME(code, 16, 8, RULE_FP, 0, -8, -16);
	CHECK_FRAME(code, 21, 8, RULE_FP, 0, -8, -16);
	static const uint16_t never[] = {
		0x1141,         // add sp,sp,-16
		0x053d,         // add a0,a0,15
		0xe022,         // sd s0,0(sp)
		0xe406,         // sd ra,8(sp)
		0x0800,         // add s0,sp,16
		0x9941,         // and a0,a0,-16
		0x0133, 0x40a1, // sub sp,sp,a0
		0x850a,         // mv a0,sp
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x850a,         // mv a0,sp
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
	};
	CHECK_FRAME(never, 13, 8, RULE_FP, 0, -8, -16);
	CHECK_FRAME(never, 18, 8, RULE_FP, 0, -8, -16);
}

static void last_call_of_a_function_is_answered_from_its_beginning(void)
{
	static const uint16_t code[] = {
		0x1141,         // add sp,sp,-16
		0xe406,         // sd ra,8(sp)
		0xc911,         // beqz a0,120
		0x4501,         // li a0,0
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x60a2,         // ld ra,8(sp)
		0x2505,         // addw a0,a0,1
		0x0141,         // add sp,sp,16
		0x8082,         // ret
		0x0517, 0x0000, // auipc a0,0x0
		0x0513, 0x0005, // mv a0,a0
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
	};
	CHECK_FRAME(code, 8, 8, RULE_SP, 16, -8, 0);
	CHECK_FRAME(code, 20, 8, RULE_SP, 16, -8, 0);
}

static void variadic_function_is_found(void)
{
	static const uint16_t code[] = {
		0x711d,         // add sp,sp,-96
		0xf42e,         // sd a1,40(sp)
		0xe4be,         // sd a5,72(sp)
		0x2581,         // sext.w a1,a1
		0x103c,         // add a5,sp,40
		0x4501,         // li a0,0
		0xec06,         // sd ra,24(sp)
		0xf832,         // sd a2,48(sp)
		0xfc36,         // sd a3,56(sp)
		0xe0ba,         // sd a4,64(sp)
		0xe8c2,         // sd a6,80(sp)
		0xecc6,         // sd a7,88(sp)
		0xe43e,         // sd a5,8(sp)
		0x0097, 0x0000, // auipc ra,0x0
		0x80e7, 0x0000, // jalr ra
		0x60e2,         // ld ra,24(sp)
		0x2505,         // addw a0,a0,1
		0x6125,         // add sp,sp,96
		0x8082,         // ret
	};
	CHECK_FRAME(code, 17, 8, RULE_SP, 96, -72, 0);
}

static void coroutine_begins_behind_a_jump(void)
{
	static const uint16_t code[] = {
		0x8302,         // jr t1
		0xc06f, 0xda9e, // j
		0x9482,         // jalr s1
		0x854a,         // mv a0,s2
		0x0463, 0x0009, // beqz s2,.+8
		0xf0ef, 0xf45f, // jal
		0xe06f, 0x948f, // j
	};
	// The same in a function: no jump comes before the call.
	static const uint16_t other[] = {
		0x8302,         // jr t1
		0x0001, 0x0001, // nop
		0x9482,         // jalr s1
		0x854a,         // mv a0,s2
		0x0463, 0x0009, // beqz s2,.+8
		0xf0ef, 0xf45f, // jal
		0xe06f, 0x948f, // j
	};

	CHECK(scan(code, LENGTH(code), 4, 8).kind == RULE_OUTERMOST);
	CHECK(scan(other, LENGTH(other), 4, 8).kind != RULE_OUTERMOST);
}

int main(void)
{
	frame_is_found();
	frame_with_frame_pointer_is_found();
	large_frame_is_made_in_two_steps();
	frame_of_unknown_size_is_found_by_fp();
	last_call_of_a_function_is_answered_from_its_beginning();
	variadic_function_is_found();
	coroutine_begins_behind_a_jump();
	return check_result();
}
