// SPDX-License-Identifier: GPL-3.0-or-later
// Where code does not tell a frame, the stack does: by the call it is to return to.
#include "check.h"
#include "unwind/produce.h"

#include <string.h>
#include <sys/mman.h>

// What runs and how its frame is left.
struct example {
	const uint8_t *code;
	size_t size, at;
	uintptr_t words[8]; // from the frame's sp on
};

static bool find_code(void *user, uintptr_t pc, struct unwind_code *code)
{
	const struct example *example = user;
	uintptr_t start = (uintptr_t)example->code;

	*code = (struct unwind_code){ .start = start, .end = start + example->size };
	return pc >= start && pc < code->end;
}

static struct unwind_rule produce_on(struct example *example, unsigned producers, uintptr_t sp,
				     const struct stack_bounds *bounds)
{
	static struct scan_work work;
	struct unwind_context context = { .find_code = find_code, .user = example };
	struct unwind_state state = { .pc = (uintptr_t)example->code + example->at,
				      .sp = sp,
				      .fp = sp + 6 * sizeof(sp) };
	struct unwind_rule rule;
	unsigned wild_left = 0;

	memset(&work, 0, sizeof(work));
	produce_rule(&context, producers, &work, &wild_left, &state, bounds, &rule);
	return rule;
}

static struct unwind_rule produce_by(struct example *example, unsigned producers, bool has_stack)
{
	uintptr_t sp = (uintptr_t)example->words;
	const struct stack_bounds bounds = { sp, sp + sizeof(example->words), false };

	return produce_on(example, producers, sp, has_stack ? &bounds : NULL);
}

static struct unwind_rule produce(struct example *example, bool has_stack)
{
	return produce_by(example, PRODUCE_BY_SCAN, has_stack);
}

static void place_without_code_has_no_rule(void)
{
	static const uint8_t code[1];
	struct example example = { .code = code, .size = 0 };

	CHECK(produce(&example, true).kind == RULE_NO_CODE);
}

#if defined(__x86_64__)
static uintptr_t address(const struct example *example, size_t offset)
{
	return (uintptr_t)example->code + offset;
}

static void guess_holds_if_it_leads_behind_a_call(void)
{
	// 0: jmp *0x1000(%rip); 6: call 0b; 11: lea 0(%rip),%rdi; add $24,%rsp; ret; 23: call *%rax; 25: ret
	static const uint8_t code[] = {
		0xff, 0x25, 0x00, 0x10, 0x00, 0x00, 0xe8, 0xf5, 0xff, 0xff, 0xff, 0x48, 0x8d,
		0x3d, 0x00, 0x00, 0x00, 0x00, 0x48, 0x83, 0xc4, 0x18, 0xc3, 0xff, 0xd0, 0xc3,
	};
	struct example example = { .code = code, .size = sizeof(code), .at = 11 };
	struct unwind_rule rule;

	example.words[3] = address(&example, 25);
	rule = produce(&example, true);
	CHECK(rule.kind == RULE_SCANNED && rule.base == RULE_SP && rule.cfa == 32);
	CHECK(produce(&example, false).kind == RULE_UNKNOWN);
	example.words[3] = address(&example, 24);
	CHECK(produce(&example, true).kind == RULE_UNKNOWN);
	example.words[3] = 25;
	CHECK(produce(&example, true).kind == RULE_UNKNOWN);
}

// Beyond a gap lies something else, and it may be a device's.
static void guess_reads_no_further_than_a_foreign_stack_goes(void)
{
	// 0: jmp *0x1000(%rip); 6: call 0b; 11: lea 0(%rip),%rdi; add $0x2018,%rsp; ret; 26: call *%rax; 28: ret
	static const uint8_t code[] = {
		0xff, 0x25, 0x00, 0x10, 0x00, 0x00, 0xe8, 0xf5, 0xff, 0xff,
		0xff, 0x48, 0x8d, 0x3d, 0x00, 0x00, 0x00, 0x00, 0x48, 0x81,
		0xc4, 0x18, 0x20, 0x00, 0x00, 0xc3, 0xff, 0xd0, 0xc3,
	};
	enum { PAGE = 4096, N_PAGES = 4, AT = 0x2018 };
	struct example example = { .code = code, .size = sizeof(code), .at = 11 };
	uint8_t *pages = mmap(NULL, (size_t)N_PAGES * PAGE, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t ra = address(&example, 28), sp = (uintptr_t)pages;
	const struct stack_bounds bounds = { sp, sp + PAGE, true };

	memcpy(pages + AT, &ra, sizeof(ra));
	CHECK(produce_on(&example, PRODUCE_BY_SCAN, sp, &bounds).kind == RULE_SCANNED);
	CHECK(mprotect(pages + PAGE, PAGE, PROT_NONE) == 0);
	CHECK(produce_on(&example, PRODUCE_BY_SCAN, sp, &bounds).kind == RULE_UNKNOWN);
	munmap(pages, (size_t)N_PAGES * PAGE);
}

static void frame_ends_where_its_function_is_to_return(void)
{
	// 0: push %rbp; push %rbx; sub $24,%rsp; call; add $24,%rsp; pop %rbx; pop %rbp; ret
	// 18: sub $8,%rsp; call 0b; 27: add $8,%rsp; ret
	// 32: mov %rax,%rbx; call; 40: mov %rbx,%rdi; call, which does not return
	static const uint8_t code[] = {
		0x55, 0x53, 0x48, 0x83, 0xec, 0x18, 0xe8, 0x00, 0x10, 0x00, 0x00, 0x48,
		0x83, 0xc4, 0x18, 0x5b, 0x5d, 0xc3, 0x48, 0x83, 0xec, 0x08, 0xe8, 0xe5,
		0xff, 0xff, 0xff, 0x48, 0x83, 0xc4, 0x08, 0xc3, 0x48, 0x89, 0xc3, 0xe8,
		0x00, 0x10, 0x00, 0x00, 0x48, 0x89, 0xdf, 0xe8, 0x00, 0x10, 0x00, 0x00,
	};
	struct example example = { .code = code, .size = sizeof(code), .at = 40 };
	struct unwind_rule rule;

	example.words[2] = address(&example, 27); // left behind
	example.words[5] = address(&example, 27);
	rule = produce(&example, true);
	CHECK(rule.kind == RULE_SCANNED && rule.base == RULE_SP && rule.cfa == 48);
	CHECK(rule.fp_place == RULE_AT_CFA && rule.fp == -16);
	CHECK(produce(&example, false).kind == RULE_UNKNOWN);
	example.words[5] = 0;
	CHECK(produce(&example, true).kind == RULE_UNKNOWN);
}

// What was called may have jumped to the function that is running.
static void frame_ends_where_a_tail_call_of_it_is_to_return(void)
{
	// 0: push %rbp; push %rbx; sub $24,%rsp; call; add $24,%rsp; pop %rbx; pop %rbp; ret
	// 18: sub $8,%rsp; call 48f; 27: add $8,%rsp; ret
	// 32: mov %rax,%rbx; call; 40: mov %rbx,%rdi; call, which does not return
	// 48: test %edx,%edx; jne 53f; ret; 53: xor %edx,%edx; jmp 0b
	static const uint8_t code[] = {
		0x55, 0x53, 0x48, 0x83, 0xec, 0x18, 0xe8, 0x00, 0x10, 0x00, 0x00, 0x48,
		0x83, 0xc4, 0x18, 0x5b, 0x5d, 0xc3, 0x48, 0x83, 0xec, 0x08, 0xe8, 0x15,
		0x00, 0x00, 0x00, 0x48, 0x83, 0xc4, 0x08, 0xc3, 0x48, 0x89, 0xc3, 0xe8,
		0x00, 0x10, 0x00, 0x00, 0x48, 0x89, 0xdf, 0xe8, 0x00, 0x10, 0x00, 0x00,
		0x85, 0xd2, 0x75, 0x01, 0xc3, 0x31, 0xd2, 0xe9, 0xc4, 0xff, 0xff, 0xff,
	};
	struct example example = { .code = code, .size = sizeof(code), .at = 40 };
	struct unwind_rule rule;

	example.words[2] = address(&example, 27); // left behind
	example.words[5] = address(&example, 27);
	rule = produce(&example, true);
	CHECK(rule.kind == RULE_SCANNED && rule.base == RULE_SP && rule.cfa == 48);
	CHECK(rule.fp_place == RULE_AT_CFA && rule.fp == -16);
}

static void frame_pointer_of_a_frame_further_out_is_not_followed(void)
{
	// call; ud2, of which nothing tells the frame; call; ret
	static const uint8_t code[] = { 0xe8, 0x00, 0x10, 0x00, 0x00, 0x0f, 0x0b,
					0xe8, 0x00, 0x10, 0x00, 0x00, 0xc3 };
	struct example example = { .code = code, .size = sizeof(code), .at = 5 };

	const unsigned producers = PRODUCE_BY_SCAN | PRODUCE_BY_LINKS;

	CHECK(produce_by(&example, producers, true).kind == RULE_LINKED);
	example.words[3] = address(&example, 12);
	CHECK(produce_by(&example, producers, true).kind == RULE_UNKNOWN);
}
#endif

int main(void)
{
	place_without_code_has_no_rule();
#if defined(__x86_64__)
	guess_holds_if_it_leads_behind_a_call();
	guess_reads_no_further_than_a_foreign_stack_goes();
	frame_ends_where_its_function_is_to_return();
	frame_ends_where_a_tail_call_of_it_is_to_return();
	frame_pointer_of_a_frame_further_out_is_not_followed();
#endif
	return check_result();
}
