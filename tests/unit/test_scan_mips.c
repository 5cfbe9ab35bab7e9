// SPDX-License-Identifier: GPL-3.0-or-later
// The scanner finds a call's rule in every shape of function that compilers make, or says it cannot.
#include "check.h"
#include "mips_words.h"
#include "unwind/scan.h"
#include "unwind/scan_mips.h"

#include <stdlib.h>

enum { ADDRESS = 0x400000 };

static const struct scan_isa *isa = &scan_mips;
static unsigned slot_size = 4;
static const uint32_t *entries;
static size_t n_entries;
static struct scan_work work;

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static void write_words(uint8_t *bytes, const uint32_t *words, size_t n, bool is_big_endian)
{
	for (size_t i = 0; i < n; i++) {
		for (unsigned k = 0; k < 4; k++) {
			unsigned shift = 8 * (is_big_endian ? 3 - k : k);
			bytes[4 * i + k] = (uint8_t)(words[i] >> shift);
		}
	}
}

// Scans for the return address of instruction `at`, in memory of exactly the code's size.
static struct unwind_rule scan_as(const uint32_t *words, size_t n, size_t at, bool is_big_endian)
{
	struct unwind_rule rule;
	uint8_t *bytes = malloc(4 * n);
	if (bytes == NULL) {
		abort();
	}
	write_words(bytes, words, n, is_big_endian);
	struct code_view view = {
		.bytes = bytes,
		.size = 4 * n,
		.address = ADDRESS,
		.is_big_endian = is_big_endian,
		.slot_size = (uint8_t)slot_size,
		.isa = isa,
		.entries = entries,
		.n_entries = n_entries,
	};
	scan_rule(&view, ADDRESS + 4 * at, &work, &rule);
	free(bytes);
	return rule;
}

static struct unwind_rule scan(const uint32_t *words, size_t n, size_t at)
{
	memset(&work, 0, sizeof(work));
	struct unwind_rule little = scan_as(words, n, at, false);
	memset(&work, 0, sizeof(work));
	struct unwind_rule big = scan_as(words, n, at, true);
	CHECK(rule_is_equal(&little, &big));
	return little;
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

static void check_rule(const char *file, int line, struct unwind_rule is,
		       struct unwind_rule expected)
{
	char text[200];
	snprintf(text, sizeof(text), "kind %d base %d cfa %d ra %d fp %d (place %d)", is.kind,
		 is.base, (int)is.cfa, (int)is.ra, (int)is.fp, is.fp_place);
	check_count(rule_is_equal(&is, &expected), file, line, text);
}

#define CHECK_FRAME(words, at, base, cfa, ra, fp)                                                  \
	check_rule(__FILE__, __LINE__, scan(words, LENGTH(words), at), frame(base, cfa, ra, fp))
#define CHECK_KIND(words, at, kind)                                                                \
	check_rule(__FILE__, __LINE__, scan(words, LENGTH(words), at), rule_of_kind(kind))

static void epilogue_behind_the_call_is_found(void)
{
	static const uint32_t code[] = {
		ADDIU(SP, SP, -32), SW(RA, 28, SP), SW(S8, 24, SP), JALR(T9),          NOP,
		LW(RA, 28, SP),     LW(S8, 24, SP), JR(RA),         ADDIU(SP, SP, 32),
	};
	CHECK_FRAME(code, 5, RULE_SP, 32, -4, -8);
}

static void code_behind_a_return_belongs_to_the_function(void)
{
	static const uint32_t code[] = {
		ADDIU(SP, SP, -32),
		SW(RA, 28, SP),
		BNE(V0, V1, 3),
		LW(RA, 28, SP),
		JR(RA),
		ADDIU(SP, SP, 32),
		JALR(T9),
		NOP,
		JALR(T9),
		NOP,
		B(-9),
		NOP,
	};
	CHECK_FRAME(code, 8, RULE_SP, 32, -4, 0);
	CHECK_FRAME(code, 10, RULE_SP, 32, -4, 0);
}

static void call_that_never_returns_is_not_followed_into_the_next_function(void)
{
	static const uint32_t loads_gp[] = {
		ADDIU(SP, SP, -48), SW(RA, 44, SP),
		JALR(T9),           NOP,
		LUI(GP, 5),         BEQ(A0, V0, 3),
		LW(RA, 60, SP),     JR(RA),
		ADDIU(SP, SP, 64),  NOP,
	};
	CHECK_FRAME(loads_gp, 4, RULE_SP, 48, -4, 0);
	static const uint32_t saves_ra[] = {
		ADDIU(SP, SP, -48), SW(RA, 44, SP),    JALR(T9), NOP,
		ADDIU(SP, SP, -64), SW(RA, 60, SP),    JALR(T9), NOP,
		LW(RA, 60, SP),     ADDIU(SP, SP, 64), JR(RA),   NOP,
	};
	CHECK_FRAME(saves_ra, 4, RULE_SP, 48, -4, 0);
	CHECK_FRAME(saves_ra, 8, RULE_SP, 64, -4, 0);
	static const uint32_t leaf[] = {
		ADDIU(SP, SP, -48), SW(RA, 44, SP), JALR(T9), NOP, JR(RA), ADDIU(SP, SP, 16),
	};
	CHECK_FRAME(leaf, 4, RULE_SP, 48, -4, 0);
	static const uint32_t saves_in_callers_frame[] = {
		ADDIU(SP, SP, -48), SW(RA, 44, SP), JALR(T9), NOP,
		SW(RA, 4, SP),      LW(RA, 4, SP),  JR(RA),   ADDIU(SP, SP, 8),
	};
	CHECK_FRAME(saves_in_callers_frame, 4, RULE_SP, 48, -4, 0);
	static const uint32_t last[] = { ADDIU(SP, SP, -48), SW(RA, 44, SP), JALR(T9), NOP };
	CHECK_FRAME(last, 4, RULE_SP, 48, -4, 0);
}

static void frame_of_an_earlier_function_is_not_taken(void)
{
	// The second function, which begins with its load of gp, makes its frame behind the call.
	static const uint32_t code[] = {
		ADDIU(SP, SP, -40),
		SW(RA, 36, SP),
		JALR(T9),
		NOP,
		LW(RA, 36, SP),
		JR(RA),
		ADDIU(SP, SP, 40),
		LUI(GP, 5),
		B(3),
		NOP,
		JALR(T9),
		NOP,
		LUI(GP, 6),
		NOP,
	};
	CHECK_KIND(code, 12, RULE_UNKNOWN);
}

static void body_behind_a_jump_keeps_the_frame(void)
{
	// ra is saved in the delay slot of the branch over the loop's body, which never returns.
	static const uint32_t code[] = {
		ADDIU(SP, SP, -48), B(3), SW(RA, 44, SP), JALR(T9), NOP, JR(V0), NOP,
	};
	CHECK_FRAME(code, 5, RULE_SP, 48, -4, 0);
	static const uint32_t landing[] = {
		ADDIU(SP, SP, -48), SW(RA, 44, SP), NOP, LW(RA, 44, SP), JR(RA),
		ADDIU(SP, SP, 48),  JALR(T9),       NOP,
	};
	CHECK_FRAME(landing, 8, RULE_SP, 48, -4, 0);
}

static void frame_made_late_is_found(void)
{
	static const uint32_t code[] = {
		BNE(A0, ZERO, 3),
		NOP,
		JR(RA),
		NOP,
		LW(V0, 0, A0),
		LW(V1, 4, A0),
		ADDIU(SP, SP, -32),
		SW(RA, 28, SP),
		JALR(T9),
		NOP,
		JR(V0),
		NOP,
	};
	CHECK_FRAME(code, 10, RULE_SP, 32, -4, 0);
}

static void large_frame_is_made_in_two_steps(void)
{
	static const uint32_t returns[] = {
		ADDIU(SP, SP, -32752),
		SW(RA, 32748, SP),
		LUI(T0, 1),
		ORI(T0, T0, 0x1220),
		SUBU(SP, SP, T0),
		JALR(T9),
		NOP,
		LUI(T0, 1),
		ORI(T0, T0, 0x1220),
		ADDU(SP, SP, T0),
		LW(RA, 32748, SP),
		JR(RA),
		ADDIU(SP, SP, 32752),
	};
	CHECK_FRAME(returns, 7, RULE_SP, 0x11220 + 32752, -4, 0);
	static const uint32_t never[] = {
		ADDIU(SP, SP, -32752), SW(RA, 32748, SP), LUI(T0, 1), ORI(T0, T0, 0x1220),
		SUBU(SP, SP, T0),      JALR(T9),          NOP,
	};
	CHECK_FRAME(never, 7, RULE_SP, 0x11220 + 32752, -4, 0);
	static const uint32_t nearest[] = {
		ADDIU(SP, SP, -32752), SW(RA, 32748, SP), ADDIU(SP, SP, -4640), JALR(T9), NOP,
	};
	CHECK_FRAME(nearest, 5, RULE_SP, 32752 + 4640, -4, 0);
	static const uint32_t size_first[] = {
		// and a constant of the function before
		MOVE(S8, ZERO),
		JR(RA),
		NOP,
		LUI(V1, 2),
		ORI(V1, V1, 0x100),
		ADDIU(SP, SP, -2040),
		SW(RA, 2036, SP),
		SW(S8, 2032, SP),
		SUBU(SP, SP, V1),
		JALR(T9),
		NOP,
	};
	CHECK_FRAME(size_first, 11, RULE_SP, 0x20100 + 2040, -4, -8);
	static const uint32_t size_unknown[] = {
		ADDIU(SP, SP, -2040),
		SW(RA, 2036, SP),
		SUBU(SP, SP, V1),
		JALR(T9),
		NOP,
		JR(V0),
		NOP,
		JALR(T9),
		NOP,
	};
	CHECK_KIND(size_unknown, 5, RULE_UNKNOWN);
	CHECK_KIND(size_unknown, 9, RULE_UNKNOWN);
	static const uint32_t at_once[] = {
		// as clang does
		LUI(T0, 0xfffe),  ORI(T0, T0, 0x8000), ADDU(SP, SP, T0), LUI(T0, 1),
		ADDU(T0, SP, T0), SW(RA, 0x7ffc, T0),  JALR(T9),         NOP,
	};
	CHECK_FRAME(at_once, 8, RULE_SP, 0x18000, -4, 0);
}

static void frame_of_unknown_size_is_counted_from_fp(void)
{
	static const uint32_t above_sp[] = {
		ADDIU(SP, SP, -40),
		SW(RA, 36, SP),
		SW(S8, 32, SP),
		ADDIU(S8, SP, 16),
		SUBU(SP, SP, V1),
		JALR(T9),
		NOP,
	};
	CHECK_FRAME(above_sp, 7, RULE_FP, 24, -4, -8);
	static const uint32_t returns[] = {
		ADDIU(SP, SP, -40),
		SW(RA, 36, SP),
		SW(S8, 32, SP),
		MOVE(S8, SP),
		SUBU(SP, SP, V1),
		JALR(T9),
		NOP,
		MOVE(SP, S8),
		LW(RA, 36, SP),
		LW(S8, 32, SP),
		JR(RA),
		ADDIU(SP, SP, 40),
	};
	CHECK_FRAME(returns, 7, RULE_FP, 40, -4, -8);
	static const uint32_t never[] = {
		ADDIU(SP, SP, -40),
		SW(RA, 36, SP),
		SW(S8, 32, SP),
		MOVE(S8, SP),
		BNE(A0, ZERO, 5),
		NOP,
		MOVE(SP, S8),
		LW(RA, 36, SP),
		JR(RA),
		LW(S8, 32, SP),
		SUBU(SP, SP, V1),
		JALR(T9),
		NOP,
	};
	CHECK_FRAME(never, 13, RULE_FP, 40, -4, -8);
}

// fp may hold anything in a function that has no use for a frame pointer.
static void fp_in_other_use_is_no_frame_pointer(void)
{
	static const uint32_t code[] = {
		ADDIU(SP, SP, -40),
		SW(RA, 36, SP),
		SW(S8, 32, SP),
		MOVE(S8, SP),
		MOVE(S8, A0),
		JALR(T9),
		NOP,
	};
	CHECK_FRAME(code, 7, RULE_SP, 40, -4, -8);
	// A mere copy of sp: the frame is still read by sp.
	static const uint32_t copy[] = {
		ADDIU(SP, SP, -40),
		SW(RA, 36, SP),
		SW(S8, 32, SP),
		MOVE(S8, SP),
		LW(V0, 20, SP),
		JALR(T9),
		NOP,
	};
	CHECK_FRAME(copy, 7, RULE_SP, 40, -4, -8);
	static const uint32_t pointer[] = {
		// sp may still change, behind
		ADDIU(SP, SP, -40),
		SW(RA, 36, SP),
		SW(S8, 32, SP),
		MOVE(S8, SP),
		LW(V0, 20, S8),
		JALR(T9),
		NOP,
	};
	CHECK_FRAME(pointer, 7, RULE_FP, 40, -4, -8);
	// longjmp loads the fp of another frame and is gone; its own calls come behind.
	static const uint32_t leaves[] = {
		ADDIU(SP, SP, -56),
		SW(RA, 52, SP),
		LW(SP, 4, V0),
		LW(S8, 40, V0),
		JR(T9),
		NOP,
		JALR(T9),
		NOP,
	};
	CHECK_FRAME(leaves, 8, RULE_SP, 56, -4, 0);
}

static void giant_function_is_answered_from_its_beginning(void)
{
	enum { SIZE = 40000 };
	static uint32_t code[SIZE];
	code[0] = ADDIU(SP, SP, -184);
	code[1] = SW(RA, 180, SP);
	for (size_t i = 100; i + 100 < SIZE; i += 100) {
		code[i] = JALR(T9);
		code[i + 20] = JR(V0); // by a table
	}
	CHECK_FRAME(code, 102, RULE_SP, 184, -4, 0);
	CHECK_FRAME(code, 39002, RULE_SP, 184, -4, 0);
	struct unwind_rule expected = frame(RULE_SP, 184, -4, 0);
	check_rule(__FILE__, __LINE__, scan_as(code, SIZE, 20002, true), expected);
	CHECK(work.n_visited < 10); // known from the scan before
	check_rule(__FILE__, __LINE__, scan_as(code, SIZE, 39102, true), expected);
	CHECK(work.n_visited < 1000); // only what lies behind
}

// Remembering one function says nothing of the next.
static void function_behind_a_remembered_one_has_its_own_rule(void)
{
	enum { SIZE = 2000 };
	static uint32_t code[SIZE];
	code[0] = ADDIU(SP, SP, -184);
	code[1] = SW(RA, 180, SP);
	code[998] = JALR(T9); // never returns
	code[1000] = ADDIU(SP, SP, -64);
	code[1001] = SW(RA, 60, SP);
	code[1002] = JALR(T9);
	code[1004] = JR(V0);
	memset(&work, 0, sizeof(work));
	check_rule(__FILE__, __LINE__, scan_as(code, SIZE, 1000, false),
		   frame(RULE_SP, 184, -4, 0));
	check_rule(__FILE__, __LINE__, scan_as(code, SIZE, 1004, false), frame(RULE_SP, 64, -4, 0));
}

// What the function itself keeps in fp, and stores, is not the caller's.
static void remembered_function_stores_its_own_fp(void)
{
	enum { SIZE = 2000 };
	static uint32_t code[SIZE];
	code[0] = ADDIU(SP, SP, -184);
	code[1] = SW(RA, 180, SP);
	code[2] = SW(S8, 176, SP);
	code[3] = MOVE(S8, V0);
	code[998] = JALR(T9);
	code[1000] = SW(S8, 16, SP);
	code[1001] = SW(S8, -8, S8);
	code[1002] = JR(V0);
	code[1100] = JALR(T9);
	code[1102] = JR(V0);
	memset(&work, 0, sizeof(work));
	check_rule(__FILE__, __LINE__, scan_as(code, SIZE, 1000, false),
		   frame(RULE_SP, 184, -4, -8));
	check_rule(__FILE__, __LINE__, scan_as(code, SIZE, 1102, false),
		   frame(RULE_SP, 184, -4, -8));
}

static void delay_slots_are_executed(void)
{
	static const uint32_t code[] = {
		JALR(T9), NOP, BEQ(A0, ZERO, 2), LW(RA, 28, SP),
		JR(V0),   NOP, JR(RA),           ADDIU(SP, SP, 32),
	};
	CHECK_FRAME(code, 2, RULE_SP, 32, -4, 0);
	// Of a branch-likely only when it is taken: going on, ra is not reloaded.
	static const uint32_t likely[] = {
		JALR(T9),          NOP,    BEQL(A0, ZERO, 3),
		LW(RA, 28, SP),    JR(RA), ADDIU(SP, SP, 48),
		ADDIU(SP, SP, 32), JR(RA), NOP,
	};
	CHECK_FRAME(likely, 2, RULE_SP, 32, -4, 0);
}

static void tail_call_ends_the_function(void)
{
	static const uint32_t by_register[] = {
		JALR(T9), NOP, MOVE(T9, S0), LW(RA, 36, SP), JR(T9), ADDIU(SP, SP, 40),
	};
	CHECK_FRAME(by_register, 2, RULE_SP, 40, -4, 0);
	static const uint32_t by_branch[] = {
		JALR(T9),
		NOP,
		LW(RA, 36, SP),
		B(2),
		ADDIU(SP, SP, 40),
		NOP,
		ADDIU(SP, SP, -64),
		SW(RA, 60, SP),
		JR(V0),
		NOP,
	};
	CHECK_FRAME(by_branch, 2, RULE_SP, 40, -4, 0);
	static const uint32_t out_of_view[] = {
		JALR(T9), NOP, LW(RA, 36, SP), B(2000), ADDIU(SP, SP, 40),
	};
	CHECK_FRAME(out_of_view, 2, RULE_SP, 40, -4, 0);
}

static void known_entries_bound_the_function(void)
{
	// Nothing in the code itself tells that the second function is one.
	static const uint32_t code[] = {
		ADDIU(SP, SP, -48), SW(RA, 44, SP),    JALR(T9), NOP,
		LW(RA, 60, SP),     ADDIU(SP, SP, 64), JR(RA),   NOP,
	};
	static const uint32_t known[] = { 0, 16 };
	entries = known;
	n_entries = LENGTH(known);
	CHECK_FRAME(code, 4, RULE_SP, 48, -4, 0);
	static const uint32_t later[] = {
		ADDIU(SP, SP, -48), SW(RA, 44, SP), JALR(T9), NOP, JALR(T9), NOP, JR(V0), NOP,
	};
	CHECK_KIND(later, 6, RULE_UNKNOWN);
	entries = NULL;
	n_entries = 0;
}

static void first_code_of_programs_and_threads_is_outermost(void)
{
	static const uint32_t start[] = {
		MOVE(RA, ZERO), LW(A0, 0, SP), ADDIU(SP, SP, -32), JALR(T9), NOP, B(-1), NOP,
	};
	CHECK_KIND(start, 5, RULE_OUTERMOST);
	static const uint32_t thread[] = {
		LW(T9, 0, SP),         JALR(T9), LW(A0, 4, SP), LW(GP, 28, SP), MOVE(A0, V0),
		ADDIU(V0, ZERO, 4001), SYSCALL,  LUI(GP, 5),
	};
	CHECK_KIND(thread, 3, RULE_OUTERMOST);
	// The function that ends a thread itself was called, and passes no result on.
	static const uint32_t leaves[] = {
		ADDIU(SP, SP, -32),    SW(RA, 28, SP), JALR(T9), NOP, MOVE(A0, ZERO),
		ADDIU(V0, ZERO, 4001), SYSCALL,        B(-3),    NOP,
	};
	CHECK_FRAME(leaves, 4, RULE_SP, 32, -4, 0);
}

// Lazy binding: the stub's call leaves the real return address in t7, which the resolver saves.
static void resolver_returns_to_the_stubs_caller(void)
{
	enum { T7 = 15 };
	static const uint32_t code[] = {
		ADDIU(SP, SP, -40), SW(T7, 36, SP), SW(A0, 16, SP), JALR(T9), NOP,
		LW(RA, 36, SP),     LW(A0, 16, SP), MOVE(T9, V0),   JR(T9),   ADDIU(SP, SP, 40),
	};
	CHECK_FRAME(code, 5, RULE_SP, 40, -4, 0);
}

static void nonsense_is_unknown(void)
{
	// ra as a scratch register: its slot is not where return addresses are.
	static const uint32_t scratch[] = {
		JALR(T9), NOP, LW(RA, 8, SP), JR(RA), ADDIU(SP, SP, 400),
	};
	CHECK_KIND(scratch, 2, RULE_UNKNOWN);
	static const uint32_t above[] = {
		JALR(T9), NOP, LW(RA, 40, SP), JR(RA), ADDIU(SP, SP, 32),
	};
	CHECK_KIND(above, 2, RULE_UNKNOWN);
	static const uint32_t below[] = {
		JALR(T9), NOP, ADDIU(SP, SP, -64), LW(RA, 60, SP), JR(RA), ADDIU(SP, SP, 64),
	};
	CHECK_KIND(below, 2, RULE_UNKNOWN);
	static const uint32_t fp_lost[] = {
		JALR(T9), NOP, LW(RA, 28, SP), MOVE(S8, V0), JR(RA), ADDIU(SP, SP, 32),
	};
	CHECK_KIND(fp_lost, 2, RULE_UNKNOWN);
	static const uint32_t forever[] = { JALR(T9), NOP, B(-1), NOP };
	CHECK_KIND(forever, 2, RULE_UNKNOWN);
	CHECK_KIND(forever, 1000, RULE_UNKNOWN);
}

static void wide_registers_have_wide_slots(void)
{
	slot_size = 8;
	static const uint32_t code[] = {
		DADDIU(SP, SP, -48),
		SD(RA, 40, SP),
		SD(S8, 32, SP),
		SD(GP, 24, SP),
		LUI(GP, 5),
		JALR(T9),
		NOP,
		LD(RA, 40, SP),
		LD(S8, 32, SP),
		JR(RA),
		DADDIU(SP, SP, 48),
	};
	CHECK_FRAME(code, 7, RULE_SP, 48, -8, -16);
	// A 32-bit load of ra is no return address there, but a scratch register's value.
	static const uint32_t narrow[] = {
		JALR(T9), NOP, LW(RA, 40, SP), JR(RA), DADDIU(SP, SP, 48),
	};
	CHECK_KIND(narrow, 2, RULE_UNKNOWN);
	slot_size = 4;
}

static void compact_branches_have_no_delay_slot(void)
{
	isa = &scan_mips_r6;
	static const uint32_t code[] = {
		ADDIU(SP, SP, -32), SW(RA, 28, SP), JIALC(T9), BEQZC(V0, 3),
		LW(RA, 20, SP),     BC(5),          NOP,       LW(RA, 28, SP),
		ADDIU(SP, SP, 32),  JIC(RA),        NOP,       NOP,
	};
	CHECK_FRAME(code, 3, RULE_SP, 32, -4, 0);
	static const uint32_t never[] = {
		ADDIU(SP, SP, -32), SW(RA, 28, SP),     BC(3),
		LW(RA, 28, SP),     ADDIU(SP, SP, 32),  JIC(RA),
		JIALC(T9),          ADDIU(SP, SP, -64), SW(RA, 60, SP),
	};
	CHECK_FRAME(never, 7, RULE_SP, 32, -4, 0);
	isa = &scan_mips;
}

// Any end and any place: the sanitizer sees a read outside.
static void nothing_outside_the_view_is_read(void)
{
	static const uint32_t code[] = {
		ADDIU(SP, SP, -40),
		SW(RA, 36, SP),
		SW(S8, 32, SP),
		MOVE(S8, SP),
		BEQ(A0, V0, 6),
		SUBU(SP, SP, V1),
		JALR(T9),
		NOP,
		BNE(V0, ZERO, 2),
		NOP,
		B(-8),
		NOP,
		MOVE(SP, S8),
		LW(RA, 36, SP),
		LW(S8, 32, SP),
		JR(RA),
		ADDIU(SP, SP, 40),
	};
	uint8_t whole[sizeof(code)];
	unsigned n_found = 0;
	write_words(whole, code, LENGTH(code), false);
	for (size_t from = 0; from < sizeof(code); from++) {
		for (size_t to = from; to <= sizeof(code); to++) {
			uint8_t *bytes = malloc(to - from == 0 ? 1 : to - from);
			if (bytes == NULL) {
				abort();
			}
			memcpy(bytes, whole + from, to - from);
			struct code_view view = { bytes, to - from,  ADDRESS + from, false,
						  4,     &scan_mips, NULL,           0 };
			for (size_t pc = 0; pc <= sizeof(code) + 4; pc += 4) {
				struct unwind_rule rule;
				scan_rule(&view, ADDRESS + pc, &work, &rule);
				n_found += rule.kind == RULE_FRAME;
			}
			free(bytes);
		}
	}
	CHECK(n_found > 0);
}

static void work_is_bounded(void)
{
	enum { SIZE = 300000 };
	static uint32_t code[SIZE];
	for (size_t i = 0; i < SIZE; i++) {
		code[i] = i % 7 == 0 ? BNE(V0, V1, (i * 2654435761u) >> 20) : ADDIU(SP, SP, -8);
	}
	CHECK_KIND(code, SIZE / 2, RULE_UNKNOWN);
	CHECK(work.n_visited <= 140000);
}

int main(void)
{
	epilogue_behind_the_call_is_found();
	code_behind_a_return_belongs_to_the_function();
	call_that_never_returns_is_not_followed_into_the_next_function();
	frame_of_an_earlier_function_is_not_taken();
	body_behind_a_jump_keeps_the_frame();
	frame_made_late_is_found();
	large_frame_is_made_in_two_steps();
	frame_of_unknown_size_is_counted_from_fp();
	fp_in_other_use_is_no_frame_pointer();
	giant_function_is_answered_from_its_beginning();
	function_behind_a_remembered_one_has_its_own_rule();
	remembered_function_stores_its_own_fp();
	delay_slots_are_executed();
	tail_call_ends_the_function();
	known_entries_bound_the_function();
	first_code_of_programs_and_threads_is_outermost();
	resolver_returns_to_the_stubs_caller();
	nonsense_is_unknown();
	wide_registers_have_wide_slots();
	compact_branches_have_no_delay_slot();
	nothing_outside_the_view_is_read();
	work_is_bounded();
	return check_result();
}
