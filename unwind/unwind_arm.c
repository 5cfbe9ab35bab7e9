// SPDX-License-Identifier: LGPL-2.1-or-later
// ARM and Thumb: frames linked through r11 or r7, in any of the three layouts in use.
#include "unwind/walk.h"
#include "unwind/walk_frames.h"

#if defined(__arm__)

// clang (and the AAPCS): fp leads to { caller's fp, lr }. gcc in ARM state: fp leads to the saved
// lr, with the caller's fp below it. gcc -mapcs-frame: fp leads to the top of { caller's fp, sp, lr,
// pc }. Thumb code of gcc links nothing; its r7 fits none of these.
static bool read_layout(const struct stack_bounds *bounds, const struct unwind_context *context,
			uintptr_t fp_at, uintptr_t ra_at, struct frame_record *record)
{
	record->end = ra_at + sizeof(ra_at);
	return stack_bounds_load(bounds, fp_at, &record->next_fp) &&
	       stack_bounds_load(bounds, ra_at, &record->ra) &&
	       (record->next_fp == 0 ||
		(record->next_fp > fp_at && stack_bounds_hold(bounds, record->next_fp, 1))) &&
	       (record->ra == 0 || frame_is_code(context, record->ra & ~(uintptr_t)1));
}

static bool read_record(const struct stack_bounds *bounds, const struct unwind_context *context,
			uintptr_t fp, struct frame_record *record)
{
	const size_t word = sizeof(fp);

	return read_layout(bounds, context, fp, fp + word, record) ||
	       read_layout(bounds, context, fp - word, fp, record) ||
	       read_layout(bounds, context, fp - 3 * word, fp - word, record);
}

void walk_links(const struct unwind_start *start, const struct unwind_context *context,
		struct unwind_stack *stack)
{
	struct unwind_start linked = *start;

	if ((start->pc & 1) != 0)
		linked.fp = start->fp2;
	walk_frames(&linked, context, read_record, stack);
}

#endif
