// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the rule of a frame by asking the producers that a mode allows, one after another.
#ifndef UNWIND_PRODUCE_H
#define UNWIND_PRODUCE_H

#include "unwind/arch.h"
#include "unwind/scan.h"

enum {
	PRODUCE_BY_TABLES = 1,
	PRODUCE_BY_SCAN = 2,
	PRODUCE_BY_LINKS = 4,
};

// The rule of the frame in `state`, of which pc and is_exact matter; and, where the code alone does not
// tell, the rest, and what lies within `stack`, which may be NULL. `wild_left` says how often code may
// still be looked for where no module is.
void produce_rule(const struct unwind_context *context, unsigned producers, struct scan_work *work,
		  unsigned *wild_left, const struct unwind_state *state,
		  const struct stack_bounds *stack, struct unwind_rule *rule);

// Whether `pc`, in a module, is what a call returns to.
bool produce_is_behind_call(const struct unwind_context *context, uintptr_t pc);

// As much code as any trampoline has.
struct produce_copy {
	_Alignas(8) uint8_t bytes[16];
};

// Copies a trampoline that may lie where no module is, and go away. Returns where it then is, or 0.
uintptr_t produce_copy_trampoline(uintptr_t pc, struct produce_copy *copy);

#endif
