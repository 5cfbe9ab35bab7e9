// SPDX-License-Identifier: GPL-3.0-or-later
// The scanner finds every call's rule in ARM and Thumb code, as gcc makes it of the functions below.
#include "unwind/scan.h"
#include "unwind/scan_arm.h"

#include <stdlib.h>

#include "check.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

// int leaf_like(int a) { return sink(0) + a; }
// int va(const char *f, ...) { ...; int r = sink(&arguments); return sink(0, r) + 1; }
// int va_dies(const char *f, ...) { ...; sink(&arguments); fatal(f); }
// int big(int n) { char b[70000]; sink(b); return sink(b + n) + 1; }
// int dyn(int n) { void *p = alloca(n); sink(p); return sink(p, n) + n; }
// int sw(int n) { switch (n) { six cases, of which one ends in fatal("x") } return n; }
// int dies(int n) { if (n) fatal("dies"); return sink(0) + 1; }
// double vfp(double a, double b) { double c = a * b; sink(&c); return a + b * c + sink(0); }
// int shrink(int *p) { if (!p) return 0; *p = sink(p); return sink(p + 1) + *p; }
// int cond(int a, int b) { if (sink(0)) return a; sink(0, b); return sink(0, a) + b; }
struct site {
	uint32_t pc;
	enum rule_base base;
	int32_t cfa, ra, fp;
	int16_t fp2;
};

static const uint32_t arm_code[] = {
	// leaf_like
	0xe92d4010,
	0xe1a04000,
	0xe3a00000,
	0xebfffffe,
	0xe0800004,
	0xe8bd8010,
	// va
	0xe92d000f,
	0xe52de004,
	0xe24dd00c,
	0xe28d0004,
	0xe28d3014,
	0xe58d3004,
	0xebfffffe,
	0xe1a01000,
	0xe3a00000,
	0xebfffffe,
	0xe2800001,
	0xe28dd00c,
	0xe49de004,
	0xe28dd010,
	0xe12fff1e,
	// va_dies
	0xe92d000f,
	0xe52de004,
	0xe24dd00c,
	0xe28d0004,
	0xe28d3014,
	0xe58d3004,
	0xebfffffe,
	0xe59d0010,
	0xebfffffe,
	// big
	0xe92d4010,
	0xe1a04000,
	0xe24dda11,
	0xe24dde17,
	0xe1a0000d,
	0xebfffffe,
	0xe08d0004,
	0xebfffffe,
	0xe2800001,
	0xe28dda11,
	0xe28dde17,
	0xe8bd8010,
	// dyn
	0xe92d4830,
	0xe2803007,
	0xe3c33007,
	0xe28db00c,
	0xe04dd003,
	0xe1a0500d,
	0xe1a04000,
	0xe1a00005,
	0xebfffffe,
	0xe1a01004,
	0xe1a00005,
	0xebfffffe,
	0xe0800004,
	0xe24bd00c,
	0xe8bd8830,
	// sw
	0xe92d4010,
	0xe3500005,
	0x979ff100,
	0xea000009,
	0x00000120,
	0x00000130,
	0x00000144,
	0x00000158,
	0x0000016c,
	0x0000010c,
	0xe3a01008,
	0xe3a00000,
	0xebfffffe,
	0xe2200007,
	0xe8bd8010,
	0xe3a00000,
	0xebfffffe,
	0xe2800001,
	0xe8bd8010,
	0xe3a01001,
	0xe3a00000,
	0xebfffffe,
	0xe2800002,
	0xe8bd8010,
	0xe3a01002,
	0xe3a00000,
	0xebfffffe,
	0xe2400003,
	0xe8bd8010,
	0xe3a01005,
	0xe3a00000,
	0xebfffffe,
	0xe0800080,
	0xe8bd8010,
	0xe3000000,
	0xe3400000,
	0xebfffffe,
	// dies
	0xe3500000,
	0xe92d4010,
	0x1a000002,
	0xebfffffe,
	0xe2800001,
	0xe8bd8010,
	0xe3000000,
	0xe3400000,
	0xebfffffe,
	// vfp
	0xe52de004,
	0xee207b01,
	0xed2d8b04,
	0xe24dd00c,
	0xeeb09b41,
	0xe1a0000d,
	0xeeb08b40,
	0xed8d7b00,
	0xebfffffe,
	0xed9d7b00,
	0xe3a00000,
	0xee098b07,
	0xebfffffe,
	0xee000a10,
	0xeeb80bc0,
	0xee300b08,
	0xe28dd00c,
	0xecbd8b04,
	0xe49df004,
	// shrink
	0xe92d4010,
	0xe2504000,
	0x0a000007,
	0xebfffffe,
	0xe1a03004,
	0xe4830004,
	0xe1a00003,
	0xebfffffe,
	0xe5944000,
	0xe0800004,
	0xe8bd8010,
	0xe1a00004,
	0xe8bd8010,
	// cond
	0xe92d4070,
	0xe1a04000,
	0xe3a00000,
	0xe1a06001,
	0xebfffffe,
	0xe2505000,
	0x1a000005,
	0xe1a01006,
	0xebfffffe,
	0xe1a01004,
	0xe1a00005,
	0xebfffffe,
	0xe0804006,
	0xe1a00004,
	0xe8bd8070,
};
static const struct site arm_sites[] = {
	{ 0x10, RULE_SP, 8, -4, 0, 0 },     { 0x34, RULE_SP, 32, -20, 0, 0 },
	{ 0x40, RULE_SP, 32, -20, 0, 0 },   { 0x70, RULE_SP, 32, -20, 0, 0 },
	{ 0x78, RULE_SP, 32, -20, 0, 0 },   { 0x90, RULE_SP, 70008, -4, 0, 0 },
	{ 0x98, RULE_SP, 70008, -4, 0, 0 }, { 0xcc, RULE_FP, 4, -4, -8, 0 },
	{ 0xd8, RULE_FP, 4, -4, -8, 0 },    { 0x118, RULE_SP, 8, -4, 0, 0 },
	{ 0x128, RULE_SP, 8, -4, 0, 0 },    { 0x13c, RULE_SP, 8, -4, 0, 0 },
	{ 0x150, RULE_SP, 8, -4, 0, 0 },    { 0x164, RULE_SP, 8, -4, 0, 0 },
	{ 0x178, RULE_SP, 8, -4, 0, 0 },    { 0x188, RULE_SP, 8, -4, 0, 0 },
	{ 0x19c, RULE_SP, 8, -4, 0, 0 },    { 0x1c0, RULE_SP, 32, -4, 0, 0 },
	{ 0x1d0, RULE_SP, 32, -4, 0, 0 },   { 0x1f8, RULE_SP, 8, -4, 0, 0 },
	{ 0x208, RULE_SP, 8, -4, 0, 0 },    { 0x230, RULE_SP, 16, -4, 0, 0 },
	{ 0x240, RULE_SP, 16, -4, 0, 0 },   { 0x24c, RULE_SP, 16, -4, 0, 0 },
};

static const uint16_t thumb_code[] = {
	// leaf_like
	0xb510,
	0x4604,
	0x2000,
	0xf7ff,
	0xfffe,
	0x4420,
	0xbd10,
	0xbf00,
	// va
	0xb40f,
	0xb500,
	0xb083,
	0xa801,
	0xab05,
	0x9301,
	0xf7ff,
	0xfffe,
	0x4601,
	0x2000,
	0xf7ff,
	0xfffe,
	0x3001,
	0xb003,
	0xf85d,
	0xeb04,
	0xb004,
	0x4770,
	// va_dies
	0xb40f,
	0xb500,
	0xb083,
	0xab04,
	0xa801,
	0xf853,
	0x4b04,
	0x9301,
	0xf7ff,
	0xfffe,
	0x4620,
	0xf7ff,
	0xfffe,
	0xbf00,
	// big
	0xb510,
	0x4604,
	0xf5ad,
	0x3d88,
	0xb0dc,
	0x4668,
	0xf7ff,
	0xfffe,
	0xeb0d,
	0x0004,
	0xf7ff,
	0xfffe,
	0x3001,
	0xf50d,
	0x3d88,
	0xb05c,
	0xbd10,
	0xbf00,
	// dyn
	0xb5b0,
	0x1dc3,
	0xf023,
	0x0307,
	0xaf00,
	0xebad,
	0x0d03,
	0x466d,
	0x4604,
	0x4628,
	0xf7ff,
	0xfffe,
	0x4621,
	0x4628,
	0xf7ff,
	0xfffe,
	0x4420,
	0x46bd,
	0xbdb0,
	0xbf00,
	// sw
	0xb508,
	0x2805,
	0xd80a,
	0xe8df,
	0xf000,
	0x1611,
	0x031c,
	0x0a22,
	0x2105,
	0x2000,
	0xf7ff,
	0xfffe,
	0xeb00,
	0x0040,
	0xbd08,
	0x2108,
	0x2000,
	0xf7ff,
	0xfffe,
	0xf080,
	0x0007,
	0xbd08,
	0x2000,
	0xf7ff,
	0xfffe,
	0x3001,
	0xbd08,
	0x2101,
	0x2000,
	0xf7ff,
	0xfffe,
	0x3002,
	0xbd08,
	0x2102,
	0x2000,
	0xf7ff,
	0xfffe,
	0x3803,
	0xbd08,
	0xf240,
	0x0000,
	0xf2c0,
	0x0000,
	0xf7ff,
	0xfffe,
	0xbf00,
	// dies
	0xb508,
	0xb918,
	0xf7ff,
	0xfffe,
	0x3001,
	0xbd08,
	0xf240,
	0x0000,
	0xf2c0,
	0x0000,
	0xf7ff,
	0xfffe,
	// vfp
	0xb500,
	0xee20,
	0x7b01,
	0xed2d,
	0x8b04,
	0xb083,
	0xeeb0,
	0x9b41,
	0x4668,
	0xeeb0,
	0x8b40,
	0xed8d,
	0x7b00,
	0xf7ff,
	0xfffe,
	0xed9d,
	0x7b00,
	0x2000,
	0xee09,
	0x8b07,
	0xf7ff,
	0xfffe,
	0xee00,
	0x0a10,
	0xeeb8,
	0x0bc0,
	0xee30,
	0x0b08,
	0xb003,
	0xecbd,
	0x8b04,
	0xf85d,
	0xfb04,
	0xbf00,
	// shrink
	0xb510,
	0x4604,
	0xb148,
	0xf7ff,
	0xfffe,
	0x4623,
	0xf843,
	0x0b04,
	0x4618,
	0xf7ff,
	0xfffe,
	0x6824,
	0x4420,
	0xbd10,
	// cond
	0xb570,
	0x4604,
	0x2000,
	0x460e,
	0xf7ff,
	0xfffe,
	0xb940,
	0x4605,
	0x4631,
	0xf7ff,
	0xfffe,
	0x4621,
	0x4628,
	0xf7ff,
	0xfffe,
	0x1984,
	0x4620,
	0xbd70,
};
static const struct site thumb_sites[] = {
	{ 0xa, RULE_SP, 8, -4, 0, 0 },      { 0x20, RULE_SP, 32, -20, 0, 0 },
	{ 0x28, RULE_SP, 32, -20, 0, 0 },   { 0x48, RULE_SP, 32, -20, 0, 0 },
	{ 0x4e, RULE_SP, 32, -20, 0, 0 },   { 0x60, RULE_SP, 70008, -4, 0, 0 },
	{ 0x68, RULE_SP, 70008, -4, 0, 0 }, { 0x8c, RULE_FP2, 16, -4, 0, -8 },
	{ 0x94, RULE_FP2, 16, -4, 0, -8 },  { 0xb4, RULE_SP, 8, -4, 0, 0 },
	{ 0xc2, RULE_SP, 8, -4, 0, 0 },     { 0xce, RULE_SP, 8, -4, 0, 0 },
	{ 0xda, RULE_SP, 8, -4, 0, 0 },     { 0xe6, RULE_SP, 8, -4, 0, 0 },
	{ 0xf6, RULE_SP, 8, -4, 0, 0 },     { 0x100, RULE_SP, 8, -4, 0, 0 },
	{ 0x110, RULE_SP, 8, -4, 0, 0 },    { 0x12e, RULE_SP, 32, -4, 0, 0 },
	{ 0x13c, RULE_SP, 32, -4, 0, 0 },   { 0x15e, RULE_SP, 8, -4, 0, 0 },
	{ 0x16a, RULE_SP, 8, -4, 0, 0 },    { 0x17c, RULE_SP, 16, -4, 0, 0 },
	{ 0x186, RULE_SP, 16, -4, 0, 0 },   { 0x18e, RULE_SP, 16, -4, 0, 0 },
};

// Scans for the return address `pc`, in memory of exactly the code's size. Code is little-endian whatever
// data are.
static struct unwind_rule scan(const struct scan_isa *isa, const void *code, size_t n, uint32_t pc,
			       bool is_big_endian)
{
	static struct scan_work work;
	struct unwind_rule rule;
	uint8_t *bytes = malloc(n * isa->step);

	if (bytes == NULL)
		abort();
	for (size_t i = 0; i < n * isa->step; i++) {
		uint32_t unit = isa->step == 4 ? ((const uint32_t *)code)[i / 4]
					       : ((const uint16_t *)code)[i / 2];

		bytes[i] = (uint8_t)(unit >> 8 * (i % isa->step));
	}
	struct code_view view = {
		.bytes = bytes,
		.size = n * isa->step,
		.address = 0x10000,
		.is_big_endian = is_big_endian,
		.slot_size = 4,
		.isa = isa,
	};
	memset(&work, 0, sizeof(work));
	scan_rule(&view, view.address + pc, &work, &rule);
	free(bytes);
	return rule;
}

static struct unwind_rule rule_at(const struct site *site)
{
	return (struct unwind_rule){
		.kind = RULE_FRAME,
		.base = (uint8_t)(site->base & 15),
		.ra_place = RULE_AT_CFA,
		.fp_place = site->fp != 0 ? RULE_AT_CFA : RULE_IN_REGISTER,
		.fp2 = site->fp2,
		.cfa = site->cfa,
		.ra = site->ra,
		.fp = site->fp,
	};
}

static void check_site(const struct scan_isa *isa, const void *code, size_t n,
		       const struct site *site)
{
	struct unwind_rule expected = rule_at(site);

	for (int order = 0; order < 2; order++) {
		struct unwind_rule rule = scan(isa, code, n, site->pc, order != 0);
		char text[120];

		snprintf(text, sizeof(text), "%#x: kind %d base %d cfa %d ra %d fp %d fp2 %d",
			 (unsigned)site->pc, rule.kind, rule.base, (int)rule.cfa, (int)rule.ra,
			 (int)rule.fp, rule.fp2);
		check_count(rule_is_equal(&rule, &expected), __FILE__, __LINE__, text);
	}
}

static void every_call_of_arm_code_has_its_rule(void)
{
	for (size_t i = 0; i < LENGTH(arm_sites); i++)
		check_site(&scan_arm, arm_code, LENGTH(arm_code), &arm_sites[i]);
}

static void every_call_of_thumb_code_has_its_rule(void)
{
	for (size_t i = 0; i < LENGTH(thumb_sites); i++)
		check_site(&scan_thumb, thumb_code, LENGTH(thumb_code), &thumb_sites[i]);
}

// The constant behind a call that does not return looks like pop {r4-r6, pc}.
static void constants_are_no_code(void)
{
	static const uint16_t code[] = {
		0xb508,         // push {r3, lr}
		0x4801,         // ldr r0, [pc, #4]
		0xf7ff, 0xfffe, // bl
		0xbd70, 0xbd70,
	};
	static const struct site site = { 8, RULE_SP, 8, -4, 0, 0 };

	check_site(&scan_thumb, code, LENGTH(code), &site);
}

// Constants that are reached look like str r7, [sp, #64] and ldr r7, [sp, #64].
static void nothing_is_saved_outside_the_frame(void)
{
	static const uint16_t before[] = {
		0xb508,         // push {r3, lr}
		0x9710,         // str r7, [sp, #64]
		0xf7ff, 0xfffe, // bl, which does not return
	};
	static const uint16_t behind[] = {
		0xb508,         // push {r3, lr}
		0xf7ff, 0xfffe, // bl
		0x9f10,         // ldr r7, [sp, #64]
		0xbd08,         // pop {r3, pc}
	};
	static const struct site sites[] = {
		{ 8, RULE_SP, 8, -4, 0, 0 },
		{ 6, RULE_SP, 8, -4, 0, 0 },
	};

	check_site(&scan_thumb, before, LENGTH(before), &sites[0]);
	check_site(&scan_thumb, behind, LENGTH(behind), &sites[1]);
}

// A negative number of a jump table looks like ldc2l 15, cr15, [sp, #-1020]!
static void numbers_of_tables_move_nothing(void)
{
	static const uint16_t code[] = {
		0xb510,         // push {r4, lr}
		0xb082,         // sub sp, #8
		0xa202,         // add r2, pc, #8
		0xf852, 0x3023, // ldr.w r3, [r2, r3, lsl #2]
		0x441a,         // add r2, r3
		0x4710,         // bx r2
		0xfd7d, 0xffff, // -643
		0x0009, 0x0000, // 9
		0xf7ff, 0xfffe, // bl, which does not return
	};
	static const struct site site = { 26, RULE_SP, 16, -4, 0, 0 };

	check_site(&scan_thumb, code, LENGTH(code), &site);
}

static void conditional_returns_return(void)
{
	static const uint16_t thumb[] = {
		0xb5f8,         // push {r3-r7, lr}
		0xf7ff, 0xfffe, // bl
		0x2800,         // cmp r0, #0
		0xbf08,         // it eq
		0xbdf8,         // popeq {r3-r7, pc}
		0xf7ff, 0xfffe, // bl, which does not return
	};
	static const uint32_t arm[] = {
		0xe92d4010, // push {r4, lr}
		0xebfffffe, // bl
		0xe3500000, // cmp r0, #0
		0x08bd8010, // popeq {r4, pc}
		0xebfffffe, // bl, which does not return
	};
	static const struct site sites[] = {
		{ 6, RULE_SP, 24, -4, 0, -8 },
		{ 16, RULE_SP, 24, -4, 0, -8 },
		{ 8, RULE_SP, 8, -4, 0, 0 },
		{ 20, RULE_SP, 8, -4, 0, 0 },
	};

	check_site(&scan_thumb, thumb, LENGTH(thumb), &sites[0]);
	check_site(&scan_thumb, thumb, LENGTH(thumb), &sites[1]);
	check_site(&scan_arm, arm, LENGTH(arm), &sites[2]);
	check_site(&scan_arm, arm, LENGTH(arm), &sites[3]);
}

// A thread's first code does nothing but leave with the result of the thread's function.
static void threads_have_a_first_frame(void)
{
	static const uint16_t thumb[] = { 0x4790, 0x2701, 0xdf00 };
	static const uint32_t arm[] = { 0xe12fff32, 0xe3a07001, 0xef000000 };

	CHECK_EQ(scan(&scan_thumb, thumb, 3, 2, false).kind, RULE_OUTERMOST);
	CHECK_EQ(scan(&scan_arm, arm, 3, 4, false).kind, RULE_OUTERMOST);
}

static void nothing_is_said_of_what_is_no_function(void)
{
	static const uint16_t thumb[] = { 0x4790, 0x2701, 0x4770 };
	static const uint32_t arm[] = { 0xe12fff32, 0xe3a07001, 0xe12fff1e };

	CHECK_EQ(scan(&scan_thumb, thumb, 3, 2, false).kind, RULE_UNKNOWN);
	CHECK_EQ(scan(&scan_arm, arm, 3, 4, false).kind, RULE_UNKNOWN);
}

int main(void)
{
	every_call_of_arm_code_has_its_rule();
	every_call_of_thumb_code_has_its_rule();
	constants_are_no_code();
	numbers_of_tables_move_nothing();
	nothing_is_saved_outside_the_frame();
	conditional_returns_return();
	threads_have_a_first_frame();
	nothing_is_said_of_what_is_no_function();
	return check_result();
}
