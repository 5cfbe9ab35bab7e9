// SPDX-License-Identifier: LGPL-2.1-or-later
// Machines whose code links no frames: there is the hook's caller alone.
#include "unwind/walk.h"

// Any other file's definition takes its place.
__attribute__((weak)) void walk_links(const struct unwind_start *start,
				      const struct unwind_context *context,
				      struct unwind_stack *stack)
{
	(void)start;
	(void)context;
	(void)stack;
}
