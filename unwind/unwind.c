// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of walkers.
#include "unwind/unwind.h"

#include "unwind/arch.h"
#include "unwind/walk.h"

typedef void walker(const struct unwind_start *start, const struct unwind_context *context,
		    struct unwind_stack *stack);

static const struct {
	walker *walk;
	bool has_array; // hands out an array of its own, and need not be given a begun stack
} walkers[] = {
	[UNWIND_NONE] = { NULL, false },         [UNWIND_GCC] = { walk_gcc, false },
	[UNWIND_SCAN] = { walk_scan, true },     [UNWIND_FP] = { walk_links, false },
	[UNWIND_TABLES] = { walk_tables, true }, [UNWIND_AUTO] = { walk_auto, true },
};

bool walk_push(struct unwind_stack *stack, uintptr_t pc, unsigned how)
{
	if (stack->n_pcs == stack->max) {
		stack->cut = UNWIND_CUT_DEPTH;
		return false;
	}
	stack->hows[stack->n_pcs] = (uint8_t)how;
	stack->pcs[stack->n_pcs++] = pc;
	return true;
}

void walk_begin(struct unwind_stack *stack, const struct unwind_start *start)
{
	stack->n_pcs = stack->n_kept = 0;
	walk_push(stack, start->pc, UNWIND_BY_HOOK);
	stack->cut = UNWIND_CUT_NO_RULE;
}

enum unwind_mode unwind_resolve(enum unwind_mode mode)
{
	switch (mode) {
	case UNWIND_SCAN:
		return unwind_arch.isa_at != NULL ? mode : UNWIND_FP;
	case UNWIND_TABLES:
	case UNWIND_AUTO:
		return unwind_arch.dwarf_sp != 0 ? mode : UNWIND_GCC;
	case UNWIND_NONE:
	case UNWIND_GCC:
	case UNWIND_FP:
		break;
	}
	return mode;
}

void unwind_walk(enum unwind_mode mode, const struct unwind_start *start,
		 const struct unwind_context *context, struct unwind_stack *stack)
{
	mode = unwind_resolve(mode);
	if (walkers[mode].walk == NULL || start->pc == 0) {
		stack->n_pcs = stack->n_kept = 0;
		stack->cut = UNWIND_CUT_NO_WALK;
		return;
	}
	if (!walkers[mode].has_array)
		walk_begin(stack, start);
	walkers[mode].walk(start, context, stack);
}
