// SPDX-License-Identifier: LGPL-2.1-or-later
// Walks the calling thread's stack from a hook's caller outward.
#ifndef UNWIND_UNWIND_H
#define UNWIND_UNWIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unwind_mode {
	UNWIND_NONE,
	UNWIND_GCC,  // _Unwind_Backtrace: needs unwind tables
	UNWIND_SCAN, // instruction scanner (MIPS), frame pointers elsewhere
};

// The state of the hook's caller at the call, captured in the hook itself by UNWIND_HERE.
struct unwind_start {
	uintptr_t pc; // the hook's return address: the innermost frame
	uintptr_t sp; // the caller's stack pointer at the call (the hook's CFA)
	uintptr_t fp; // the caller's frame pointer register
};

struct unwind_stack {
	uintptr_t *pcs; // innermost first; caller's array
	size_t n_pcs;
	size_t max; // size of pcs
	bool is_cut; // ended before the program's entry or the thread's start
};

// Fills `stack` with at most `max` return addresses. Never allocates, never faults on a wild
// stack. pcs[0] is start->pc. Zero addresses never appear.
void unwind_walk(enum unwind_mode mode, const struct unwind_start *start, struct unwind_stack *stack);

#endif
