// SPDX-License-Identifier: LGPL-2.1-or-later
// Steps out of code that is in no module, as a program's own compiler makes it: by frame pointers, where they
// lead back to a module.
//
// Nothing is known of such code but that many of its makers keep frame pointers. So all links up to the next
// module are looked at before the first is followed: they lie ever further out on the stack, and the last of
// them holds what a call in the module returns to.
#include "unwind/produce.h"
#include "unwind/step.h"

// How many links lead from the frame to a call in a module; 0: none do. `are_loaded`: words were that no check
// has.
static size_t count_links(struct step_walk *walk, bool *are_loaded)
{
	const struct unwind_context *context = walk->context;
	uintptr_t low = walk->frame.sp, fp = walk->frame.fp, next, ra;

	*are_loaded = false;
	for (size_t n = 1; n <= UNWIND_DEPTH_MAX; n++) {
		struct unwind_code code;

		if (fp < low || !step_load(walk, fp, &next) ||
		    !step_load(walk, fp + sizeof(fp), &ra))
			return 0;
		*are_loaded = true;
		ra = arch_strip(ra);
		if (ra == 0)
			return 0;
		if (context->find_code(context->user, ra - 1, &code))
			return produce_is_behind_call(context, ra) ? n : 0;
		low = fp + 2 * sizeof(fp);
		fp = next;
	}
	return 0;
}

bool step_has_links(struct step_walk *walk)
{
	bool are_loaded;

	return ARCH_HAS_LINKS && count_links(walk, &are_loaded) != 0;
}

// Out of the module's frame that links led to, where they do not say what its stack pointer is: by its own link, where
// its rule says that it has one, at the CFA less so much.
static enum step_end leave_by_link(struct step_walk *walk)
{
	struct unwind_rule rule;

	step_find_rule(walk, &rule);
	if ((rule.kind != RULE_FRAME && rule.kind != RULE_SCANNED) || rule.base != RULE_SP)
		return STEP_GOES_ON;
	if (!step_take(walk))
		return STEP_DEPTH;
	if (rule.fp_place != RULE_AT_CFA || rule.ra_place != RULE_AT_CFA ||
	    rule.ra - rule.fp != unwind_arch.linked.ra - unwind_arch.linked.fp)
		return step_end_by_word(walk, STEP_NO_RULE);
	rule.base = RULE_FP;
	rule.cfa = -rule.fp;
	return step_frame(walk, &rule, UNWIND_BY_LINKS);
}

// Out of the frame taken last, by so many links.
static enum step_end follow_links(struct step_walk *walk, size_t n)
{
	for (;;) {
		enum step_end end = step_frame(walk, &unwind_arch.linked, UNWIND_BY_LINKS);

		if (end != STEP_GOES_ON)
			return end;
		if (--n == 0)
			return ARCH_LINKS_TELL_SP ? STEP_GOES_ON : leave_by_link(walk);
		if (!step_take(walk))
			return STEP_DEPTH;
	}
}

enum step_end step_links(struct step_walk *walk)
{
	bool are_loaded = false;
	size_t n = 0;

	if (ARCH_HAS_LINKS && (step_producers(walk->mode) & PRODUCE_BY_LINKS) != 0)
		n = count_links(walk, &are_loaded);
	if (n == 0)
		return are_loaded ? step_end_by_word(walk, STEP_NO_CODE) : STEP_NO_CODE;
	return follow_links(walk, n);
}

enum step_end step_misled(struct step_walk *walk)
{
	const struct memo_new *last;
	bool are_loaded;
	size_t n;

	if (!ARCH_SCANS_GUESS && ARCH_HAS_LINKS && step_has_links(walk))
		return step_links(walk);
	walk->n--;
	if (walk->n > walk->max)
		return STEP_DEPTH;
	walk->is_simple = false;
	if (ARCH_SCANS_GUESS || !ARCH_HAS_LINKS || walk->n == 0)
		return STEP_NO_CODE;
	last = &walk->thread->memo.new_frames[walk->n - 1];
	walk->frame = last->frame;
	n = (last->how & UNWIND_EXACT) == 0 ? count_links(walk, &are_loaded) : 0;
	return n != 0 ? follow_links(walk, n) : STEP_NO_CODE;
}
