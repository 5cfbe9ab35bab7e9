// SPDX-License-Identifier: LGPL-2.1-or-later
// Rules for MIPS from code alone: forward to the function's end, else backward to its beginning.
#include "unwind/scan_mips.h"

#include <string.h>

// Instructions visited. Most forward scans find a return within the first; a long straight function is
// dearer forward than backward, where no record of visited places is kept; the last is for those that
// neither answers, and the bound of all.
enum {
	LIMIT_FORWARD = 600,
	LIMIT_BACKWARD = 100000,
	LIMIT_ALL = 132000,
};

void mips_decode(const struct code_view *view, uint64_t pc, struct mips_insn *insn)
{
	memset(insn, 0, sizeof(*insn));
	switch (view->isa) {
	case CODE_MIPS:
	case CODE_MIPS_R6:
		mips32_decode(view, pc, insn);
		return;
	case CODE_MIPS16:
		mips16_decode(view, pc, insn);
		return;
	case CODE_MICROMIPS:
		micromips_decode(view, pc, insn);
		return;
	}
}

// A thread's first code, which libc's clone enters: behind the call of the thread's function it does
// nothing but leave with the function's result.
static bool is_thread_start(const struct code_view *view, uint64_t pc)
{
	enum { LENGTH = 4 }; // reload of gp, move, number of the system call, system call
	bool has_result = false, has_number = false;
	struct mips_insn insn;
	for (unsigned i = 0; i < LENGTH; i++, pc += insn.size) {
		mips_decode(view, pc, &insn);
		has_result |=
			insn.op == MIPS_ADD && insn.rd == MIPS_A0 && insn.rs + insn.rt == MIPS_V0;
		has_number |= insn.op == MIPS_ADD_CONSTANT && insn.rd == MIPS_V0 && insn.rs == 0 &&
			      mips_is_exit(insn.constant);
		if (insn.op == MIPS_SYSCALL) {
			return has_result && has_number;
		}
		if (insn.op > MIPS_STORE) {
			return false;
		}
	}
	return false;
}

void scan_mips(const struct code_view *view, uint64_t pc, struct scan_mips_work *work,
	       struct unwind_rule *rule)
{
	enum scan_mips_end forward, backward;
	work->n_visited = 0;
	*rule = rule_of_kind(RULE_UNKNOWN);
	if (is_thread_start(view, pc)) {
		*rule = rule_of_kind(RULE_OUTERMOST);
		return;
	}
	if (scan_mips_known(view, pc, work, rule)) {
		return;
	}
	forward = scan_mips_forward(view, pc, LIMIT_FORWARD, work, rule);
	if (forward == SCAN_MIPS_FOUND) {
		return;
	}
	backward = scan_mips_backward(view, pc, LIMIT_BACKWARD, work, rule);
	if (backward == SCAN_MIPS_FOUND || forward == SCAN_MIPS_NOTHING) {
		return;
	}
	scan_mips_forward(view, pc, LIMIT_ALL, work, rule);
}
