// SPDX-License-Identifier: LGPL-2.1-or-later
// x86 and x86-64: frames linked through ebp and rbp.
#include "unwind/walk.h"
#include "unwind/walk_frames.h"

#if defined(__x86_64__) || defined(__i386__)

static bool read_record(const struct stack_bounds *bounds, const struct unwind_context *context,
			uintptr_t fp, struct frame_record *record)
{
	(void)context;
	record->end = fp + 2 * sizeof(fp);
	return stack_bounds_load(bounds, fp, &record->next_fp) &&
	       stack_bounds_load(bounds, fp + sizeof(fp), &record->ra);
}

void walk_links(const struct unwind_start *start, const struct unwind_context *context,
		struct unwind_stack *stack)
{
	walk_frames(start, context, read_record, stack);
}

#endif
