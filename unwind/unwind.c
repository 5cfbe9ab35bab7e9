// SPDX-License-Identifier: LGPL-2.1-or-later
// The table of walkers.
#include "unwind/unwind.h"

#include "unwind/arch.h"
#include "unwind/unwind_gcc.h"
#include "unwind/walk.h"

typedef void walker(enum unwind_mode mode, const struct unwind_start *start,
		    const struct unwind_context *context, struct unwind_stack *stack);

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
	case UNWIND_GCC:
		return unwind_has_gcc() || unwind_arch.dwarf_sp == 0 ? mode : UNWIND_AUTO;
	case UNWIND_NONE:
	case UNWIND_FP:
		break;
	}
	return mode;
}

static void walk_nothing(enum unwind_mode mode, const struct unwind_start *start,
			 const struct unwind_context *context, struct unwind_stack *stack)
{
	(void)mode;
	(void)start;
	(void)context;
	stack->n_pcs = stack->n_kept = 0;
	stack->cut = UNWIND_CUT_NO_WALK;
}

static void walk_begun_gcc(enum unwind_mode mode, const struct unwind_start *start,
			   const struct unwind_context *context, struct unwind_stack *stack)
{
	(void)mode;
	walk_begin(stack, start);
	if (unwind_has_gcc())
		walk_gcc(start, context, stack);
}

static void walk_begun_links(enum unwind_mode mode, const struct unwind_start *start,
			     const struct unwind_context *context, struct unwind_stack *stack)
{
	(void)mode;
	walk_begin(stack, start);
	walk_links(start, context, stack);
}

static walker *const walkers[] = {
	[UNWIND_NONE] = walk_nothing,   [UNWIND_GCC] = walk_begun_gcc, [UNWIND_SCAN] = walk_rules,
	[UNWIND_FP] = walk_begun_links, [UNWIND_TABLES] = walk_rules,  [UNWIND_AUTO] = walk_rules,
};

void unwind_walk(enum unwind_mode mode, const struct unwind_start *start,
		 const struct unwind_context *context, struct unwind_stack *stack)
{
	// Of a table the processor must guess where it leads.
	if (__builtin_expect(mode == UNWIND_AUTO && start->pc != 0 && unwind_arch.dwarf_sp != 0,
			     1)) {
		walk_rules(mode, start, context, stack);
		return;
	}
	mode = start->pc != 0 ? unwind_resolve(mode) : UNWIND_NONE;
	walkers[mode](mode, start, context, stack);
}
