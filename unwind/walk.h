// SPDX-License-Identifier: LGPL-2.1-or-later
// What the walkers share: filling the stack, and the one entry of each walker.
#ifndef UNWIND_WALK_H
#define UNWIND_WALK_H

#include "unwind/unwind.h"

// Adds a frame, found as `how` says. False: there is no room; the stack is then cut.
bool walk_push(struct unwind_stack *stack, uintptr_t pc, unsigned how);

// Begins with start->pc; cut for want of a rule, as far as is known.
void walk_begin(struct unwind_stack *stack, const struct unwind_start *start);

// The walkers. Each continues a begun stack, and says otherwise where it ends otherwise. Exactly one
// file defines walk_links for an architecture.
void walk_gcc(const struct unwind_start *start, const struct unwind_context *context,
	      struct unwind_stack *stack);
void walk_links(const struct unwind_start *start, const struct unwind_context *context,
		struct unwind_stack *stack);

// The stepping loop, for the modes that walk by rules: hands out the thread's own arrays, and begins
// the stack itself.
void walk_rules(enum unwind_mode mode, const struct unwind_start *start,
		const struct unwind_context *context, struct unwind_stack *stack);

#endif
