// SPDX-License-Identifier: GPL-3.0-or-later
// The scanner's rules at every instruction, where a signal may interrupt: before the frame is made, within
// it, and when it is gone.
#include "unwind/scan.h"
#include "unwind/scan_aarch64.h"
#include "unwind/scan_arm.h"
#include "unwind/scan_mips.h"
#include "unwind/scan_x86.h"

#include "check.h"
#include "mips_words.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum {
	BASE = 0x10000,
	REG = 1, // in its register, as a place
	SKIP = INT32_MIN,
};

// What is expected at an instruction.
struct at {
	uint32_t offset;
	enum rule_base base;
	int32_t cfa, ra, fp; // REG, or offsets from the CFA; cfa SKIP: RULE_UNKNOWN
};

static struct unwind_rule rule_of(const struct at *at)
{
	struct unwind_rule rule = { .kind = RULE_FRAME, .base = (uint8_t)at->base, .cfa = at->cfa };

	if (at->cfa == SKIP)
		return rule_of_kind(RULE_UNKNOWN);
	if (at->ra != REG) {
		rule.ra_place = RULE_AT_CFA;
		rule.ra = at->ra;
	}
	if (at->fp != REG) {
		rule.fp_place = RULE_AT_CFA;
		rule.fp = at->fp;
	}
	return rule;
}

static void check_all(const struct scan_isa *isa, const void *bytes, size_t size, uint8_t slot_size,
		      const struct at *list, size_t n)
{
	static struct scan_work work;
	const struct code_view view = {
		.bytes = bytes, .size = size, .address = BASE, .slot_size = slot_size, .isa = isa
	};

	for (size_t i = 0; i < n; i++) {
		struct unwind_rule expected = rule_of(&list[i]), rule;

		memset(&work, 0, sizeof(work));
		scan_interrupted(&view, BASE + list[i].offset, &work, &rule);
		rule.fp2 = 0;
		if (!rule_is_equal(&rule, &expected))
			fprintf(stderr, "at %u: kind %d base %d cfa %d ra %d %d fp %d %d\n",
				(unsigned)list[i].offset, rule.kind, rule.base, (int)rule.cfa,
				rule.ra_place, (int)rule.ra, rule.fp_place, (int)rule.fp);
		CHECK(rule_is_equal(&rule, &expected));
	}
}

// Words as a little-endian target has them.
static void check_words(const struct scan_isa *isa, const uint32_t *words, size_t n_words,
			uint8_t slot_size, const struct at *list, size_t n)
{
	uint8_t bytes[4 * 64];

	for (size_t i = 0; i < 4 * n_words; i++)
		bytes[i] = (uint8_t)(words[i / 4] >> 8 * (i % 4));
	check_all(isa, bytes, 4 * n_words, slot_size, list, n);
}

#define CHECK_WORDS(isa, words, slot, list)                                                        \
	check_words(isa, words, LENGTH(words), slot, list, LENGTH(list))

static void mips_frames_come_and_go(void)
{
	static const uint32_t code[] = {
		ADDIU(SP, SP, -32),
		SW(S8, 24, SP),
		SW(RA, 28, SP),
		BNE(V0, V1, 6), // past the return
		NOP,
		LW(RA, 28, SP),
		LW(S8, 24, SP),
		JR(RA),
		ADDIU(SP, SP, 32),
		NOP,
		JALR(T9),
		NOP,
		BEQ(ZERO, ZERO, -8), // to the first load
		NOP,
	};
	static const struct at list[] = {
		{ 0, RULE_SP, 0, REG, REG },   { 4, RULE_SP, 32, REG, REG },
		{ 8, RULE_SP, 32, REG, -8 },   { 12, RULE_SP, 32, -4, -8 },
		{ 20, RULE_SP, 32, -4, -8 },   { 24, RULE_SP, 32, REG, -8 },
		{ 28, RULE_SP, 32, REG, REG }, { 40, RULE_SP, 32, -4, -8 },
		{ 48, RULE_SP, 32, -4, -8 },
	};

	CHECK_WORDS(&scan_mips, code, 4, list);
}

static void mips_leaves_need_no_frame(void)
{
	static const uint32_t code[] = {
		ADDIU(V0, A0, 1), BNE(V0, V1, -2), NOP, JR(RA), NOP,
	};
	static const struct at list[] = {
		{ 0, RULE_SP, 0, REG, REG },
		{ 4, RULE_SP, 0, REG, REG },
		{ 12, RULE_SP, 0, REG, REG },
	};

	CHECK_WORDS(&scan_mips, code, 4, list);
}

// What comes behind a call that does not return is another function; what the code has yet to store, it
// has not stored.
static void mips_functions_that_never_return_have_a_beginning(void)
{
	static const uint32_t code[] = {
		ADDIU(SP, SP, -64), // a function before, of another frame
		SW(RA, 60, SP),
		JALR(T9),
		NOP,
		LW(RA, 60, SP),
		JR(RA),
		ADDIU(SP, SP, 64),
		ADDIU(SP, SP, -24),
		SW(GP, 16, SP),
		SW(RA, 20, SP),
		JALR(T9),
		NOP,
		LUI(GP, 5), // the next one
		ADDIU(SP, SP, -40),
	};
	static const struct at list[] = {
		{ 28, RULE_SP, 0, REG, REG },
		{ 32, RULE_SP, 24, REG, REG },
		{ 36, RULE_SP, 24, REG, REG },
		{ 40, RULE_SP, 24, -4, REG },
	};

	CHECK_WORDS(&scan_mips, code, 4, list);
}

// A tail call, through t9: the caller's frame is the one of who called.
static void mips_tail_calls_leave(void)
{
	static const uint32_t code[] = {
		LW(T9, 64, GP), JR(T9), NOP, ADDIU(SP, SP, -32), // a table's jump is none
		LW(V0, 64, GP), JR(V0), NOP,
	};
	static const struct at list[] = {
		{ 0, RULE_SP, 0, REG, REG },
		{ 4, RULE_SP, 0, REG, REG },
		{ 16, RULE_SP, SKIP, 0, 0 },
		{ 20, RULE_SP, SKIP, 0, 0 },
	};

	CHECK_WORDS(&scan_mips, code, 4, list);
}

static void aarch64_frames_come_and_go(void)
{
	static const uint32_t code[] = {
		0xa9be7bfd, // stp x29, x30, [sp, #-32]!
		0x910003fd, // mov x29, sp
		0xf9000bf3, // str x19, [sp, #16]
		0x94000400, // bl far away
		0xf9400bf3, // ldr x19, [sp, #16]
		0xa8c27bfd, // ldp x29, x30, [sp], #32
		0xd65f03c0, // ret
		0x91000400, // add x0, x0, #1: a leaf
		0xd65f03c0, // ret
	};
	static const struct at list[] = {
		{ 0, RULE_SP, 0, REG, REG },   { 4, RULE_SP, 32, -24, -32 },
		{ 12, RULE_SP, 32, -24, -32 }, { 16, RULE_SP, 32, -24, -32 },
		{ 20, RULE_SP, 32, -24, -32 }, { 24, RULE_SP, 0, REG, REG },
		{ 28, RULE_SP, 0, REG, REG },
	};

	CHECK_WORDS(&scan_aarch64, code, 8, list);
}

static void arm_frames_come_and_go(void)
{
	static const uint32_t code[] = {
		0xe92d4800, // push {fp, lr}
		0xe28db004, // add fp, sp, #4
		0xe24dd008, // sub sp, sp, #8
		0xeb000400, // bl far away
		0xe24bd004, // sub sp, fp, #4
		0xe8bd8800, // pop {fp, pc}
		0xe2800001, // add r0, r0, #1: a leaf
		0xe12fff1e, // bx lr
	};
	static const struct at list[] = {
		{ 0, RULE_SP, 0, REG, REG },  { 12, RULE_FP, 4, -4, -8 },
		{ 16, RULE_FP, 4, -4, -8 },   { 20, RULE_SP, 8, -4, -8 },
		{ 24, RULE_SP, 0, REG, REG }, { 28, RULE_SP, 0, REG, REG },
	};

	CHECK_WORDS(&scan_arm, code, 4, list);
}

static void x86_frames_come_and_go(void)
{
	static const uint8_t code[] = {
		0x55,                   // 0 push %rbp
		0x48, 0x89, 0xe5,       // 1 mov %rsp,%rbp
		0x48, 0x83, 0xec, 0x10, // 4 sub $16,%rsp
		0x31, 0xc0,             // 8 xor %eax,%eax
		0xc9,                   // 10 leave
		0xc3,                   // 11 ret
	};
	static const struct at list[] = {
		{ 0, RULE_SP, 8, -8, REG },  { 1, RULE_SP, 16, -8, -16 },
		{ 4, RULE_FP, 16, -8, -16 }, { 8, RULE_FP, 16, -8, -16 },
		{ 11, RULE_SP, 8, -8, REG },
	};

	check_all(&scan_x86_64, code, sizeof(code), 8, list, LENGTH(list));
}

static bool is_uncalled(const struct scan_isa *isa, const void *bytes, size_t size, uint32_t offset)
{
	const struct code_view view = { .bytes = bytes,
					.size = size,
					.address = BASE,
					.slot_size = 4,
					.isa = isa,
					.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ };

	return scan_is_uncalled(&view, BASE + offset);
}

enum { M16_NOP = 0x6500 };

// Where makecontext's functions return to, padding comes before; a call's delay slot is none.
static void code_behind_padding_is_not_called(void)
{
	static const uint32_t mips_code[] = { JALR(T9), NOP, NOP, JR(RA), NOP, NOP, MOVE(GP, S0) };
	static const uint8_t x86_code[] = {
		0xe8, 0,    1,    0, 0,          // 0 call
		0x48, 0x89, 0xdc,                // 5 mov %rbx,%rsp
		0x0f, 0x1f, 0x80, 0, 0,    0, 0, // 8 nopl 0(%rax)
		0x48, 0x89, 0xdc,                // 15
		0xc3,                            // 18 ret
		0x48, 0x89, 0xdc,                // 19
		0xe8, 0,    0,    0, 0xc3,       // 22 call
		0x48, 0x89, 0xdc,                // 27
	};
	static const uint16_t mips16_code[] = {
		0x1800,  0x0040, M16_NOP, // 0 jal, in its slot a nop
		M16_NOP,                  // 6
		M16_NOP,                  // 8
	};
	static const uint32_t arm64_code[] = { 0x94000010 /* bl */, 0xd503201f /* nop */,
					       0xaa1303e0 };

	CHECK(!is_uncalled(&scan_mips, mips_code, sizeof(mips_code), 8));
	CHECK(is_uncalled(&scan_mips, mips_code, sizeof(mips_code), 12));
	CHECK(is_uncalled(&scan_mips, mips_code, sizeof(mips_code), 24));
	CHECK(!is_uncalled(&scan_mips, mips_code, sizeof(mips_code), 0));
	CHECK(!is_uncalled(&scan_x86_64, x86_code, sizeof(x86_code), 5));
	CHECK(!is_uncalled(&scan_x86_64, x86_code, sizeof(x86_code), 8));
	CHECK(is_uncalled(&scan_x86_64, x86_code, sizeof(x86_code), 15));
	CHECK(is_uncalled(&scan_x86_64, x86_code, sizeof(x86_code), 19));
	CHECK(!is_uncalled(&scan_x86_64, x86_code, sizeof(x86_code), 27));
	CHECK(!is_uncalled(&scan_mips16, mips16_code, sizeof(mips16_code), 6));
	CHECK(is_uncalled(&scan_mips16, mips16_code, sizeof(mips16_code), 8));
	CHECK(!is_uncalled(&scan_aarch64, arm64_code, sizeof(arm64_code), 4));
	CHECK(is_uncalled(&scan_aarch64, arm64_code, sizeof(arm64_code), 8));
}

int main(void)
{
	mips_frames_come_and_go();
	mips_leaves_need_no_frame();
	mips_functions_that_never_return_have_a_beginning();
	mips_tail_calls_leave();
	aarch64_frames_come_and_go();
	arm_frames_come_and_go();
	x86_frames_come_and_go();
	code_behind_padding_is_not_called();
	return check_result();
}
