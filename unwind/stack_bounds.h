// SPDX-License-Identifier: LGPL-2.1-or-later
// Which memory is stack: every load of a walker is checked against it.
#ifndef UNWIND_STACK_BOUNDS_H
#define UNWIND_STACK_BOUNDS_H

#include "unwind/unwind.h"

struct stack_bounds {
	uintptr_t low, high; // readable from low to high
};

// Finds the stack that holds `sp`: the thread's own, or another one it runs on at the moment
// (signal stack, coroutine), which is looked up anew each time because it may be gone the next.
// False: unknown. May change errno.
bool stack_bounds_find(struct unwind_thread *thread, uintptr_t sp, struct stack_bounds *bounds);

// Finds the readable mapping that holds `address` in the kernel's list, without stdio and malloc; slow.
bool stack_bounds_look_up(uintptr_t address, struct stack_bounds *bounds);

// True if `size` bytes at the aligned `address` can be loaded.
bool stack_bounds_hold(const struct stack_bounds *bounds, uintptr_t address, size_t size);

// Loads a word. False: outside the bounds.
bool stack_bounds_load(const struct stack_bounds *bounds, uintptr_t address, uintptr_t *word);

#endif
