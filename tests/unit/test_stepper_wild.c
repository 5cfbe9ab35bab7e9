// SPDX-License-Identifier: GPL-3.0-or-later
// The stepping loop on stacks that lead nowhere: it reads nothing but the stack, and ends.
#include "unwind/stepper.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "stack_model.h"

// One frame whose saved frame pointer is where its own frame pointer says, called by the outermost.
static struct unwind_stack walk_one(uintptr_t sp, uintptr_t fp, const struct unwind_rule *rule)
{
	enum { SITE = 0x20000 };
	struct unwind_rule known = *rule;

	rules_clear(&keeping.rules);
	rules_add(&keeping.rules, SITE, &known);
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

// What lies below a frame is another's, though walks that began further in may read it.
static void words_below_a_frame_are_not_loaded(void)
{
	enum { SITE = 0x20000 };
	struct unwind_rule below = rule_of(1);
	struct unwind_stack stack;

	below.fp_place = RULE_AT_CFA;
	for (int i = 0; i < 2; i++) {
		below.fp = i == 0 ? -20 * SLOT : -2 * SLOT;
		below.ra = i == 0 ? -SLOT : -20 * SLOT;
		begin();
		enter(1);
		model.pcs[1] = SITE;
		while (model.depth < DEPTH_USUAL)
			enter(1);
		store(model.sps[0] - 20 * SLOT, ROOT);
		add_rules(&keeping);
		rules_add(&keeping.rules, SITE, &below);
		for (; model.depth > 1; model.depth--) {
			stack = walk(&keeping, DEPTH);
			CHECK_EQ(stack.n_pcs, model.depth - 1);
			CHECK_EQ(stack.cut, UNWIND_CUT_BAD_STACK);
		}
	}
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

int main(void)
{
	if (unwind_resolve(UNWIND_AUTO) != UNWIND_AUTO)
		return check_lack("stepping loop for this machine");
	for (int is_own = 0; is_own < 2; is_own++) {
		CHECK(map_stack(STACK_PAGES));
		take_stack(is_own != 0);
		add_rules(&keeping);
		add_rules(&plain);
		nothing_outside_the_frame_is_read();
		words_below_a_frame_are_not_loaded();
		circles_end();
		if (is_own == 0)
			pages_that_go_away_end_the_stack();
		wild_stacks_end();
	}
	return check_result();
}
