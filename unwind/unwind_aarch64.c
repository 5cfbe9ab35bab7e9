// SPDX-License-Identifier: LGPL-2.1-or-later
// AArch64: frame records linked through x29; return addresses may be signed.
#include "unwind/walk.h"
#include "unwind/walk_frames.h"

#if defined(__aarch64__)

// Takes pointer authentication bits away: XPACLRI works on x30, and is a no-op (HINT #7) on
// processors without the extension.
static uintptr_t strip_authentication(uintptr_t signed_ra)
{
	register uintptr_t ra __asm__("x30") = signed_ra;

	__asm__("hint #7" : "+r"(ra));
	return ra;
}

static bool read_record(const struct stack_bounds *bounds, const struct unwind_context *context,
			uintptr_t fp, struct frame_record *record)
{
	(void)context;
	record->end = fp + 2 * sizeof(fp);
	if (!stack_bounds_load(bounds, fp, &record->next_fp) ||
	    !stack_bounds_load(bounds, fp + sizeof(fp), &record->ra))
		return false;
	record->ra = strip_authentication(record->ra);
	return true;
}

void walk_scan(const struct unwind_start *start, const struct unwind_context *context,
	       struct unwind_stack *stack)
{
	walk_frames(start, context, read_record, stack);
}

#endif
