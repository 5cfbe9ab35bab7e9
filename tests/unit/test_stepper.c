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
	DEEP_PAGES = 64,
	KINDS = 6 + 3 * ARCH_HAS_FP2,
	SITES = 2, // call sites of each kind: few, so that stacks differ by little but their frames
	DEPTH = 1500,
	DEPTH_USUAL = 40,
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

static bool map_stack(size_t n_pages)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = n_pages * page;
	char *pages = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + page, size, PROT_READ | PROT_WRITE) != 0)
		return false;
	model.low = (uintptr_t)pages + page;
	model.high = model.low + size;
	return true;
}

// The model's stack is the thread's own, or one that it is on for a while.
static void take_stack(bool is_own)
{
	struct stack_own own = { .is_looked_up = true };

	if (is_own) {
		own.low = model.low;
		own.high = model.high;
	}
	keeping.stack = plain.stack = own;
	unwind_thread_forget_stack(&keeping);
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

// The innermost `max` frames.
static void check_cut(const struct unwind_stack *stack, size_t max)
{
	size_t n = model.depth < max ? model.depth : max;
	bool is_same = stack->n_pcs == n;

	for (size_t i = 0; is_same && i < n; i++)
		is_same = stack->pcs[i] == model.pcs[model.depth - 1 - i] &&
			  stack->hows[i] == how_of(model.depth - 1 - i);
	CHECK(is_same);
	CHECK_EQ(stack->cut, model.depth > max ? UNWIND_CUT_DEPTH : UNWIND_WHOLE);
}

static void check_stack(const struct unwind_stack *stack)
{
	check_cut(stack, DEPTH);
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
		for (uint32_t n = draw(8); n > 0 && model.depth < DEPTH_USUAL; n--)
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

static void cut_stacks_are_told_from_whole_ones(void)
{
	struct unwind_stack stack;

	begin();
	while (model.depth < 30)
		enter(draw(KINDS));
	stack = walk(&keeping, 30);
	check_cut(&stack, 30);
	stack = walk(&keeping, 29);
	check_cut(&stack, 29);
	CHECK_EQ(stack.n_kept, 0);
	stack = walk(&keeping, 29);
	check_cut(&stack, 29);
	CHECK_EQ(stack.n_kept, 29);
	stack = walk(&keeping, 1);
	check_cut(&stack, 1);
	stack = walk(&keeping, 30);
	CHECK_EQ(stack.n_kept, 0);
	check_cut(&stack, 30);
	stack = walk(&keeping, 30);
	CHECK_EQ(stack.n_kept, 30);
	check_cut(&stack, 30);
}

// Far beyond what is wanted and what can be kept, and back.
static void deep_stacks_are_kept_too(void)
{
	static const size_t maxes[] = { 20, 128, 128, 700, 1024 };
	size_t target = DEPTH, max = 20;

	begin();
	for (int round = 0; round < 6000; round++) {
		bool is_inward = model.depth < target;

		if (draw(100) == 0) {
			target = draw(2) == 0 ? 1 + draw(DEPTH - 1) : DEPTH - draw(20);
			max = maxes[draw(5)];
		}
		for (uint32_t n = draw(is_inward ? 30 : 8); n > 0 && model.depth < DEPTH; n--)
			enter(draw(KINDS));
		for (uint32_t n = draw(is_inward ? 8 : 30); n > 0 && model.depth > 1; n--)
			model.depth--;
		struct unwind_stack stack = walk(&keeping, max);
		check_cut(&stack, max);
		check_kept(&stack);
		unwind_thread_forget_stack(&plain);
		stack = walk(&plain, max);
		check_cut(&stack, max);
	}
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

// One frame whose saved frame pointer is where its own frame pointer says, called by the outermost.
static struct unwind_stack walk_one(uintptr_t sp, uintptr_t fp, const struct unwind_rule *rule)
{
	enum { SITE = 0x20000 };

	rules_clear(&keeping.rules);
	rules_add(&keeping.rules, SITE, rule);
	model.depth = 1;
	model.pcs[0] = SITE;
	model.sps[0] = sp;
	model.fps[0] = fp;
	unwind_thread_forget_stack(&keeping);
	return walk(&keeping, 10);
}

static void check_refused(uintptr_t sp, uintptr_t fp, const struct unwind_rule *rule)
{
	struct unwind_stack stack = walk_one(sp, fp, rule);

	CHECK_EQ(stack.n_pcs, 1);
	CHECK_EQ(stack.cut, UNWIND_CUT_BAD_STACK);
}

// What is outside lies in pages that cannot be read: reading it ends the test.
static void nothing_outside_the_frame_is_read(void)
{
	const struct unwind_rule by_sp = { .kind = RULE_FRAME,
					   .ra_place = RULE_AT_CFA,
					   .fp_place = RULE_AT_FP,
					   .cfa = 2 * SLOT,
					   .ra = -SLOT };
	struct unwind_rule by_word = by_sp, far = by_sp;
	uintptr_t sp = model.high - 6 * SLOT;

	by_word.base = RULE_WORD_AT_FP;
	by_word.cfa = 0;
	far.fp_place = RULE_IN_REGISTER;
	store(sp + SLOT, ROOT);
	store(model.high - SLOT, ROOT);
	CHECK_EQ(walk_one(sp, sp, &by_sp).n_pcs, 2);
	CHECK_EQ(walk_one(sp, model.high - SLOT, &by_sp).n_pcs, 2);
	CHECK_EQ(walk_one(model.high - 2 * SLOT, sp + 4 * SLOT, &by_sp).n_pcs, 2);
	for (int i = 0; i < 2; i++) {
		const struct unwind_rule *rule = i == 0 ? &by_sp : &by_word;

		check_refused(sp, model.low - SLOT, rule);
		check_refused(sp, sp - SLOT, rule);
		check_refused(sp, sp + 1, rule);
		check_refused(sp, model.high, rule);
		check_refused(sp, model.high + 100 * SLOT, rule);
		check_refused(sp, UINTPTR_MAX - SLOT + 1, rule);
		check_refused(sp, model.high - sizeof(uintptr_t) + 1, rule);
		check_refused(sp, 0, rule);
	}
	check_refused(model.high - SLOT, sp, &by_sp);
	check_refused(sp + 1, sp, &by_sp);
	far.ra = 100 * SLOT;
	check_refused(sp, sp, &far);
	far.ra = -100 * SLOT;
	check_refused(sp, sp, &far);
	far.cfa = INT32_MAX;
	check_refused(sp, sp, &far);
	add_rules(&keeping);
}

// A frame that is its own caller, and one that lies inside its callee.
static void circles_end(void)
{
	struct unwind_rule linked = { .kind = RULE_FRAME,
				      .base = RULE_FP,
				      .ra_place = RULE_AT_CFA,
				      .fp_place = RULE_AT_CFA,
				      .cfa = 2 * SLOT,
				      .ra = -SLOT,
				      .fp = -2 * SLOT };
	uintptr_t sp = model.low + 100 * SLOT;

	for (uintptr_t at = model.low; at < sp + SLOT; at += 2 * SLOT) {
		store(at, at);
		store(at + SLOT, 0x20000);
	}
	check_refused(sp, sp - 2 * SLOT, &linked);
	check_refused(sp, sp - 4 * SLOT, &linked);
	store(sp, sp);
	store(sp + SLOT, 0x20000);
	CHECK_EQ(walk_one(sp, sp, &linked).n_pcs, 2);
	CHECK_EQ(walk_one(sp, sp, &linked).cut, UNWIND_CUT_BAD_STACK);
	// Outward, then back to where the first frame is.
	store(sp + 8 * SLOT, sp);
	store(sp + 9 * SLOT, 0x20000);
	CHECK_EQ(walk_one(sp, sp + 8 * SLOT, &linked).n_pcs, 2);
	CHECK_EQ(walk_one(sp, sp + 8 * SLOT, &linked).cut, UNWIND_CUT_BAD_STACK);
	add_rules(&keeping);
}

// The page of a foreign stack that a frame lies in may be gone the next time, with what was kept.
static void pages_that_go_away_end_the_stack(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uintptr_t gone = model.high - 2 * page;
	struct unwind_stack stack;

	begin();
	while (model.depth < DEPTH_USUAL || model.sps[model.depth - 1] > gone - 20 * SLOT)
		enter(1);
	stack = walk(&keeping, DEPTH);
	check_stack(&stack);
	CHECK(mprotect((void *)gone, page, PROT_NONE) == 0);
	stack = walk(&keeping, DEPTH);
	CHECK_EQ(stack.cut, UNWIND_CUT_BAD_STACK);
	CHECK(stack.n_pcs > 1 && stack.n_pcs < model.depth);
	CHECK_EQ(stack.n_kept, 0);
	CHECK(mprotect((void *)gone, page, PROT_READ | PROT_WRITE) == 0);
	stack = walk(&keeping, DEPTH);
	check_stack(&stack);
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
	for (int is_own = 0; is_own < 2; is_own++) {
		CHECK(map_stack(DEEP_PAGES));
		take_stack(is_own != 0);
		add_rules(&keeping);
		add_rules(&plain);
		deep_stacks_are_kept_too();
		CHECK(map_stack(STACK_PAGES));
		take_stack(is_own != 0);
		every_frame_is_found_with_and_without_memo();
		cut_stacks_are_told_from_whole_ones();
		unknown_code_cuts();
		zero_return_address_is_the_end();
		nothing_outside_the_frame_is_read();
		circles_end();
		if (is_own == 0)
			pages_that_go_away_end_the_stack();
		wild_stacks_end();
	}
	return check_result();
}
