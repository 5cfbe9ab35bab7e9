// SPDX-License-Identifier: LGPL-2.1-or-later
// MIPS o32, n32, n64: finds each frame's prologue in the code, since most code has no tables.
#include "unwind/mips_scan.h"
#include "unwind/stack_bounds.h"
#include "unwind/walk.h"

#if defined(__mips__)

#include <string.h>

// A slot written by sd holds 64 bits also where addresses have 32 (n32).
static bool load_ra(const struct stack_bounds *bounds, uintptr_t address, bool is_64_bit,
		    uintptr_t *ra)
{
	uint64_t wide;

	if (!is_64_bit)
		return stack_bounds_load(bounds, address, ra);
	if (!stack_bounds_hold(bounds, address, sizeof(wide)))
		return false;
	memcpy(&wide, (const void *)address, sizeof(wide));
	*ra = (uintptr_t)wide;
	return true;
}

// Finds the frame of the function that `pc` returns to. Odd addresses are MIPS16 or microMIPS code,
// which this scanner cannot read.
static bool find_frame(const struct unwind_context *context, uintptr_t pc, struct mips_frame *frame)
{
	struct unwind_code code;
	uintptr_t start;

	if (pc % sizeof(uint32_t) != 0 || !context->find_code(context->user, pc - 1, &code))
		return false;
	start = (code.start + sizeof(uint32_t) - 1) & ~(uintptr_t)(sizeof(uint32_t) - 1);
	return start < pc &&
	       mips_scan((const uint32_t *)start, (pc - start) / sizeof(uint32_t), frame);
}

void walk_scan(const struct unwind_start *start, const struct unwind_context *context,
	       struct unwind_stack *stack)
{
	uintptr_t pc = start->pc, sp = start->sp;
	struct stack_bounds bounds;
	struct mips_frame frame;

	if (!stack_bounds_find(context->thread, sp, &bounds))
		return;
	while (find_frame(context, pc, &frame)) {
		if (!load_ra(&bounds, sp + frame.ra_offset, frame.ra_is_64_bit, &pc))
			return;
		if (pc == 0) {
			stack->is_cut = false;
			return;
		}
		if (!walk_push(stack, pc))
			return;
		sp += frame.size;
	}
}

#endif
