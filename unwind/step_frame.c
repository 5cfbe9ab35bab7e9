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

#if ARCH_HAS_FP2
// The caller's second frame pointer. One that is lost is not one that a frame outside can have.
static bool load_fp2(struct step_walk *walk, const struct unwind_rule *rule, uintptr_t cfa,
		     struct memo_frame *next)
{
	uintptr_t at = cfa + (uintptr_t)(intptr_t)rule->fp2;

	next->fp2_slot = NULL;
	if (!walk->thread->memo.follows_fp2 || rule->fp2 == RULE_FP2_IN_REGISTER)
		return true;
	next->fp2 = 0;
	if (rule->fp2 == RULE_FP2_LOST)
		return true;
	next->fp2_slot = (const stack_word *)at;
	return step_load(walk, at, &next->fp2);
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
		    struct memo_frame *next)
{
	uintptr_t base = rule->fp_place == RULE_AT_CFA ? cfa : walk->frame.fp;
	uintptr_t at = base + (uintptr_t)(intptr_t)rule->fp + ARCH_SLOT_SKEW;

	next->fp_slot = NULL;
	if (rule->fp_place == RULE_IN_REGISTER)
		return true;
	next->fp_slot = (const stack_word *)at;
	return step_load(walk, at, &next->fp);
}

static bool load_ra(struct step_walk *walk, const struct unwind_rule *rule, uintptr_t cfa,
		    struct memo_frame *next, uintptr_t *ra)
{
	uintptr_t at = cfa + (uintptr_t)(intptr_t)rule->ra + ARCH_SLOT_SKEW;

	// A frame's CFA that is in memory a comparison would have to look at, too.
	next->pc_slot = rule->base == RULE_WORD_AT_FP ? &memo_never : (const stack_word *)at;
	return step_load(walk, at, ra);
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
	if (!load_fp(walk, rule, cfa, &next))
		return step_end_by_word(walk, STEP_BAD_STACK);
#if ARCH_HAS_FP2
	if (!load_fp2(walk, rule, cfa, &next))
		return step_end_by_word(walk, STEP_BAD_STACK);
#endif
	if (rule->ra_place == RULE_AT_CFA) {
		if (!load_ra(walk, rule, cfa, &next, &ra))
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

// What stepping out of kept frame `i` did, as far as that is known.
static enum rule_use use_of(const struct memo *memo, size_t i)
{
	if (memo_needs_fp(memo, i))
		return RULE_NEEDS_FP;
	return memo->frames[i + 1].fp_slot == NULL ? RULE_PASSES_FP : RULE_DROPS_FP;
}

// Of frame pointers that did not matter nobody has looked whether they are what they were.
static uintptr_t reload_fp(const struct memo_frame *kept, uintptr_t fp)
{
	return kept->fp_slot != NULL ? *kept->fp_slot : fp;
}

enum step_end step_take_kept(struct step_walk *walk, size_t last)
{
	const struct memo *memo = &walk->thread->memo;

	while (walk->i < last) {
		uintptr_t fp = walk->frame.fp;

		if (!step_take(walk))
			return STEP_DEPTH;
		step_note_use(walk, use_of(memo, walk->i));
		walk->i++;
		walk->pc = memo->pcs[walk->i];
		walk->how = memo->hows[walk->i];
		walk->frame = memo->frames[walk->i];
		walk->frame.fp = reload_fp(&walk->frame, fp);
	}
	walk->i++;
	return STEP_GOES_ON;
}
