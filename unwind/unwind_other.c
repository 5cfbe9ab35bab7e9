// SPDX-License-Identifier: LGPL-2.1-or-later
// Architectures without a walker of their own: the scan gives the hook's caller alone.
#include "unwind/walk.h"

#if !defined(__x86_64__) && !defined(__i386__) && !defined(__aarch64__) && !defined(__arm__) &&    \
	!defined(__mips__)

void walk_scan(const struct unwind_start *start, const struct unwind_context *context,
	       struct unwind_stack *stack)
{
	(void)start;
	(void)context;
	(void)stack;
}

#endif
