// SPDX-License-Identifier: LGPL-2.1-or-later
// The stepping loop: walks by rules, the same on every machine.
#include "unwind/stepper.h"

#include <string.h>

#include "unwind/minimal.h"
#include "unwind/step.h"
#include "unwind/walk.h"

void unwind_thread_start(struct unwind_thread *thread)
{
	thread->stack = (struct stack_own){ 0 };
	memo_clear(&thread->memo);
}

void unwind_thread_forget_code(struct unwind_thread *thread)
{
	rules_clear(&thread->rules);
	memo_clear(&thread->memo);
	// Untouched pages stay untouched.
	if (thread->work.is_used)
		memset(&thread->work, 0, sizeof(thread->work));
	thread->n_wild = 0;
}

void unwind_thread_forget_stack(struct unwind_thread *thread)
{
	memo_clear(&thread->memo);
}

enum unwind_cut step_cut(enum step_end end)
{
	switch (end) {
	case STEP_NO_RULE:
		return UNWIND_CUT_NO_RULE;
	case STEP_NO_CODE:
		return UNWIND_CUT_NO_CODE;
	case STEP_BAD_STACK:
		return UNWIND_CUT_BAD_STACK;
	case STEP_DEPTH:
		return UNWIND_CUT_DEPTH;
	case STEP_GOES_ON:
	case STEP_JOINS:
	case STEP_WHOLE:
	case STEP_AGAIN:
		break;
	}
	return UNWIND_WHOLE;
}

// Loads a word that lies so far from the CFA, which is `size` away from the frame's stack pointer. What a
// plain rule loads lies below the CFA.
static inline __attribute__((always_inline)) bool
load(uintptr_t cfa, uintptr_t size, int32_t offset, const stack_word **slot, uintptr_t *word)
{
	if (__builtin_expect(size < (uintptr_t) - (intptr_t)offset, 0))
		return false;
	*slot = (const stack_word *)(cfa + (uintptr_t)(intptr_t)offset + ARCH_SLOT_SKEW);
	*word = **slot;
	return true;
}

// As step_frame, by a rule that is marked as plain, out of a frame that was not interrupted, on the
// thread's own stack.
static inline __attribute__((always_inline)) enum step_end
step_plain(struct step_walk *walk, const struct unwind_rule *rule)
{
	uintptr_t cfa = step_base(&walk->frame, rule) + (uintptr_t)(intptr_t)rule->cfa;
	uintptr_t size = cfa - walk->frame.sp, ra;

#if ARCH_HAS_FP2
	if (rule->base == RULE_FP2 && !walk->thread->memo.follows_fp2)
		return STEP_AGAIN;
#endif
	// Outward, and not beyond the stack: sp lies within it.
	if (__builtin_expect(size - 1 >= walk->bounds.high - walk->frame.sp ||
				     cfa % sizeof(uintptr_t) != 0,
			     0))
		return step_end_by_word(walk, STEP_BAD_STACK);
	step_note_use(walk, rule->kind);
	walk->frame.fp_slot = NULL;
	if (rule->fp_place != RULE_IN_REGISTER &&
	    !load(cfa, size, rule->fp, &walk->frame.fp_slot, &walk->frame.fp))
		return step_end_by_word(walk, STEP_BAD_STACK);
#if ARCH_HAS_FP2
	walk->frame.fp2_slot = NULL;
	if (walk->thread->memo.follows_fp2 && rule->fp2 == RULE_FP2_LOST)
		walk->frame.fp2 = 0;
	else if (walk->thread->memo.follows_fp2 && rule->fp2 != RULE_FP2_IN_REGISTER &&
		 !load(cfa, size, rule->fp2, &walk->frame.fp2_slot, &walk->frame.fp2))
		return step_end_by_word(walk, STEP_BAD_STACK);
#endif
	if (!load(cfa, size, rule->ra, &walk->frame.pc_slot, &ra))
		return step_end_by_word(walk, STEP_BAD_STACK);
	walk->pc = arch_strip(ra);
	walk->frame.sp = cfa;
	walk->how = (rule->kind & ~RULES_MARKS) == RULE_FRAME ? UNWIND_BY_TABLES : UNWIND_BY_SCAN;
	return __builtin_expect(walk->pc == 0, 0) ? step_end_by_word(walk, STEP_WHOLE)
						  : STEP_GOES_ON;
}

// Where the slow way has led to, which returns neither to a frame that was interrupted nor to another stack:
// all else is as it was.
static inline __attribute__((always_inline)) void come_back(struct step_walk *walk,
							    const struct step_walk *from)
{
	walk->n = from->n;
	walk->pc = from->pc;
	walk->frame = from->frame;
	walk->how = from->how;
	walk->is_simple = from->is_simple;
	walk->i = from->i;
}

static __attribute__((noinline, cold)) enum step_end step_seldom(struct step_walk *walk,
								 const struct unwind_rule *rule)
{
	enum step_end end = step_by(walk, rule);

	while (end == STEP_GOES_ON && (walk->is_exact || walk->bounds.is_foreign))
		end = step_slowly(walk);
	return end;
}

static inline __attribute__((always_inline)) enum step_end step(struct step_walk *walk)
{
	const struct unwind_rule *rule;
	struct step_walk copy;
	enum step_end end;

	if (!step_take(walk))
		return STEP_DEPTH;
	rule = rules_find(&walk->thread->rules, walk->pc);
	if (__builtin_expect(rule != NULL && (rule->kind & RULES_PLAIN) != 0, 1))
		return step_plain(walk, rule);
	// Of the walk itself no address is taken: it stays in registers.
	copy = *walk;
	end = step_seldom(&copy, rule);
	come_back(walk, &copy);
	return end;
}

// If the frame to be taken is kept, takes those outside it as far as they hold. The kept frames are a
// whole stack, and all are wanted.
static inline __attribute__((always_inline)) enum step_end join(struct step_walk *walk)
{
	struct step_walk copy;
	enum step_end end;
	size_t last;

	if (!step_meets_kept(walk))
		return STEP_GOES_ON;
	last = memo_verify(&walk->thread->memo, walk->i, MEMO_MAX - 1);
	if (last == MEMO_MAX - 1)
		return STEP_JOINS;
	if (IS_MINIMAL)
		return STEP_GOES_ON;
	copy = *walk;
	end = step_take_kept(&copy, last);
	come_back(walk, &copy);
	return end;
}

// Hands out what is kept.
static inline __attribute__((always_inline)) void hand_out(const struct memo *memo, size_t n_kept,
							   struct unwind_stack *stack)
{
	size_t first = MEMO_MAX - memo->n;

	stack->pcs = (uintptr_t *)&memo->pcs[first];
	stack->hows = (uint8_t *)&memo->hows[first];
	stack->n_pcs = memo->n;
	stack->n_kept = n_kept;
	stack->cut = memo->cut;
}

// Hands out what was found, and keeps it for the next walk.
static inline __attribute__((always_inline)) void
finish(const struct step_walk *walk, enum step_end end, struct unwind_stack *stack)
{
	struct memo *memo = &walk->thread->memo;
	size_t n_kept = end == STEP_JOINS ? MEMO_MAX - walk->i : 0;
	bool is_other = false;

	memo_keep(memo, walk->n, n_kept);
	if (end == STEP_JOINS) {
		// A kept frame that was found in another way is not quite the same.
		is_other = memo->hows[walk->i] != walk->how;
		memo_reach(memo, walk->i, &walk->frame, walk->how);
	} else {
		memo->cut = step_cut(end);
	}
	memo->high = walk->bounds.high;
	hand_out(memo, n_kept - is_other, stack);
	if (!walk->is_simple)
		memo_clear(memo);
}

// From a rough start.
static __attribute__((noinline, cold)) void walk_roughly(enum unwind_mode mode,
							 const struct unwind_start *start,
							 const struct unwind_context *context,
							 struct unwind_stack *stack)
{
	struct unwind_start caller = *start;

	if (!step_find_caller(context, &caller)) {
		walk_begin(stack, start);
		return;
	}
	caller.is_rough = false;
	walk_rules(mode, &caller, context, stack);
}

void walk_rules(enum unwind_mode mode, const struct unwind_start *start,
		const struct unwind_context *context, struct unwind_stack *stack)
{
	const struct stack_own *own = &context->thread->stack;
	struct memo *memo = &context->thread->memo;
	struct step_walk walk;
	enum step_end end;

	if (__builtin_expect(start->is_rough, 0) && unwind_arch.capture != NULL) {
		walk_roughly(mode, start, context, stack);
		return;
	}
	if (__builtin_expect(start->sp < own->low || start->sp >= own->high || !memo->is_plain,
			     0)) {
		stepper_walk_deep(mode, start, context, stack);
		return;
	}
	step_begin(&walk, mode, start, context, stack);
	walk.bounds.low = start->sp & ~(uintptr_t)(sizeof(uintptr_t) - 1);
	walk.bounds.high = own->high;
	walk.bounds.is_foreign = false;
	walk.i = memo->high <= own->high ? MEMO_MAX - memo->n : MEMO_MAX;
	end = join(&walk);
	// The stack of the last time again: nothing is new.
	if (end == STEP_JOINS && walk.n == 0 && walk.i == MEMO_MAX - memo->n &&
	    memo->n <= walk.max) {
		hand_out(memo, memo->n, stack);
		return;
	}
	// The other walk gives the same, if later.
	if (IS_MINIMAL) {
		stepper_walk_deep(mode, start, context, stack);
		return;
	}
	while (end == STEP_GOES_ON) {
		end = step(&walk);
		if (end == STEP_GOES_ON)
			end = join(&walk);
	}
	// Once more, to keep what lies beyond the depth too, or to follow more.
	if (__builtin_expect(end == STEP_DEPTH || end == STEP_AGAIN ||
				     (end == STEP_JOINS && walk.n + MEMO_MAX - walk.i > walk.max),
			     0))
		stepper_walk_deep(mode, start, context, stack);
	else
		finish(&walk, end, stack);
}
