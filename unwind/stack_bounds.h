// SPDX-License-Identifier: LGPL-2.1-or-later
// Which memory is stack: every load of a walker is checked against it.
#ifndef UNWIND_STACK_BOUNDS_H
#define UNWIND_STACK_BOUNDS_H

#include "unwind/unwind.h"

struct stack_bounds {
	uintptr_t low, high; // readable from low to high
	// Not the thread's own stack (signal stack, coroutine), which may be gone the next time and of
	// which no more than this is known: what lies further out, the kernel is asked for. Beyond a gap nothing is stack.
	bool is_foreign;
};

// The thread's own stack, as far as known. All zero: nothing is. It is looked up once: as long as the
// thread runs on it, nobody can take it away.
struct stack_own {
	uintptr_t low, high;
	uintptr_t floor; // something else lies below: the stack cannot have grown there
	bool is_looked_up, is_growing;
};

// The stack that the calling thread runs on at `sp`. False: it cannot. May change errno.
bool stack_bounds_start(struct stack_own *own, uintptr_t sp, struct stack_bounds *bounds);

// The stack that `sp`, which may be wild, lies in. False: it is not readable. May change errno.
bool stack_bounds_find(struct stack_own *own, uintptr_t sp, struct stack_bounds *bounds);

// The thread's own stack where that is used up: `sp` lies a little below it. False: it does not.
bool stack_bounds_find_used_up(struct stack_own *own, uintptr_t sp, struct stack_bounds *bounds);

// Widens the bounds of a foreign stack, so that they hold `size` bytes at `address` too. False: they
// cannot, or the way there is long.
bool stack_bounds_extend(struct stack_bounds *bounds, uintptr_t address, size_t size);

// True if `size` bytes, a page at most, at the aligned `address` can be loaded.
bool stack_bounds_hold(const struct stack_bounds *bounds, uintptr_t address, size_t size);

// Loads a word. False: outside the bounds.
bool stack_bounds_load(const struct stack_bounds *bounds, uintptr_t address, uintptr_t *word);

#endif
