// SPDX-License-Identifier: LGPL-2.1-or-later
// Walks by the compiler's unwind tables, through _Unwind_Backtrace of libgcc.
#include "unwind/walk.h"

#include <unwind.h>

struct gcc_walk {
	struct unwind_stack *stack;
	uintptr_t start; // the hook's return address, ISA bit aside
	bool is_outside; // the hook's caller has been reached
};

// Bit 0 of a code address says Thumb, MIPS16 or microMIPS; unwinders differ in keeping it.
static const uintptr_t isa_bit = 1;

static uintptr_t context_pc(struct _Unwind_Context *context)
{
#if defined(__arm__)
	// _Unwind_GetIP takes the Thumb bit away.
	return _Unwind_GetGR(context, 15);
#else
	return _Unwind_GetIP(context);
#endif
}

// Whether the frame was interrupted by a signal.
static bool is_exact_frame(struct _Unwind_Context *context)
{
	int is_exact = 0;

#if defined(__arm__)
	(void)context; // ARM's unwinder does not say
#else
	(void)_Unwind_GetIPInfo(context, &is_exact);
#endif
	return is_exact != 0;
}

// Whatever is not _URC_NO_REASON ends the walk; this code exists in every ABI.
static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *argument)
{
	struct gcc_walk *walk = argument;
	struct unwind_stack *stack = walk->stack;
	uintptr_t pc = context_pc(context);
	bool is_exact;

	if ((pc & ~isa_bit) == 0) {
		// The frame outside the outermost one, as entry code marks it.
		if (walk->is_outside)
			stack->cut = UNWIND_WHOLE;
		return _URC_END_OF_STACK;
	}
	if (!walk->is_outside) {
		walk->is_outside = (pc | isa_bit) == walk->start;
		return _URC_NO_REASON;
	}
	is_exact = is_exact_frame(context);
	// The frame inside an interrupted one is the trampoline, which nobody has called either.
	if (is_exact)
		stack->hows[stack->n_pcs - 1] |= UNWIND_EXACT;
	return walk_push(stack, pc, UNWIND_BY_GCC | (is_exact ? UNWIND_EXACT : 0))
		       ? _URC_NO_REASON
		       : _URC_END_OF_STACK;
}

void walk_gcc(const struct unwind_start *start, const struct unwind_context *context,
	      struct unwind_stack *stack)
{
	struct gcc_walk walk = { .stack = stack, .start = start->pc | isa_bit };

	(void)context;
	_Unwind_Backtrace(take_frame, &walk);
}
