// SPDX-License-Identifier: LGPL-2.1-or-later
// Goes from a function's beginning to a call, for code in which calls push the return address.
#ifndef UNWIND_SCAN_LINEAR_H
#define UNWIND_SCAN_LINEAR_H

#include "unwind/scan.h"
#include "unwind/scan_isa.h"

// The rule at return address `pc` if a function begins at `start`; work->is_doubtful says whether a call
// before may not have come back, so that the code at pc may be another's. `is_padded`: functions are
// aligned there, which tells where they end. Visits instructions until work->n_visited is `limit`.
enum scan_end scan_linear_from(const struct code_view *view, code_address start, bool is_padded,
			       code_address pc, uint32_t limit, struct scan_work *work,
			       struct unwind_rule *rule);

// The rule of most calls in the function that begins at `start`. False: it is not seen.
bool scan_linear_body(const struct code_view *view, code_address start, uint32_t limit,
		      struct scan_work *work, struct unwind_rule *rule);

// Whether the instruction may be a function's first one that touches the stack.
static inline bool scan_is_first(const struct scan_isa *isa, const struct scan_insn *insn)
{
	return insn->op == SCAN_PUSH ||
	       (insn->op == SCAN_ADD_CONSTANT && insn->rd == scan_sp(isa) &&
		insn->rs == scan_sp(isa) && insn->constant < 0);
}

#endif
