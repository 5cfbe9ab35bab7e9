// SPDX-License-Identifier: GPL-3.0-or-later
// The scanner finds a call's rule in AArch64 code as gcc and clang make it.
#include "check.h"
#include "unwind/scan.h"
#include "unwind/scan_aarch64.h"

#include <stdlib.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

// Scans for the return address of instruction `at`, in memory of exactly the code's size. Code is
// little-endian whatever data are.
static struct unwind_rule scan_as(const uint32_t *words, size_t n, size_t at, bool is_big_endian)
{
	static struct scan_work work;
	struct unwind_rule rule;
	uint8_t *bytes = malloc(4 * n);
	if (bytes == NULL) {
		abort();
	}
	for (size_t i = 0; i < 4 * n; i++) {
		bytes[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
	}
	struct code_view view = {
		.bytes = bytes,
		.size = 4 * n,
		.address = 0x400000,
		.is_big_endian = is_big_endian,
		.slot_size = 8,
		.isa = &scan_aarch64,
	};
	memset(&work, 0, sizeof(work));
	scan_rule(&view, view.address + 4 * at, &work, &rule);
	free(bytes);
	return rule;
}

static struct unwind_rule scan(const uint32_t *words, size_t n, size_t at)
{
	struct unwind_rule little = scan_as(words, n, at, false);
	struct unwind_rule big = scan_as(words, n, at, true);
	CHECK(rule_is_equal(&little, &big));
	return little;
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

#define CHECK_FRAME(words, at, base, cfa, ra, fp)                                                  \
	check_rule(__LINE__, scan(words, LENGTH(words), at), frame(base, cfa, ra, fp))
#define CHECK_KIND(words, at, kind)                                                                \
	check_rule(__LINE__, scan(words, LENGTH(words), at), rule_of_kind(kind))

static void frame_of_gcc_is_found(void)
{
	static const uint32_t code[] = {
		0xa9be7bfd, // stp x29, x30, [sp, #-32]!
		0x910003fd, // mov x29, sp
		0xa90153f3, // stp x19, x20, [sp, #16]
		0x2a0103f3, // mov w19, w1
		0x2a0003f4, // mov w20, w0
		0x2a0003e1, // mov w1, w0
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x6b13001f, // cmp w0, w19
		0x540000cb, // b.lt .+6
		0x2a1303e1, // mov w1, w19
		0xd2800000, // mov x0, #0x0
		0xa94153f3, // ldp x19, x20, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0x16000000, // b sink
		0x0b130001, // add w1, w0, w19
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x0b140000, // add w0, w0, w20
		0xa94153f3, // ldp x19, x20, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0xd65f03c0, // ret
	};
	CHECK_FRAME(code, 8, RULE_SP, 32, -24, -32);
	CHECK_FRAME(code, 18, RULE_SP, 32, -24, -32);
}

static void frame_of_clang_is_found(void)
{
	static const uint32_t code[] = {
		0x71000c1f, // cmp w0, #0x3
		0x54000061, // b.ne .+3
		0x52800080, // mov w0, #0x4
		0xd65f03c0, // ret
		0xd10183ff, // sub sp, sp, #0x60
		0xa9047bfd, // stp x29, x30, [sp, #64]
		0x910103fd, // add x29, sp, #0x40
		0xa9054ff4, // stp x20, x19, [sp, #80]
		0x2a0003f3, // mov w19, w0
		0x910003e0, // mov x0, sp
		0x2a1303e1, // mov w1, w19
		0x910003f4, // mov x20, sp
		0x94000000, // bl sink
		0x910003e0, // mov x0, sp
		0x94000000, // bl sink
		0x3873ca88, // ldrb w8, [x20, w19, sxtw]
		0xa9454ff4, // ldp x20, x19, [sp, #80]
		0xa9447bfd, // ldp x29, x30, [sp, #64]
		0x0b080000, // add w0, w0, w8
		0x910183ff, // add sp, sp, #0x60
		0xd65f03c0, // ret
	};
	CHECK_FRAME(code, 13, RULE_SP, 96, -24, -32);
	CHECK_FRAME(code, 15, RULE_SP, 96, -24, -32);
}

static void large_frame_is_found(void)
{
	static const uint32_t constant[] = {
		0xd2938c0c, // mov x12, #0x9c60
		0xcb2c63ff, // sub sp, sp, x12
		0x2a0003e1, // mov w1, w0
		0x52800022, // mov w2, #0x1
		0xa9007bfd, // stp x29, x30, [sp]
		0x910003fd, // mov x29, sp
		0xf9000bf3, // str x19, [sp, #16]
		0x910083f3, // add x19, sp, #0x20
		0xaa1303e0, // mov x0, x19
		0x3821ca62, // strb w2, [x19, w1, sxtw]
		0x94000000, // bl sink
		0x2a0003e1, // mov w1, w0
		0x910093e0, // add x0, sp, #0x24
		0x2a0103f3, // mov w19, w1
		0x94000000, // bl sink
		0x0b000260, // add w0, w19, w0
		0xa9407bfd, // ldp x29, x30, [sp]
		0xd2938c0c, // mov x12, #0x9c60
		0xf9400bf3, // ldr x19, [sp, #16]
		0x8b2c63ff, // add sp, sp, x12
		0xd65f03c0, // ret
	};
	CHECK_FRAME(constant, 11, RULE_SP, 40032, -40024, -40032);
	static const uint32_t two_steps[] = {
		0xa9bd7bfd, // stp x29, x30, [sp, #-48]!
		0xf9000bfc, // str x28, [sp, #16]
		0x910003fd, // mov x29, sp
		0xa9024ff4, // stp x20, x19, [sp, #32]
		0xd14027ff, // sub sp, sp, #0x9, lsl #12
		0xd13103ff, // sub sp, sp, #0xc40
		0x910003f4, // mov x20, sp
		0x52800028, // mov w8, #0x1
		0x2a0003e1, // mov w1, w0
		0x3820ca88, // strb w8, [x20, w0, sxtw]
		0x910003e0, // mov x0, sp
		0x94000000, // bl sink
		0x2a0003f3, // mov w19, w0
		0x91001280, // add x0, x20, #0x4
		0x94000000, // bl sink
		0x0b130000, // add w0, w0, w19
		0x914027ff, // add sp, sp, #0x9, lsl #12
		0x913103ff, // add sp, sp, #0xc40
		0xa9424ff4, // ldp x20, x19, [sp, #32]
		0xf9400bfc, // ldr x28, [sp, #16]
		0xa8c37bfd, // ldp x29, x30, [sp], #48
		0xd65f03c0, // ret
	};
	CHECK_FRAME(two_steps, 12, RULE_SP, 40048, -40, -48);
	static const uint32_t never[] = {
		0xd10c03ff, // sub sp, sp, #0x300
		0xd1408bff, // sub sp, sp, #0x22, lsl #12
		0xa9007bfd, // stp x29, x30, [sp]
		0x910003fd, // mov x29, sp
		0xa90153f3, // stp x19, x20, [sp, #16]
		0x37f80280, // tbnz w0, #31, .+20
		0x2a0003f3, // mov w19, w0
		0x910083f4, // add x20, sp, #0x20
		0xd2845c02, // mov x2, #0x22e0
		0x2a1303e1, // mov w1, w19
		0xf2a00042, // movk x2, #0x2, lsl #16
		0xaa1403e0, // mov x0, x20
		0x94000000, // bl memset
		0x2a1303e1, // mov w1, w19
		0xaa1403e0, // mov x0, x20
		0x94000000, // bl sink
		0x2a0003f3, // mov w19, w0
		0x910093e0, // add x0, sp, #0x24
		0x94000000, // bl sink
		0x0b000260, // add w0, w19, w0
		0xa9407bfd, // ldp x29, x30, [sp]
		0xa94153f3, // ldp x19, x20, [sp, #16]
		0x910c03ff, // add sp, sp, #0x300
		0x91408bff, // add sp, sp, #0x22, lsl #12
		0xd65f03c0, // ret
		0x90000000, // adrp x0, 0 huge
		0x91000000, // add x0, x0, #0x0
		0x94000000, // bl fatal
	};
	CHECK_FRAME(never, 19, RULE_SP, 140032, -140024, -140032);
	CHECK_FRAME(never, 28, RULE_SP, 140032, -140024, -140032);
}

static void frame_of_unknown_size_is_found_by_fp(void)
{
	static const uint32_t gcc[] = {
		0xa9be7bfd, // stp x29, x30, [sp, #-32]!
		0x93407c01, // sxtw x1, w0
		0x910003fd, // mov x29, sp
		0xf9000bf3, // str x19, [sp, #16]
		0xaa0103f3, // mov x19, x1
		0x91003c21, // add x1, x1, #0xf
		0x927cec21, // and x1, x1, #0xfffffffffffffff0
		0xcb2163ff, // sub sp, sp, x1
		0x910003e0, // mov x0, sp
		0x94000000, // bl sink
		0x910003e0, // mov x0, sp
		0x94000000, // bl sink
		0x910003bf, // mov sp, x29
		0x0b130000, // add w0, w0, w19
		0xf9400bf3, // ldr x19, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0xd65f03c0, // ret
	};
	CHECK_FRAME(gcc, 10, RULE_FP, 32, -24, -32);
	CHECK_FRAME(gcc, 12, RULE_FP, 32, -24, -32);
	static const uint32_t gcc_never[] = {
		0x93407c00, // sxtw x0, w0
		0xa9bf7bfd, // stp x29, x30, [sp, #-16]!
		0x91003c00, // add x0, x0, #0xf
		0x927cec00, // and x0, x0, #0xfffffffffffffff0
		0x910003fd, // mov x29, sp
		0xcb2063ff, // sub sp, sp, x0
		0x910003e0, // mov x0, sp
		0x94000000, // bl sink
		0x910003e0, // mov x0, sp
		0x94000000, // bl fatal
	};
	CHECK_FRAME(gcc_never, 8, RULE_FP, 16, -8, -16);
	CHECK_FRAME(gcc_never, 10, RULE_FP, 16, -8, -16);
	static const uint32_t clang[] = {
		0xa9be7bfd, // stp x29, x30, [sp, #-32]!
		0xa9014ff4, // stp x20, x19, [sp, #16]
		0x910003fd, // mov x29, sp
		0x2a0003e8, // mov w8, w0
		0x910003e9, // mov x9, sp
		0x91003d08, // add x8, x8, #0xf
		0x2a0003f3, // mov w19, w0
		0x927c7108, // and x8, x8, #0x1fffffff0
		0xcb080134, // sub x20, x9, x8
		0x9100029f, // mov sp, x20
		0xaa1403e0, // mov x0, x20
		0x94000000, // bl sink
		0xaa1403e0, // mov x0, x20
		0x94000000, // bl sink
		0x0b130000, // add w0, w0, w19
		0x910003bf, // mov sp, x29
		0xa9414ff4, // ldp x20, x19, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0xd65f03c0, // ret
	};
	CHECK_FRAME(clang, 12, RULE_FP, 32, -24, -32);
	static const uint32_t clang_never[] = {
		0xa9be7bfd, // stp x29, x30, [sp, #-32]!
		0xf9000bf3, // str x19, [sp, #16]
		0x910003fd, // mov x29, sp
		0x2a0003e8, // mov w8, w0
		0x910003e9, // mov x9, sp
		0x91003d08, // add x8, x8, #0xf
		0x927c7108, // and x8, x8, #0x1fffffff0
		0xcb080133, // sub x19, x9, x8
		0x9100027f, // mov sp, x19
		0xaa1303e0, // mov x0, x19
		0x94000000, // bl sink
		0xaa1303e0, // mov x0, x19
		0x94000000, // bl fatal
	};
	CHECK_FRAME(clang_never, 13, RULE_FP, 32, -24, -32);
}

static void call_that_never_returns_is_not_followed_into_the_next_function(void)
{
	static const uint32_t code[] = {
		0xa9bf7bfd, // stp x29, x30, [sp, #-16]!
		0x910003fd, // mov x29, sp
		0x340000c0, // cbz w0, .+6
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0xa8c17bfd, // ldp x29, x30, [sp], #16
		0x11000400, // add w0, w0, #0x1
		0xd65f03c0, // ret
		0x90000000, // adrp x0, 0 plain
		0x91000000, // add x0, x0, #0x0
		0x94000000, // bl fatal
		0xd503201f, // nop
		0x71000c1f, // cmp w0, #0x3
		0x54000200, // b.eq .+16
		0xa9ba7bfd, // stp x29, x30, [sp, #-96]!
		0x2a0003e1, // mov w1, w0
		0x910003fd, // mov x29, sp
		0xa90153f3, // stp x19, x20, [sp, #16]
		0x910083f4, // add x20, sp, #0x20
		0x2a0003f3, // mov w19, w0
		0xaa1403e0, // mov x0, x20
		0x94000000, // bl sink
		0xaa1403e0, // mov x0, x20
		0x94000000, // bl sink
		0x3873ca81, // ldrb w1, [x20, w19, sxtw]
		0xa94153f3, // ldp x19, x20, [sp, #16]
		0x0b000020, // add w0, w1, w0
		0xa8c67bfd, // ldp x29, x30, [sp], #96
		0xd65f03c0, // ret
		0x52800080, // mov w0, #0x4
		0xd65f03c0, // ret
	};
	CHECK_FRAME(code, 11, RULE_SP, 16, -8, -16);
	CHECK_FRAME(code, 22, RULE_SP, 96, -88, -96);
}

static void calls_behind_returns_belong_to_the_function(void)
{
	static const uint32_t code[] = {
		0xa9bf7bfd, // stp x29, x30, [sp, #-16]!
		0x910003fd, // mov x29, sp
		0x71000c1f, // cmp w0, #0x3
		0x540003a0, // b.eq .+29
		0x5400020d, // b.le .+16
		0x7100141f, // cmp w0, #0x5
		0x540000e1, // b.ne .+7
		0x52800061, // mov w1, #0x3
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x51000800, // sub w0, w0, #0x2
		0xa8c17bfd, // ldp x29, x30, [sp], #16
		0xd65f03c0, // ret
		0x7100181f, // cmp w0, #0x6
		0x540003a0, // b.eq .+29
		0x7100101f, // cmp w0, #0x4
		0x540002a0, // b.eq .+21
		0x12800000, // mov w0, #0xffffffff
		0xa8c17bfd, // ldp x29, x30, [sp], #16
		0xd65f03c0, // ret
		0x7100041f, // cmp w0, #0x1
		0x540000c1, // b.ne .+6
		0x52800061, // mov w1, #0x3
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x11000800, // add w0, w0, #0x2
		0x17fffff1, // b .-15
		0x7100081f, // cmp w0, #0x2
		0x54fffea1, // b.ne .-11
		0x90000000, // adrp x0, 0 plain
		0x91000000, // add x0, x0, #0x0
		0x94000000, // bl fatal
		0x52800021, // mov w1, #0x1
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x11000400, // add w0, w0, #0x1
		0x17ffffe7, // b .-25
		0x52800041, // mov w1, #0x2
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x90000000, // adrp x0, 0 plain
		0x91000000, // add x0, x0, #0x0
		0x94000000, // bl fatal
		0x52800121, // mov w1, #0x9
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x90000000, // adrp x0, 0 plain
		0x91000000, // add x0, x0, #0x0
		0x94000000, // bl fatal
	};
	CHECK_FRAME(code, 25, RULE_SP, 16, -8, -16);
	CHECK_FRAME(code, 32, RULE_SP, 16, -8, -16);
	CHECK_FRAME(code, 40, RULE_SP, 16, -8, -16);
	CHECK_FRAME(code, 46, RULE_SP, 16, -8, -16);
}

static void signed_return_address_is_found(void)
{
	static const uint32_t code[] = {
		0xd503233f, // paciasp
		0xa9be7bfd, // stp x29, x30, [sp, #-32]!
		0x910003fd, // mov x29, sp
		0xa90153f3, // stp x19, x20, [sp, #16]
		0x2a0103f3, // mov w19, w1
		0x2a0003f4, // mov w20, w0
		0x2a0003e1, // mov w1, w0
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x6b13001f, // cmp w0, w19
		0x540000eb, // b.lt .+7
		0x2a1303e1, // mov w1, w19
		0xd2800000, // mov x0, #0x0
		0xa94153f3, // ldp x19, x20, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0xd50323bf, // autiasp
		0x16000000, // b sink
		0x0b130001, // add w1, w0, w19
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x0b140000, // add w0, w0, w20
		0xa94153f3, // ldp x19, x20, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0xd65f0bff, // retaa
	};
	CHECK_FRAME(code, 9, RULE_SP, 32, -24, -32);
	CHECK_FRAME(code, 20, RULE_SP, 32, -24, -32);
}

static void signing_begins_a_function(void)
{
	static const uint32_t code[] = {
		0x90000000, // adrp x0, 0 plain
		0x91000000, // add x0, x0, #0x0
		0x94000000, // bl fatal
		0xd503233f, // paciasp
		0xa94153f3, // ldp x19, x20, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0xd65f03c0, // ret
	};
	CHECK_KIND(code, 3, RULE_UNKNOWN);
}

static void variadic_function_is_found(void)
{
	static const uint32_t code[] = {
		0xa9bc7bfd, // stp x29, x30, [sp, #-64]!
		0x128000e2, // mov w2, #0xfffffff8
		0xd2800000, // mov x0, #0x0
		0x9100c3e3, // add x3, sp, #0x30
		0x910103e4, // add x4, sp, #0x40
		0x910003fd, // mov x29, sp
		0xa90113e4, // stp x4, x4, [sp, #16]
		0xf90013e3, // str x3, [sp, #32]
		0x29057fe2, // stp w2, wzr, [sp, #40]
		0xf9001fe1, // str x1, [sp, #56]
		0x94000000, // bl sink
		0x11000400, // add w0, w0, #0x1
		0xa8c47bfd, // ldp x29, x30, [sp], #64
		0xd65f03c0, // ret
	};
	CHECK_FRAME(code, 11, RULE_SP, 64, -56, -64);
}

static void tail_call_ends_the_function(void)
{
	static const uint32_t code[] = {
		0xa9be7bfd, // stp x29, x30, [sp, #-32]!
		0x910003fd, // mov x29, sp
		0xf9000bf3, // str x19, [sp, #16]
		0x2a0003f3, // mov w19, w0
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x2a1303e1, // mov w1, w19
		0xd2800000, // mov x0, #0x0
		0xf9400bf3, // ldr x19, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0x16000000, // b sink
	};
	CHECK_FRAME(code, 6, RULE_SP, 32, -24, -32);
	static const uint32_t without_fp[] = {
		0xa9bf7bf3, // stp x19, x30, [sp, #-16]!
		0x2a0003f3, // mov w19, w0
		0xd2800000, // mov x0, #0x0
		0x94000000, // bl sink
		0x2a1303e1, // mov w1, w19
		0xd2800000, // mov x0, #0x0
		0xa8c17bf3, // ldp x19, x30, [sp], #16
		0x16000000, // b sink
	};
	CHECK_FRAME(without_fp, 4, RULE_SP, 16, -8, 0);
}

static void shadow_call_stack_does_not_hide_the_frame(void)
{
	static const uint32_t code[] = {
		0xf800865e, // str x30, [x18], #8
		0xa9be7bfd, // stp x29, x30, [sp, #-32]!
		0xf9000bf3, // str x19, [sp, #16]
		0x910003fd, // mov x29, sp
		0x2a0003f3, // mov w19, w0
		0xaa1f03e0, // mov x0, xzr
		0x94000000, // bl sink
		0x2a1303e1, // mov w1, w19
		0xf9400bf3, // ldr x19, [sp, #16]
		0xaa1f03e0, // mov x0, xzr
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0xf85f8e5e, // ldr x30, [x18, #-8]!
		0x16000000, // b sink
	};
	CHECK_FRAME(code, 7, RULE_SP, 32, -24, -32);
}

static void ra_used_for_something_else_is_not_taken_for_saved(void)
{
	static const uint32_t code[] = {
		0xa9ba7bfd, // stp x29, x30, [sp, #-96]!
		0xaa0203fe, // mov x30, x2
		0x910003fd, // mov x29, sp
		0xd10783ff, // sub sp, sp, #0x1e0
		0xf94013c7, // ldr x7, [x30, #32]
		0xf90013fe, // str x30, [sp, #32]
		0x94000000, // bl sink
		0xd61f0020, // br x1
	};
	CHECK_FRAME(code, 7, RULE_SP, 576, -88, -96);
}

static void first_code_has_no_caller(void)
{
	static const uint32_t thread[] = {
		0xd280001d, // mov x29, #0x0
		0xaa0c03e0, // mov x0, x12
		0xd63f0140, // blr x10
		0xd2800ba8, // mov x8, #0x5d
		0xd4000001, // svc #0x0
	};
	CHECK_KIND(thread, 3, RULE_OUTERMOST);
	static const uint32_t process[] = {
		0xd503245f, // bti .-10
		0xd280001d, // mov x29, #0x0
		0xd280001e, // mov x30, #0x0
		0xaa0003e5, // mov x5, x0
		0xf94003e1, // ldr x1, [sp]
		0x910023e2, // add x2, sp, #0x8
		0x910003e6, // mov x6, sp
		0x94000000, // bl __libc_start_main
		0x94000000, // bl abort
	};
	CHECK_KIND(process, 8, RULE_OUTERMOST);
	CHECK_KIND(process, 9, RULE_OUTERMOST);
}

static void frame_of_scalable_size_is_found_by_fp(void)
{
	static const uint32_t code[] = {
		0xa9bf7bfd, // stp x29, x30, [sp, #-16]!
		0x910003fd, // mov x29, sp
		0x043f57df, // addvl sp, sp, #-2
		0x94000000, // bl sink
		0x043f505f, // addvl sp, sp, #2
		0xa8c17bfd, // ldp x29, x30, [sp], #16
		0xd65f03c0, // ret
	};
	CHECK_FRAME(code, 4, RULE_FP, 16, -8, -16);
}

int main(void)
{
	frame_of_gcc_is_found();
	frame_of_clang_is_found();
	large_frame_is_found();
	frame_of_unknown_size_is_found_by_fp();
	call_that_never_returns_is_not_followed_into_the_next_function();
	calls_behind_returns_belong_to_the_function();
	signed_return_address_is_found();
	signing_begins_a_function();
	variadic_function_is_found();
	tail_call_ends_the_function();
	shadow_call_stack_does_not_hide_the_frame();
	ra_used_for_something_else_is_not_taken_for_saved();
	first_code_has_no_caller();
	frame_of_scalable_size_is_found_by_fp();
	return check_result();
}
