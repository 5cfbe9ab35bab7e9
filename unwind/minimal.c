// SPDX-License-Identifier: LGPL-2.1-or-later
// What stands for the files that a minimal build leaves out (DUMPALLOC_MINIMAL): the compiler's unwinder, and code that a
// signal has interrupted.
#include <stddef.h>

#include "unwind/scan.h"
#include "unwind/unwind_gcc.h"
#include "unwind/walk.h"

bool unwind_has_gcc(void)
{
	return false;
}

bool unwind_find_gcc(void *(*find)(const char *name))
{
	(void)find;
	return false;
}

void walk_gcc(const struct unwind_start *start, const struct unwind_context *context,
	      struct unwind_stack *stack)
{
	(void)start;
	(void)context;
	(void)stack;
}

void scan_interrupted(const struct code_view *view, code_address pc, struct scan_work *work,
		      struct unwind_rule *rule)
{
	(void)view;
	(void)pc;
	(void)work;
	*rule = rule_of_kind(RULE_UNKNOWN);
}
