// SPDX-License-Identifier: LGPL-2.1-or-later
// Steps out of the kernel's frame of a signal, to what the signal has interrupted.
#include "unwind/produce.h"
#include "unwind/step.h"

// The stack that was interrupted at `sp`: this one, further out, or another.
static bool find_interrupted(struct step_walk *walk, uintptr_t sp)
{
	struct stack_own *own = &walk->thread->stack;
	struct stack_bounds found;

	if (!walk->bounds.is_foreign && sp >= own->low && sp < own->high)
		return sp > walk->frame.sp;
	if (!stack_bounds_find(own, sp, &found) && !stack_bounds_find_used_up(own, sp, &found))
		return false;
	step_set_bounds(walk, &found,
			sp - found.low <= ARCH_RED_ZONE ? found.low : sp - ARCH_RED_ZONE);
	return true;
}

enum step_end step_signal(struct step_walk *walk)
{
	struct unwind_state state = { .pc = walk->pc, .sp = walk->frame.sp, .fp = walk->frame.fp };
	struct produce_copy copy;

	if (walk->n > walk->max)
		return STEP_DEPTH;
	walk->is_simple = false;
	walk->goal = walk->max;
	walk->i = MEMO_MAX;
	// Nobody has called the trampoline either.
	walk->thread->memo.new_frames[walk->n - 1].how |= UNWIND_EXACT;
	if (unwind_arch.has_wild_trampolines)
		state.pc = produce_copy_trampoline(walk->pc, &copy);
	if (state.pc == 0 || !unwind_arch.read_signal(&walk->bounds, &state))
		return STEP_BAD_STACK;
	walk->pc = state.pc;
	walk->ra = state.ra;
	walk->is_exact = true;
	walk->how = UNWIND_BY_SIGNAL | UNWIND_EXACT;
	if (!find_interrupted(walk, state.sp)) {
		// Where it happened is known all the same.
		if (walk->pc != 0)
			(void)step_take(walk);
		return STEP_BAD_STACK;
	}
	walk->frame.sp = state.sp;
	walk->frame.fp = state.fp;
#if ARCH_HAS_FP2
	walk->frame.fp2 = state.fp2;
#endif
	return walk->pc != 0 ? STEP_GOES_ON : step_uncall(walk);
}

enum step_end step_uncall(struct step_walk *walk)
{
	// Nothing but the call itself has happened.
	static const struct unwind_rule called = {
		.kind = RULE_FRAME,
		.base = RULE_SP,
		.cfa = ARCH_CALL_SIZE,
		.ra_place = ARCH_CALL_SIZE != 0 ? RULE_AT_CFA : RULE_IN_REGISTER,
		.ra = -ARCH_CALL_SIZE,
	};
	struct unwind_code code;
	enum step_end end = step_frame(walk, &called, UNWIND_BY_SCAN);

	if (end == STEP_GOES_ON &&
	    !walk->context->find_code(walk->context->user, walk->pc - 1, &code))
		end = step_end_by_word(walk, STEP_NO_CODE);
	return end;
}
