// SPDX-License-Identifier: LGPL-2.1-or-later
// The frame-pointer walk, the same for every architecture that links its frames.
#ifndef UNWIND_WALK_FRAMES_H
#define UNWIND_WALK_FRAMES_H

#include "unwind/stack_bounds.h"
#include "unwind/unwind.h"

// What one frame record holds.
struct frame_record {
	uintptr_t next_fp; // the caller's frame pointer
	uintptr_t ra;
	uintptr_t end; // first address above the record
};

// Reads the record `fp` leads to; false: there is none.
typedef bool frame_read(const struct stack_bounds *bounds, const struct unwind_context *context,
			uintptr_t fp, struct frame_record *record);

// True if `pc` lies in some module's code.
bool frame_is_code(const struct unwind_context *context, uintptr_t pc);

// Follows records outward from start->fp.
void walk_frames(const struct unwind_start *start, const struct unwind_context *context,
		 frame_read *read, struct unwind_stack *stack);

#endif
