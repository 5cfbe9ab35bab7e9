// SPDX-License-Identifier: LGPL-2.1-or-later
// Machines whose code links no frames: there is the hook's caller alone.
#include "unwind/walk.h"

#if !defined(__x86_64__) && !defined(__i386__) && !defined(__aarch64__) && !defined(__arm__)

void walk_links(const struct unwind_start *start, const struct unwind_context *context,
		struct unwind_stack *stack)
{
	(void)start;
	(void)context;
	(void)stack;
}

#endif
