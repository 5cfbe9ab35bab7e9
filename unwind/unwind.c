// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of walkers.
#include "unwind/unwind.h"

#include "unwind/walk.h"

typedef void walker(const struct unwind_start *start, const struct unwind_context *context,
		    struct unwind_stack *stack);

static walker *const walkers[] = {
	[UNWIND_NONE] = NULL,
	[UNWIND_GCC] = walk_gcc,
	[UNWIND_SCAN] = walk_scan,
};

bool walk_push(struct unwind_stack *stack, uintptr_t pc)
{
	if (stack->n_pcs == stack->max) {
		stack->is_cut = true;
		return false;
	}
	stack->pcs[stack->n_pcs++] = pc;
	return true;
}

bool unwind_scans_code(void)
{
#if defined(__mips__)
	return true;
#else
	return false;
#endif
}

void unwind_walk(enum unwind_mode mode, const struct unwind_start *start,
		 const struct unwind_context *context, struct unwind_stack *stack)
{
	stack->n_pcs = 0;
	stack->is_cut = true;
	if (walkers[mode] == NULL || start->pc == 0)
		return;
	walk_push(stack, start->pc);
	walkers[mode](start, context, stack);
}
