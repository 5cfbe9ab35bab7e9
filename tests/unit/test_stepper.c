// SPDX-License-Identifier: GPL-3.0-or-later
// The stepping loop on stacks made up for it: what is right, what is kept, and what is wild.
#include "unwind/stepper.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum {
	SLOT = 8, // bytes of a saved register; enough on every machine
	STACK_PAGES = 16,
	KINDS = 6 + 3 * ARCH_HAS_FP2,
	SITES = 2, // call sites of each kind: few, so that stacks differ by little but their frames
	DEPTH = 40,
	ROOT = 0x10000,
};

// The model: a program's stack, and what a walk must find.
static struct model {
	uintptr_t low, high; // a stack between two pages that cannot be read
	size_t depth;        // frames in use; frame 0 is the outermost
	uintptr_t pcs[DEPTH], sps[DEPTH], fps[DEPTH], fp2s[DEPTH];
} model;

static struct unwind_thread keeping, plain;
static uintptr_t pcs[2][UNWIND_DEPTH_MAX];
static uint8_t hows[2][UNWIND_DEPTH_MAX];
static uint32_t seed = 1;

static uint32_t draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

// Whatever has no rule in the table is unknown here.
static bool find_no_code(void *user, uintptr_t pc, struct unwind_code *code)
{
	(void)user;
	(void)pc;
	(void)code;
	return false;
}

static uintptr_t site_of(unsigned kind, unsigned i)
{
	return ROOT + 0x1000 * (uintptr_t)(kind + 1) + 16 * (uintptr_t)i;
}

static unsigned kind_at(uintptr_t pc)
{
	return (unsigned)((pc - ROOT) / 0x1000 - 1);
}

static struct unwind_rule rule_of(unsigned kind)
{
	struct unwind_rule rule = { RULE_FRAME, RULE_SP, RULE_AT_CFA, RULE_IN_REGISTER,
				    0,          0,       -SLOT,       0 };

	// Some are known from tables, some from code.
	rule.kind = kind % 2 == 0 ? RULE_FRAME : RULE_SCANNED;
	if (kind < 2) {
		rule.cfa = (int32_t)(kind * 3 + 1) * SLOT;
	} else {
		rule.fp_place = RULE_AT_CFA;
		rule.fp = -2 * SLOT;
		rule.cfa = 2 * SLOT;
		rule.base = kind < 4 ? RULE_SP : RULE_FP;
	}
	// Those of the second frame pointer: it is saved too, it alone is, and the CFA is counted from it.
	if (kind >= 6) {
		rule.fp2 = -3 * SLOT;
		rule.cfa = (kind == 8 ? 3 : 4) * SLOT;
		rule.base = kind == 8 ? RULE_FP2 : RULE_SP;
		rule.fp_place = kind == 6 ? RULE_AT_CFA : RULE_IN_REGISTER;
		rule.fp = kind == 6 ? -2 * SLOT : 0;
	}
	return rule;
}

// All there are: what a walk has learnt of wild addresses may have taken the place of some.
static void add_rules(struct unwind_thread *thread)
{
	struct unwind_rule rule = rule_of_kind(RULE_OUTERMOST);

	rules_clear(&thread->rules);
	rules_add(&thread->rules, ROOT, &rule);
	for (unsigned kind = 0; kind < KINDS; kind++) {
		rule = rule_of(kind);
		for (unsigned i = 0; i < SITES; i++)
			rules_add(&thread->rules, site_of(kind, i), &rule);
	}
}

static void store(uintptr_t slot, uintptr_t value)
{
	memcpy((void *)(slot + ARCH_SLOT_SKEW), &value, sizeof(value));
}

static bool map_stack(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = STACK_PAGES * page;
	char *pages = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + page, size, PROT_READ | PROT_WRITE) != 0)
		return false;
	model.low = (uintptr_t)pages + page;
	model.high = model.low + size;
	return true;
}

static void begin(void)
{
	model.depth = 1;
	model.pcs[0] = ROOT;
	model.sps[0] = model.high - 4 * SLOT;
	model.fps[0] = draw(3) == 0 ? model.sps[0] : 12345;
	model.fp2s[0] = draw(3) == 0 ? model.sps[0] : 54321;
}

// Calls a function of the kind; what lies in its frame is left from before.
static void enter(unsigned kind)
{
	size_t i = model.depth++;
	uintptr_t cfa = model.sps[i - 1], fp = model.fps[i - 1], fp2 = model.fp2s[i - 1];
	struct unwind_rule rule = rule_of(kind);

	store(cfa - SLOT, model.pcs[i - 1]);
	if (rule.fp_place == RULE_AT_CFA)
		store(cfa - 2 * SLOT, fp);
	if (rule.fp2 != 0)
		store(cfa - 3 * SLOT, fp2);
	model.pcs[i] = site_of(kind, draw(SITES));
	model.fps[i] = rule.fp_place == RULE_AT_CFA ? draw(100) : fp;
	model.fp2s[i] = rule.fp2 != 0 ? draw(100) : fp2;
	model.sps[i] = cfa - (uintptr_t)rule.cfa;
	if (rule.base == RULE_FP) {
		model.fps[i] = cfa - 2 * SLOT;
		model.sps[i] = cfa - (2 + draw(9)) * SLOT;
	} else if (rule.base == RULE_FP2) {
		model.fp2s[i] = cfa - 3 * SLOT;
		model.sps[i] = cfa - (3 + draw(9)) * SLOT;
	}
}

static struct unwind_stack walk(struct unwind_thread *thread, size_t max)
{
	struct unwind_context context = { .thread = thread, .find_code = find_no_code };
	unsigned own = thread == &plain;
	struct unwind_stack stack = { .pcs = pcs[own], .hows = hows[own], .max = max };
	size_t i = model.depth - 1;
	struct unwind_start start = { .pc = model.pcs[i], .sp = model.sps[i], .fp = model.fps[i] };
#if ARCH_HAS_FP2
	start.fp2 = model.fp2s[i];
#endif

	unwind_walk(UNWIND_AUTO, &start, &context, &stack);
	return stack;
}

// By the rule of the frame inside it.
static unsigned how_of(size_t i)
{
	if (i == model.depth - 1)
		return UNWIND_BY_HOOK;
	return kind_at(model.pcs[i + 1]) % 2 == 0 ? UNWIND_BY_TABLES : UNWIND_BY_SCAN;
}

static void check_stack(const struct unwind_stack *stack)
{
	bool is_same = stack->n_pcs == model.depth;

	for (size_t i = 0; is_same && i < model.depth; i++)
		is_same = stack->pcs[i] == model.pcs[model.depth - 1 - i] &&
			  stack->hows[i] == how_of(model.depth - 1 - i);
	CHECK(is_same);
	CHECK_EQ(stack->cut, UNWIND_WHOLE);
}

// What is said to be kept was the outer part of the stack before.
static void check_kept(const struct unwind_stack *stack)
{
	static uintptr_t before[UNWIND_DEPTH_MAX];
	static uint8_t hows_before[UNWIND_DEPTH_MAX];
	static size_t n_before;
	bool is_same = stack->n_kept <= n_before;

	for (size_t i = 1; is_same && i <= stack->n_kept; i++)
		is_same = stack->pcs[stack->n_pcs - i] == before[n_before - i] &&
			  stack->hows[stack->n_pcs - i] == hows_before[n_before - i];
	CHECK(is_same);
	n_before = stack->n_pcs;
	memcpy(before, stack->pcs, n_before * sizeof(*before));
	memcpy(hows_before, stack->hows, n_before);
}

static void every_frame_is_found_with_and_without_memo(void)
{
	size_t n_kept = 0;

	begin();
	for (int round = 0; round < 40000; round++) {
		size_t n_leave = draw(8);

		model.depth = model.depth > n_leave + 1 ? model.depth - n_leave : 1;
		// The innermost frame that remains may have gone on.
		if (model.depth > 1) {
			uintptr_t *pc = &model.pcs[model.depth - 1];
			*pc = (*pc & ~(uintptr_t)0xfff) + 16 * (uintptr_t)draw(SITES);
		}
		for (uint32_t n = draw(8); n > 0 && model.depth < DEPTH; n--)
			enter(draw(KINDS));
		if (draw(2) == 0)
			continue; // not every stack is walked
		struct unwind_stack stack = walk(&keeping, UNWIND_DEPTH_MAX);
		check_stack(&stack);
		check_kept(&stack);
		n_kept += stack.n_kept;
		unwind_thread_forget_stack(&plain);
		stack = walk(&plain, UNWIND_DEPTH_MAX);
		check_stack(&stack);
		CHECK_EQ(stack.n_kept, 0);
	}
	CHECK(n_kept > 50000);
}

static void cut_stacks_are_not_kept(void)
{
	struct unwind_stack stack;

	begin();
	while (model.depth < 30)
		enter(draw(KINDS));
	stack = walk(&keeping, 30);
	CHECK_EQ(stack.cut, UNWIND_WHOLE);
	stack = walk(&keeping, 29);
	CHECK_EQ(stack.n_pcs, 29);
	CHECK_EQ(stack.cut, UNWIND_CUT_DEPTH);
	CHECK_EQ(stack.n_kept, 0);
	CHECK_EQ(stack.pcs[28], model.pcs[1]);
	stack = walk(&keeping, 1);
	CHECK_EQ(stack.n_pcs, 1);
	CHECK_EQ(stack.cut, UNWIND_CUT_DEPTH);
	stack = walk(&keeping, 30);
	CHECK_EQ(stack.n_kept, 0);
	check_stack(&stack);
	stack = walk(&keeping, 30);
	CHECK_EQ(stack.n_kept, 30);
	check_stack(&stack);
}

static void unknown_code_cuts(void)
{
	struct unwind_stack stack;

	begin();
	enter(0);
	model.pcs[1] = 0x700000;
	enter(1);
	for (int i = 0; i < 2; i++) {
		stack = walk(&keeping, 10);
		CHECK_EQ(stack.cut, UNWIND_CUT_NO_CODE);
		CHECK(stack.n_pcs >= 1 && stack.n_pcs <= 2);
		CHECK_EQ(stack.pcs[0], model.pcs[2]);
	}
}

static void zero_return_address_is_the_end(void)
{
	struct unwind_stack stack;

	begin();
	enter(1);
	store(model.sps[0] - SLOT, 0);
	stack = walk(&keeping, 10);
	CHECK_EQ(stack.n_pcs, 1);
	CHECK_EQ(stack.cut, UNWIND_WHOLE);
	store(model.sps[0] - SLOT, ROOT);
	stack = walk(&keeping, 10);
	CHECK_EQ(stack.n_pcs, 2);
}

static void other_stacks_are_walked_too(void)
{
	struct unwind_thread *thread = &keeping;
	uintptr_t low = thread->stack_low, high = thread->stack_high;
	struct unwind_stack stack;

	begin();
	enter(2);
	// The thread's own stack is elsewhere.
	thread->stack_low = 4096;
	thread->stack_high = 8192;
	for (int i = 0; i < 2; i++) {
		stack = walk(thread, 10);
		check_stack(&stack);
		CHECK_EQ(thread->stack_high, 8192);
	}
	thread->stack_low = low;
	thread->stack_high = high;
}

// The stack smashed with its own addresses, sites and anything, sp and fp anywhere: a walk ends.
static void wild_stacks_end(void)
{
	struct unwind_stack stack;

	for (int round = 0; round < 3000; round++) {
		for (uintptr_t at = model.low; at < model.high - SLOT; at += SLOT) {
			uint32_t kind = draw(4);
			uintptr_t value = kind == 0   ? model.low + SLOT * draw(20 * 4096 / SLOT)
					  : kind == 1 ? (uintptr_t)draw(1u << 24)
						      : site_of(draw(KINDS), draw(SITES));
			if (round % 16 == 0 || draw(64) == 0)
				memcpy((void *)at, &value, sizeof(value));
		}
		model.depth = 1;
		model.pcs[0] = site_of(draw(KINDS), draw(SITES));
		model.sps[0] = model.low + draw((uint32_t)(model.high - model.low));
		if (round % 4 != 0)
			model.sps[0] &= ~(uintptr_t)(SLOT - 1);
		if (round % 3 == 0)
			model.sps[0] = model.high - (1 + draw(4)) * SLOT;
		model.fps[0] = model.low - 4096 + SLOT * draw(18 * 4096 / SLOT);
		add_rules(&keeping);
		add_rules(&plain);
		stack = walk(&keeping, UNWIND_DEPTH_MAX);
		CHECK(stack.n_pcs >= 1 && stack.n_pcs <= UNWIND_DEPTH_MAX);
		unwind_thread_forget_stack(&plain);
		struct unwind_stack again = walk(&plain, UNWIND_DEPTH_MAX);
		CHECK_EQ(stack.n_pcs, again.n_pcs);
		CHECK_EQ(stack.cut, again.cut);
		CHECK(memcmp(stack.pcs, again.pcs, stack.n_pcs * sizeof(*stack.pcs)) == 0);
	}
}

static void rules_are_bounded_and_forgotten(void)
{
	static struct rules rules;
	struct unwind_rule rule = rule_of(1);

	for (uintptr_t pc = 1; pc < 100000; pc++) {
		rule.cfa = (int32_t)pc;
		rules_add(&rules, pc, &rule);
		CHECK(rules_find(&rules, pc) != NULL && rules_find(&rules, pc)->cfa == rule.cfa);
	}
	rules_clear(&rules);
	for (uintptr_t pc = 1; pc < 100000; pc++)
		CHECK(rules_find(&rules, pc) == NULL);
}

int main(void)
{
	rules_are_bounded_and_forgotten();
	if (unwind_resolve(UNWIND_AUTO) != UNWIND_AUTO)
		return check_result(); // no stepping loop for this machine
	CHECK(map_stack());
	add_rules(&keeping);
	add_rules(&plain);
	every_frame_is_found_with_and_without_memo();
	cut_stacks_are_not_kept();
	unknown_code_cuts();
	zero_return_address_is_the_end();
	other_stacks_are_walked_too();
	wild_stacks_end();
	return check_result();
}
