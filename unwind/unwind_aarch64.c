// SPDX-License-Identifier: LGPL-2.1-or-later
// AArch64: frame records linked through x29; return addresses may be signed.
#include "unwind/arch.h"
#include "unwind/walk.h"
#include "unwind/walk_frames.h"

#if defined(__aarch64__)

static bool read_record(const struct stack_bounds *bounds, const struct unwind_context *context,
			uintptr_t fp, struct frame_record *record)
{
	(void)context;
	record->end = fp + 2 * sizeof(fp);
	if (!stack_bounds_load(bounds, fp, &record->next_fp) ||
	    !stack_bounds_load(bounds, fp + sizeof(fp), &record->ra))
		return false;
	record->ra = arch_strip(record->ra);
	return true;
}

void walk_links(const struct unwind_start *start, const struct unwind_context *context,
		struct unwind_stack *stack)
{
	walk_frames(start, context, read_record, stack);
}

#endif
