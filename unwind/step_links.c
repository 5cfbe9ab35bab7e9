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

enum step_end step_links(struct step_walk *walk)
{
	bool are_loaded = false;
	size_t n = 0;

	if (ARCH_HAS_LINKS && (step_producers(walk->mode) & PRODUCE_BY_LINKS) != 0)
		n = count_links(walk, &are_loaded);
	if (n == 0)
		return are_loaded ? step_end_by_word(walk, STEP_NO_CODE) : STEP_NO_CODE;
	for (;;) {
		enum step_end end = step_frame(walk, &unwind_arch.linked, UNWIND_BY_LINKS);

		if (end != STEP_GOES_ON || --n == 0)
			return end;
		if (!step_take(walk))
			return STEP_DEPTH;
	}
}
