// SPDX-License-Identifier: LGPL-2.1-or-later
// The walk that looks at everything: of stacks that are deep, not the thread's own, or new.
#include "unwind/step.h"
#include "unwind/walk.h"

enum { COMPARE_MAX = 256 << 10 }; // bytes of a foreign stack that are worth asking for, to compare

// How far out kept frames are to be compared, from walk->i on: to the outermost that is wanted and one more,
// which shows that the stack goes on.
static size_t last_to_compare(const struct step_walk *walk)
{
	size_t n_left = walk->max - walk->n, n_kept = MEMO_MAX - walk->i;

	return n_left < n_kept ? walk->i + n_left : MEMO_MAX - 1;
}

// If the frame to be taken is kept, takes those outside it as far as they hold and are wanted. What
// is further out stays as it is, to be compared when it is wanted.
static enum step_end join(struct step_walk *walk)
{
	const struct memo *memo = &walk->thread->memo;
	size_t last_wanted, last;

	if (!step_meets_kept(walk))
		return STEP_GOES_ON;
	if (walk->n >= walk->max)
		last_wanted = last = walk->i;
	else {
		last_wanted = last_to_compare(walk);
		last = memo_verify(memo, walk->i, last_wanted);
	}
	// Of the outermost frame of a deep stack nobody has looked yet what it leads to.
	if (last == last_wanted && (last != MEMO_MAX - 1 || !memo->is_deep))
		return STEP_JOINS;
	return step_take_kept(walk, last);
}

// How many of the outermost frames handed out now were so the last time, where kept frame `i` and
// those outside it are taken again.
static size_t count_same(const struct step_walk *walk, size_t i, size_t outer)
{
	const struct memo *memo = &walk->thread->memo;

	if (i > outer || outer != memo->outer)
		return 0;
	// One that was found in another way is not quite the same.
	return outer - i + (memo->hows[i] == walk->how);
}

// Makes room for the new frames. How many of the kept ones are left.
static size_t drop_outermost(const struct step_walk *walk, size_t n_kept)
{
	size_t n_left = walk->goal > walk->n ? walk->goal - walk->n : 0;

	if (walk->n + n_kept <= MEMO_MAX)
		return n_kept;
	memo_drop(&walk->thread->memo, n_kept, n_left);
	return n_left;
}

// Hands out what is wanted of what was found, and keeps all of it for the next walk.
static void finish(const struct step_walk *walk, enum step_end end, struct unwind_stack *stack)
{
	struct memo *memo = &walk->thread->memo;
	size_t n_kept = end == STEP_JOINS ? drop_outermost(walk, MEMO_MAX - walk->i) : 0;
	size_t n = walk->n + n_kept, first = MEMO_MAX - n, outer;

	if (end != STEP_JOINS) {
		memo->cut = step_cut(end);
		memo->is_deep = end == STEP_DEPTH;
	}
	stack->n_pcs = n < walk->max ? n : walk->max;
	outer = first + stack->n_pcs - 1;
	stack->n_kept = n_kept != 0 ? count_same(walk, MEMO_MAX - n_kept, outer) : 0;
	memo_keep(memo, walk->n, n_kept);
	if (n_kept != 0)
		memo_reach(memo, MEMO_MAX - n_kept, &walk->frame, walk->how);
	memo->high = walk->bounds.high;
	memo->outer = outer;
	memo->is_plain = outer == MEMO_MAX - 1 && !memo->is_deep;
	stack->pcs = &memo->pcs[first];
	stack->hows = &memo->hows[first];
	stack->cut = memo->is_plain ? memo->cut : UNWIND_CUT_DEPTH;
	if (!walk->is_simple)
		memo_clear(memo);
}

// Kept frames can be compared where their slots can be read.
static bool can_compare(struct step_walk *walk)
{
	uintptr_t high = walk->thread->memo.high;

	return high <= walk->bounds.high || (high - walk->frame.sp <= COMPARE_MAX &&
					     stack_bounds_extend(&walk->bounds, high - 1, 1));
}

void stepper_walk_deep(enum unwind_mode mode, const struct unwind_start *start,
		       const struct unwind_context *context, struct unwind_stack *stack)
{
	enum step_end end = STEP_GOES_ON;
	struct stack_bounds found;
	struct step_walk walk;

	if (!stack_bounds_start(&context->thread->stack, start->sp, &found)) {
		walk_begin(stack, start);
		stack->cut = UNWIND_CUT_BAD_STACK;
		return;
	}
	// Every memo that the other loop meets has been here first.
	context->thread->memo.frames[MEMO_MAX].sp = UINTPTR_MAX;
	step_begin(&walk, mode, start, context, stack);
	walk.goal = walk.max + walk.max / 2 + 1 < MEMO_MAX ? walk.max + walk.max / 2 + 1 : MEMO_MAX;
	step_set_bounds(&walk, &found, start->sp);
	walk.i = can_compare(&walk) ? MEMO_MAX - walk.thread->memo.n : MEMO_MAX;
	while (end == STEP_GOES_ON) {
		end = join(&walk);
		if (end == STEP_GOES_ON)
			end = step_slowly(&walk);
	}
	if (end == STEP_AGAIN)
		stepper_walk_deep(mode, start, context, stack);
	else
		finish(&walk, end, stack);
}
