// SPDX-License-Identifier: LGPL-2.1-or-later
// Steps out of one frame by its rule, whatever the rule and the stack.
#include "unwind/step.h"

// Nothing below a frame is its own, but what a leaf keeps there when it is interrupted.
static uintptr_t frame_low(const struct step_walk *walk)
{
	uintptr_t sp = walk->frame.sp, room = sp - walk->bounds.low;

	if (sp < walk->bounds.low)
		return walk->bounds.low;
	return walk->is_exact ? sp - (room <= ARCH_RED_ZONE ? room : ARCH_RED_ZONE) : sp;
}

bool step_load(struct step_walk *walk, uintptr_t address, uintptr_t *word)
{
	if (address % sizeof(*word) != 0 || address < frame_low(walk) ||
	    (address > walk->bounds.high - sizeof(*word) &&
	     !stack_bounds_extend(&walk->bounds, address, sizeof(*word))))
		return false;
	*word = *(const stack_word *)address;
	return true;
}

static bool load_checked(struct step_walk *walk, uintptr_t address, uintptr_t *word)
{
	if (!step_load(walk, address, word))
		return false;
	step_note(walk, address, *word);
	return true;
}

#if ARCH_HAS_FP2
// The caller's second frame pointer. One that is lost is not one that a frame outside can have.
static bool load_fp2(struct step_walk *walk, const struct unwind_rule *rule, uintptr_t cfa,
		     uintptr_t *fp2)
{
	if (!walk->thread->memo.follows_fp2 || rule->fp2 == RULE_FP2_IN_REGISTER)
		return true;
	*fp2 = 0;
	return rule->fp2 == RULE_FP2_LOST ||
	       load_checked(walk, cfa + (uintptr_t)(intptr_t)rule->fp2, fp2);
}

// The first frame that counts from its second frame pointer: the walk begins anew, and follows it.
static bool must_follow(struct step_walk *walk, const struct unwind_rule *rule)
{
	struct memo *memo = &walk->thread->memo;

	if (rule->base != RULE_FP2 || memo->follows_fp2)
		return false;
	memo_clear(memo);
	memo->follows_fp2 = true;
	return true;
}
#endif

static bool load_fp(struct step_walk *walk, const struct unwind_rule *rule, uintptr_t cfa,
		    uintptr_t *fp)
{
	uintptr_t base = rule->fp_place == RULE_AT_CFA ? cfa : walk->frame.fp;

	return rule->fp_place == RULE_IN_REGISTER ||
	       load_checked(walk, base + (uintptr_t)(intptr_t)rule->fp + ARCH_SLOT_SKEW, fp);
}

static bool load_ra(struct step_walk *walk, const struct unwind_rule *rule, uintptr_t cfa,
		    uintptr_t *ra)
{
	uintptr_t at = cfa + (uintptr_t)(intptr_t)rule->ra + ARCH_SLOT_SKEW;

	// Such a frame's CFA is in memory too, which a comparison would have to look at.
	if (rule->base == RULE_WORD_AT_FP) {
		step_note(walk, (uintptr_t)&memo_never, 1);
		return step_load(walk, at, ra);
	}
	return load_checked(walk, at, ra);
}

enum step_end step_frame(struct step_walk *walk, const struct unwind_rule *rule,
			 enum unwind_how how)
{
	struct memo_frame next = walk->frame;
	uintptr_t cfa, ra = walk->ra;

#if ARCH_HAS_FP2
	if (must_follow(walk, rule))
		return STEP_AGAIN;
#endif
	cfa = step_base(&walk->frame, rule) + (uintptr_t)(intptr_t)rule->cfa;
	if (rule->base == RULE_WORD_AT_FP && !step_load(walk, cfa, &cfa))
		return step_end_by_word(walk, STEP_BAD_STACK);
	// Frames only lie further out. One that has saved nothing may be empty.
	if (cfa < walk->frame.sp || (cfa == walk->frame.sp && !walk->is_exact) ||
	    (cfa > walk->bounds.high && !walk->bounds.is_foreign))
		return step_end_by_word(walk, STEP_BAD_STACK);
	next.sp = cfa;
	if (!load_fp(walk, rule, cfa, &next.fp))
		return step_end_by_word(walk, STEP_BAD_STACK);
#if ARCH_HAS_FP2
	if (!load_fp2(walk, rule, cfa, &next.fp2))
		return step_end_by_word(walk, STEP_BAD_STACK);
#endif
	if (rule->ra_place == RULE_AT_CFA) {
		if (!load_ra(walk, rule, cfa, &ra))
			return step_end_by_word(walk, STEP_BAD_STACK);
	} else if (!walk->is_exact) {
		return STEP_NO_RULE;
	}
	walk->pc = arch_strip(ra);
	walk->frame = next;
	walk->how = (uint8_t)how;
	walk->is_exact = false;
	return walk->pc == 0 ? step_end_by_word(walk, STEP_WHOLE) : STEP_GOES_ON;
}

enum step_end step_take_kept(struct step_walk *walk, size_t last)
{
	const struct memo *memo = &walk->thread->memo;

	for (; walk->i < last; walk->i++) {
		const struct memo_check *end =
			&memo->checks[MEMO_CHECKS_MAX - memo->n_outside[walk->i + 1]];

		if (!step_take(walk))
			return STEP_DEPTH;
		for (const struct memo_check *check =
			     &memo->checks[MEMO_CHECKS_MAX - memo->n_outside[walk->i]];
		     check < end; check++)
			step_note(walk, (uintptr_t)check->slot, check->word);
		walk->pc = memo->pcs[walk->i + 1];
		walk->how = memo->hows[walk->i + 1];
		walk->frame = memo->frames[walk->i + 1];
	}
	walk->i++;
	return STEP_GOES_ON;
}
