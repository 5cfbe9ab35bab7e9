// SPDX-License-Identifier: LGPL-2.1-or-later
// Completes a start that is rough: walks out of the hook's own frames to its caller.
#include "unwind/produce.h"
#include "unwind/step.h"

// Where the way from the hook to here begins.
static bool start_here(struct step_walk *walk)
{
	struct stack_bounds found;
	struct unwind_state state;

	unwind_arch.capture(&state);
	walk->pc = state.pc;
	walk->frame.sp = state.sp;
	walk->frame.fp = state.fp;
#if ARCH_HAS_FP2
	walk->frame.fp2 = state.fp2;
#endif
	if (!stack_bounds_start(&walk->thread->stack, state.sp, &found))
		return false;
	step_set_bounds(walk, &found, state.sp);
	return true;
}

// Steps out of a frame of that way.
static bool step_own(struct step_walk *walk)
{
	struct rules *rules = &walk->thread->rules;
	const struct unwind_rule *rule = rules_find(rules, walk->pc);
	const struct unwind_state state = { .pc = walk->pc };
	struct unwind_rule made;
	unsigned wild_left = 0;

	if (rule == NULL) {
		produce_rule(walk->context, step_producers(UNWIND_AUTO), &walk->thread->work,
			     &wild_left, &state, NULL, &made);
		rules_add(rules, walk->pc, &made);
		rule = &made;
	}
	if ((rule->kind & RULES_PLAIN) == 0 && rule->kind != RULE_FRAME &&
	    rule->kind != RULE_SCANNED)
		return false;
	return step_frame(walk, rule, UNWIND_BY_HOOK) == STEP_GOES_ON;
}

// Walks out of the frames that lead from the hook to here, to the hook's caller.
static bool walk_to_caller(const struct unwind_context *context, struct unwind_start *start)
{
	enum { OWN_MAX = 32 }; // frames
	struct step_walk walk = { .context = context, .thread = context->thread };

	if (!start_here(&walk))
		return false;
	for (unsigned n = 0; walk.pc != start->pc; n++) {
		if (n == OWN_MAX || !step_own(&walk))
			return false;
	}
	start->sp = walk.frame.sp;
	start->fp = walk.frame.fp;
#if ARCH_HAS_FP2
	start->fp2 = walk.frame.fp2;
#endif
	return true;
}

bool step_find_caller(const struct unwind_context *context, struct unwind_start *start)
{
	enum { TRIES = 2 }; // the first may find that more must be followed

	for (int i = 0; i < TRIES; i++) {
		if (walk_to_caller(context, start))
			return true;
	}
	return false;
}
