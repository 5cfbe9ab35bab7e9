// SPDX-License-Identifier: LGPL-2.1-or-later
// The frame-pointer walk, the same for every architecture that links its frames.
#include "unwind/walk_frames.h"

#include "unwind/stepper.h"
#include "unwind/walk.h"

bool frame_is_code(const struct unwind_context *context, uintptr_t pc)
{
	struct unwind_code code;

	return context->find_code(context->user, pc, &code);
}

// As frame_is_code; `code` is that of the frame before, or empty.
static bool is_code_near(const struct unwind_context *context, uintptr_t pc,
			 struct unwind_code *code)
{
	return pc - code->start < code->end - code->start ||
	       context->find_code(context->user, pc, code);
}

void walk_frames(const struct unwind_start *start, const struct unwind_context *context,
		 frame_read *read, struct unwind_stack *stack)
{
	struct unwind_code code = { 0 };
	struct stack_bounds bounds;
	uintptr_t fp = start->fp;
	uintptr_t sp = start->sp;

	if (!stack_bounds_start(&context->thread->stack, sp, &bounds)) {
		stack->cut = UNWIND_CUT_BAD_STACK;
		return;
	}
	// Frames only lie further out, so a frame pointer that holds anything else ends the walk.
	while (fp >= sp) {
		struct frame_record record;

		// Nor is anything below this frame a record: there lies what the hook has pushed.
		if (bounds.low < sp)
			bounds.low = sp;
		(void)stack_bounds_extend(&bounds, fp, sizeof(fp));
		if (!read(&bounds, context, fp, &record))
			return;
		if (record.ra == 0)
			break;
		if (!is_code_near(context, record.ra, &code) ||
		    !walk_push(stack, record.ra, UNWIND_BY_LINKS))
			return;
		if (record.next_fp == 0)
			break;
		sp = record.end;
		fp = record.next_fp;
		if (fp < sp)
			return;
	}
	if (fp >= sp)
		stack->cut = UNWIND_WHOLE;
}
