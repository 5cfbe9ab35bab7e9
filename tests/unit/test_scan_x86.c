// SPDX-License-Identifier: GPL-3.0-or-later
// The x86 scanner finds a call's rule in code as compilers make it, or says it cannot; and measures
// instructions as objdump does.
#include "check.h"
#include "unwind/scan.h"
#include "unwind/scan_callee.h"
#include "unwind/scan_x86.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESS = 0x400000 };

static const struct scan_isa *isa = &scan_x86_64;
static struct scan_work work;
// Of the last code scanned: what begins it, as a function, and the instruction at the return address.
static struct scan_callee callee;
static struct scan_insn behind;

// Code as a string: two digits a byte; `|` marks the return address, blanks are for the reader.
static struct unwind_rule scan(const char *text)
{
	struct unwind_rule rule;
	uint8_t *bytes = malloc(strlen(text));
	size_t n = 0, at = 0;
	unsigned byte;
	if (bytes == NULL) {
		abort();
	}
	for (; *text != '\0'; text++) {
		if (*text == '|') {
			at = n;
		} else if (*text != ' ' && sscanf(text, "%2x", &byte) == 1) {
			bytes[n++] = (uint8_t)byte;
			text++;
		}
	}
	uint8_t *exact = realloc(bytes, n); // so that a read behind the code is seen
	struct code_view view = {
		.bytes = exact,
		.size = n,
		.address = ADDRESS,
		.slot_size = isa == &scan_x86_64 ? 8 : 4,
		.isa = isa,
	};
	memset(&work, 0, sizeof(work));
	scan_rule(&view, ADDRESS + at, &work, &rule);
	callee = *scan_callee_at(&view, ADDRESS + at, ADDRESS, &work.callees, &work.n_aside);
	scan_decode(&view, ADDRESS + at, &behind);
	free(exact);
	return rule;
}

static void check_frame(int line, const char *text, enum rule_base base, int cfa, int fp)
{
	struct unwind_rule is = scan(text);
	char words[200];
	int slot = isa == &scan_x86_64 ? 8 : 4;
	bool is_right = is.kind == RULE_FRAME && is.base == base && is.cfa == cfa &&
			is.ra_place == RULE_AT_CFA && is.ra == -slot &&
			(is.fp_place != RULE_IN_REGISTER) == (fp != 0) && is.fp == fp;
	snprintf(words, sizeof(words), "kind %d base %d cfa %d ra %d fp %d (place %d)", is.kind,
		 is.base, (int)is.cfa, (int)is.ra, (int)is.fp, is.fp_place);
	check_count(is_right, __FILE__, line, words);
}

#define CHECK_FRAME(text, base, cfa, fp) check_frame(__LINE__, text, base, cfa, fp)

#define CALL "e8 00 10 00 00" // to somewhere behind the code

static void epilogue_behind_the_call_is_found(void)
{
	// push %rbp; push %rbx; sub $8,%rsp; call; add $8,%rsp; pop %rbx; pop %rbp; ret
	CHECK_FRAME("55 53 4883ec08" CALL "| 4883c408 5b 5d c3", RULE_SP, 32, -16);
	// push %rbx; call; test %eax,%eax; jne 1f; pop %rbx; ret; 1: xor %eax,%eax; pop %rbx; ret
	CHECK_FRAME("53" CALL "| 85c0 7502 5b c3 31c0 5b c3", RULE_SP, 16, 0);
	// push %rbp; mov %rsp,%rbp; push %rbx; sub $24,%rsp; call; mov -8(%rbp),%rbx; leave; ret
	CHECK_FRAME("55 4889e5 53 4883ec18" CALL "| 488b5df8 c9 c3", RULE_FP, 16, -16);
	// ... lea -16(%rbp),%rsp; pop %rbx; pop %r12; pop %rbp; ret
	CHECK_FRAME(CALL "| 488d65f0 5b 415c 5d c3", RULE_FP, 16, -16);
	// enter $16,$0; call; leave; ret
	CHECK_FRAME("c8 1000 00" CALL "| c9 c3", RULE_FP, 16, -16);
}

static void tail_call_ends_a_torn_down_frame(void)
{
	// sub $24,%rsp; call; add $24,%rsp; jmp *%rax
	CHECK_FRAME("4883ec18" CALL "| 4883c418 ffe0", RULE_SP, 32, 0);
	// push %rbp; sub $16,%rsp; call; add $16,%rsp; pop %rbp; jmp *disp(%rip)
	CHECK_FRAME("55 4883ec10" CALL "| 4883c410 5d ff25 00100000", RULE_SP, 32, -16);
	// A table's jump does not: sub $24,%rsp; call; jmp *(%rdx,%rax,8)
	CHECK_FRAME("4883ec18" CALL "| ff24c2", RULE_SP, 32, 0);
	// The tail-called function saves rbp too: pop %rbx; jmp 1f; 1: push %rbp; mov ..; pop %rbp; ret
	CHECK_FRAME("53" CALL "| 5b eb00 55 89fd 5d c3", RULE_SP, 16, 0);
}

static void call_that_never_returns_is_not_followed_into_the_next_function(void)
{
	// push %rbp; push %rbx; sub $8,%rsp; call; nopl; push %rbx; call; pop %rbx; ret
	CHECK_FRAME("55 53 4883ec08" CALL "| 0f1f440000 53" CALL "5b c3", RULE_SP, 32, -16);
	// The callee in sight is seen not to return: 1: sub $8,%rsp; ud2; the caller: push %rax; call 1b
	CHECK_FRAME("4883ec08 0f0b 66660f1f840000000000 50 e8eaffffff | 4883c418 5b c3", RULE_SP,
		    16, 0);
}

static void function_that_calls_through_a_register_returns(void)
{
	// push %rbx; call *%rax; pop %rbx; ret
	scan("53 ffd0 | 5b c3");
	CHECK(callee.end == CALLEE_RETURNS);
	// push %rbx; call *%rax; ud2
	scan("53 ffd0 | 0f0b");
	CHECK(callee.end == CALLEE_NEVER_RETURNS);
}

// Behind the end of one function lies a part of another, not a beginning.
static void code_that_needs_registers_set_before_is_no_beginning(void)
{
	// ret; mov (%rbx),%rax; push %rax; call
	CHECK(scan("c3 488b03 50" CALL "|").kind == RULE_UNKNOWN);
	// ret; push %rbx; mov (%rdi),%rbx; mov (%rbx),%rax; call
	CHECK_FRAME("c3 53 488b1f 488b03" CALL "|", RULE_SP, 16, 0);
}

static void check_guess(int line, const char *text, int cfa)
{
	bool is_unknown = scan(text).kind == RULE_UNKNOWN;
	bool is_there = false;
	for (uint32_t i = 0; i < work.n_guesses; i++) {
		is_there |= work.guesses[i].base == RULE_SP && work.guesses[i].cfa == cfa;
	}
	check_count(is_unknown && is_there, __FILE__, line, text);
}

static void what_the_code_does_not_tell_is_a_guess(void)
{
	// 1: jmp *0x1000(%rip); sub $24,%rsp; call 1b; lea 0(%rip),%rdi; add $24,%rsp; ret
	check_guess(__LINE__, "ff2500100000 e8f5ffffff | 488d3d00000000 4883c418 c3", 32);
	// The call is seen to return, as its result is tested: ...; test %eax,%eax; add $24,%rsp; ret
	CHECK_FRAME("ff2500100000 e8f5ffffff | 85c0 4883c418 c3", RULE_SP, 32, 0);
	CHECK(work.n_guesses == 0);
	// push %rax; call; lea 0(%rip),%rdi; call, where functions are not aligned
	check_guess(__LINE__, "c3 50" CALL "488d3d00000000" CALL "|", 16);
}

static void padded_function_has_no_other_behind_its_calls(void)
{
	static const char padded[] = "c3 660f1f840000000000 0f1f440000 90 "
				     "50" CALL "488d3d00000000" CALL "|";
	static const char stubs[] = "ff2500100000 6690 ff2500100000 6690 "
				    "50" CALL "488d3d00000000" CALL "|";
	CHECK_FRAME(padded, RULE_SP, 16, 0);
	check_guess(__LINE__, stubs, 16);
}

// push %ebp, %edi, %esi, %ebx; sub $28,%esp; three branches; two arguments are pushed; a branch between
// them and a call; ud2; the call asked about, to which nothing leads.
static void state_of_most_branches_is_the_body(void)
{
	isa = &scan_i386;
	check_guess(
		__LINE__,
		"c3 55 57 56 53 83ec1c 85c0 7430 85c0 742c 85c0 7428 83ec08 6a01 6a02 85c0 7420 "
		"0f0b" CALL "|",
		48);
	isa = &scan_x86_64;
}

static void code_behind_a_jump_that_is_crossed_belongs_to_the_function(void)
{
	// ret; push %rbx, %rbp, %r14, %r15, %rax; jmp 1f; call; ...; 1:
	check_guess(__LINE__, "c3 53 55 4156 4157 50 eb20" CALL "|", 48);
}

// Each case of an interpreter's loop begins behind a jump, as a function may.
static void beginning_before_a_hundred_cases_is_found(void)
{
	enum { CASES = 100, CASE_SIZE = 10, TOP_TO_CASES = 2 };
	char text[4096];
	size_t n;
	// ret; padding; push %rbp; push %rbx; sub $8,%rsp; jne behind the cases; top: jmp *%rax
	n = (size_t)snprintf(
		text, sizeof(text),
		"c3 662e0f1f840000000000 0f1f440000 55 53 4883ec08 0f85 %02x%02x 00 00 ffe0",
		(TOP_TO_CASES + CASES * CASE_SIZE) & 255, (TOP_TO_CASES + CASES * CASE_SIZE) >> 8);
	for (int i = 1; i <= CASES; i++) { // call; jmp top
		uint32_t back = -(uint32_t)(TOP_TO_CASES + i * CASE_SIZE);
		n += (size_t)snprintf(text + n, sizeof(text) - n, CALL "%s e9 %02x%02xffff",
				      i == CASES ? "|" : "", back & 255, back >> 8 & 255);
	}
	// add $8,%rsp; pop %rbx; pop %rbp; ret
	snprintf(text + n, sizeof(text) - n, "4883c408 5b 5d c3");
	CHECK_FRAME(text, RULE_SP, 32, -16);
}

static void end_of_a_long_function_is_found(void)
{
	enum { LENGTH = 700 };
	char text[2 * LENGTH + 40] = CALL "|";
	for (unsigned i = 0; i < LENGTH; i++) {
		strcat(text, "90");
	}
	strcat(text, "4883c408c3");
	CHECK_FRAME(text, RULE_SP, 16, 0);
}

static void system_call_by_the_thread_block_is_no_call(void)
{
	isa = &scan_i386;
	// call *%gs:0x10; call *0x10; call *%gs:(%eax)
	scan("| 65ff1510000000 c3");
	CHECK(behind.op == SCAN_SYSCALL);
	scan("| ff1510000000 c3");
	CHECK(behind.op == SCAN_CALL);
	scan("| 65ff10 c3");
	CHECK(behind.op == SCAN_CALL);
	isa = &scan_x86_64;
}

static void arguments_are_popped_by_either_side(void)
{
	isa = &scan_i386;
	// sub $12,%esp; push $1; ...; call; add $16,%esp; add $12,%esp; ret
	CHECK_FRAME("83ec0c 83ec0c 6a01" CALL "| 83c410 83c40c c3", RULE_SP, 32, 0);
	// The callee pops the address of what it returns: sub $28,%esp; push %eax; call; add $24,%esp; ret
	CHECK_FRAME("83ec18 50" CALL "| 83c418 c3", RULE_SP, 32, 0);
	// push %ebp; mov %esp,%ebp; call; leave; ret $4
	CHECK_FRAME("55 89e5 83ec08" CALL "| c9 c20400", RULE_FP, 8, -8);
	isa = &scan_x86_64;
}

static void aligning_frame_keeps_its_cfa_in_memory(void)
{
	// lea 8(%rsp),%r10; and $-32,%rsp; push -8(%r10); push %rbp; mov %rsp,%rbp; push %r10; sub
	// $40,%rsp; call; mov -8(%rbp),%r10; leave; lea -8(%r10),%rsp; ret
	struct unwind_rule rule = scan("4c8d542408 4883e4e0 41ff72f8 55 4889e5 4152 4883ec28" CALL
				       "| 4c8b55f8 c9 498d62f8 c3");
	CHECK(rule.kind == RULE_FRAME && rule.base == RULE_WORD_AT_FP && rule.cfa == -8);
	CHECK(rule.fp_place == RULE_AT_FP && rule.fp == 0 && rule.ra == -8);
	// The same from the beginning: the call is the last instruction.
	rule = scan("4c8d542408 4883e4e0 41ff72f8 55 4889e5 4152 4883ec28" CALL "|");
	CHECK(rule.kind == RULE_FRAME && rule.base == RULE_WORD_AT_FP && rule.cfa == -8);
}

static void last_call_is_reached_from_the_beginning(void)
{
	// push %rbp; push %rbx; sub $8,%rsp; call
	CHECK_FRAME("55 53 4883ec08" CALL "|", RULE_SP, 32, -16);
	// push %rbp; mov %rsp,%rbp; sub %rax,%rsp; call
	CHECK_FRAME("55 4889e5 4829c4" CALL "|", RULE_FP, 16, -16);
	// A large frame made page by page: lea -0x4000(%rsp),%r11; 1: sub $0x1000,%rsp; orq $0,(%rsp);
	// cmp %r11,%rsp; jne 1b; sub $8,%rsp; call
	CHECK_FRAME("4c8d9c2400c0ffff 4881ec00100000 48830c2400 4c39dc 75ef 4883ec08" CALL "|",
		    RULE_SP, 0x4000 + 16, 0);
}

static void misaligned_or_lost_stack_gives_no_rule(void)
{
	CHECK(scan("50 50" CALL "| ffe0").kind == RULE_UNKNOWN);
	CHECK(scan("4829c4" CALL "| ffe0").kind == RULE_UNKNOWN);
	CHECK(scan("|").kind == RULE_UNKNOWN);
}

static void first_code_of_a_thread_is_the_outermost_frame(void)
{
	// xor %ebp,%ebp; pop %rax; pop %rdi; call *%rax; mov %rax,%rdi; mov $60,%eax; syscall
	CHECK(scan("31ed 58 5f ffd0 | 4889c7 b83c000000 0f05").kind == RULE_OUTERMOST);
	CHECK(scan("31ed 58 5f ffd0 | b83c000000 0f05").kind != RULE_OUTERMOST);
	// musl. xor %ebp,%ebp; pop %rdi; call *%r9; mov %eax,%edi; xor %eax,%eax; mov $60,%al; syscall
	CHECK(scan("31ed 5f 41ffd1 | 89c7 31c0 b03c 0f05").kind == RULE_OUTERMOST);
	CHECK(scan("31ed 5f 41ffd1 | 89c7 31c0 b03d 0f05").kind != RULE_OUTERMOST);
	CHECK(scan("31ed 5f 41ffd1 | 89c7 b03c 0f05").kind != RULE_OUTERMOST);
	// xor %ebp,%ebp; call *%ecx; mov %eax,%ebx; xor %eax,%eax; inc %eax; int $0x80
	isa = &scan_i386;
	CHECK(scan("31ed ffd1 | 89c3 31c0 40 cd80").kind == RULE_OUTERMOST);
	CHECK(scan("31ed ffd1 | 89c3 31c0 40 40 cd80").kind != RULE_OUTERMOST);
	isa = &scan_x86_64;
}

static void instructions_of_every_encoding_have_their_length(void)
{
	static const struct {
		const char *text;
		const struct scan_isa *isa;
	} cases[] = {
		{ "c3", &scan_x86_64 },
		{ "f3c3", &scan_x86_64 },
		{ "66662e0f1f840000000000", &scan_x86_64 }, // nop
		{ "48b88877665544332211", &scan_x86_64 },   // movabs
		{ "48a18877665544332211", &scan_x86_64 },   // movabs from memory
		{ "67a144332211", &scan_x86_64 },           // with 32-bit address
		{ "66b83412", &scan_x86_64 },               // 16-bit immediate
		{ "66c704253412000034 12", &scan_x86_64 },
		{ "f60701", &scan_x86_64 }, // test
		{ "f617", &scan_x86_64 },   // not
		{ "66c744241034 12", &scan_x86_64 },
		{ "c5f877", &scan_x86_64 },           // vzeroupper
		{ "c5f5efc0", &scan_x86_64 },         // vpxor
		{ "c5f8c6c001", &scan_x86_64 },       // vshufps, immediate
		{ "c4e37d39c101", &scan_x86_64 },     // vextracti128
		{ "c4e2f9f7c2", &scan_x86_64 },       // shlx
		{ "c4e3fbf0c005", &scan_x86_64 },     // rorx
		{ "62f1fd486f4c2401", &scan_x86_64 }, // vmovdqa64
		{ "62f37d4825c0ff", &scan_x86_64 },   // vpternlogd
		{ "62f57c4858c1", &scan_x86_64 },     // vaddph, map 5
		{ "660f3a0fc108", &scan_x86_64 },     // palignr
		{ "660f3800c1", &scan_x86_64 },       // pshufb
		{ "0f38f1044c", &scan_x86_64 },       // movbe
		{ "8fe978e1c0", &scan_x86_64 },       // XOP
		{ "0f0fc1 94", &scan_x86_64 },        // 3DNow
		{ "c8100000", &scan_x86_64 },         // enter
		{ "9a112233445566", &scan_i386 },     // call, far
		{ "c50424", &scan_i386 },             // lds
		{ "620424", &scan_i386 },             // bound
		{ "678b4e10", &scan_i386 },           // 16-bit address
		{ "678b0e3412", &scan_i386 },
		{ "40", &scan_i386 },
		{ "66e83412", &scan_i386 },
		{ "a144332211", &scan_i386 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[32] = { 0 };
		size_t n = 0;
		unsigned byte;
		for (const char *text = cases[i].text; *text != '\0'; text++) {
			if (*text != ' ' && sscanf(text, "%2x", &byte) == 1) {
				bytes[n++] = (uint8_t)byte;
				text++;
			}
		}
		struct code_view view = {
			.bytes = bytes,
			.size = sizeof(bytes),
			.address = ADDRESS,
			.slot_size = cases[i].isa == &scan_x86_64 ? 8 : 4,
			.isa = cases[i].isa,
		};
		struct x86_insn insn;
		x86_parse(&view, ADDRESS, &insn);
		check_count(insn.size == n, __FILE__, __LINE__, cases[i].text);
		view.size = n - 1;
		x86_parse(&view, ADDRESS, &insn);
		check_count(insn.size == 0, __FILE__, __LINE__, cases[i].text);
	}
}

int main(void)
{
	epilogue_behind_the_call_is_found();
	tail_call_ends_a_torn_down_frame();
	call_that_never_returns_is_not_followed_into_the_next_function();
	function_that_calls_through_a_register_returns();
	code_that_needs_registers_set_before_is_no_beginning();
	what_the_code_does_not_tell_is_a_guess();
	padded_function_has_no_other_behind_its_calls();
	state_of_most_branches_is_the_body();
	code_behind_a_jump_that_is_crossed_belongs_to_the_function();
	beginning_before_a_hundred_cases_is_found();
	end_of_a_long_function_is_found();
	system_call_by_the_thread_block_is_no_call();
	arguments_are_popped_by_either_side();
	aligning_frame_keeps_its_cfa_in_memory();
	last_call_is_reached_from_the_beginning();
	misaligned_or_lost_stack_gives_no_rule();
	first_code_of_a_thread_is_the_outermost_frame();
	instructions_of_every_encoding_have_their_length();
	return check_result();
}
