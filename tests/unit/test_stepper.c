// SPDX-License-Identifier: GPL-3.0-or-later
// The stepping loop on stacks made up for it: what is right, what is kept, and what is cut.
#include "unwind/stepper.h"

#include <string.h>

#include "check.h"
#include "stack_model.h"

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

// Both find the same, whatever it is.
static void check_alike(size_t max)
{
	struct unwind_stack kept = walk(&keeping, max), again;

	unwind_thread_forget_stack(&plain);
	again = walk(&plain, max);
	CHECK_EQ(kept.n_pcs, again.n_pcs);
	CHECK_EQ(kept.cut, again.cut);
	CHECK(memcmp(kept.pcs, again.pcs, kept.n_pcs * sizeof(*kept.pcs)) == 0);
}

// The outermost of as many frames as are wanted has become the last: that is why the stack ends.
static void last_frame_at_the_depth_ends_a_stack(void)
{
	enum { MAX = 20, DEEP = 60, WILD_CODE = 0x700000 };
	static const uintptr_t words[] = { 0, WILD_CODE, 1 };

	for (size_t depth = DEEP; depth > MAX; depth--) {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			begin();
			while (model.depth < DEEP)
				enter(draw(KINDS));
			check_alike(MAX);
			model.depth = depth;
			store(model.sps[depth - MAX - 1] - SLOT, words[i]);
			check_alike(MAX);
			if (depth > MAX + 1)
				store(model.sps[depth - MAX - 2] - SLOT, words[i]);
			check_alike(MAX);
			add_rules(&keeping);
			add_rules(&plain);
		}
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
		last_frame_at_the_depth_ends_a_stack();
		unknown_code_cuts();
		zero_return_address_is_the_end();
	}
	return check_result();
}
