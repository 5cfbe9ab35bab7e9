// SPDX-License-Identifier: LGPL-2.1-or-later
// The stepping loop: walks by rules, the same on every machine.
#ifndef UNWIND_STEPPER_H
#define UNWIND_STEPPER_H

#include "unwind/memo.h"
#include "unwind/rules.h"
#include "unwind/scan.h"

// What a thread keeps between walks. All zero at first.
struct unwind_thread {
	struct stack_own stack;
	unsigned n_wild; // how often code was looked for where no module is
	struct rules rules;
	struct memo memo;
	struct scan_work work;
};

// The memory is a new thread's, whose stack is another; rules stay.
void unwind_thread_start(struct unwind_thread *thread);

// Code has been mapped or unmapped: rules may be wrong.
void unwind_thread_forget_code(struct unwind_thread *thread);

// The stack of the last walk was not used as it was: the next is not to be compared with it.
void unwind_thread_forget_stack(struct unwind_thread *thread);

#endif
