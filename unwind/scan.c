// SPDX-License-Identifier: LGPL-2.1-or-later
// Rules from code alone: forward to the function's end, else backward to its beginning.
#include "unwind/scan.h"

#include <string.h>

// Instructions visited. Most forward scans find a return within the first; a long straight function is
// dearer forward than backward, where no record of visited places is kept; the last is for those that
// neither answers, and the bound of all; what a light machine was not enough for is done again, and visited
// twice.
enum {
	LIMIT_FORWARD = 600,
	LIMIT_BACKWARD = 100000,
	LIMIT_ALL = 132000,
	LIMIT_LINEAR = 40000,
};

void scan_decode(const struct code_view *view, code_address pc, struct scan_insn *insn)
{
	*insn = (struct scan_insn){ 0 };
	view->isa->decode(view, pc, insn);
}

static void add_guess(struct scan_work *work, const struct unwind_rule *rule)
{
	if (work->n_guesses < SCAN_GUESSES) {
		work->guesses[work->n_guesses++] = *rule;
	}
}

// From the function's beginning. A doubtful rule has to be confirmed.
static void find_linear(const struct code_view *view, code_address pc, struct scan_work *work,
			bool has_doubtful, struct unwind_rule *rule)
{
	struct unwind_rule linear = rule_of_kind(RULE_UNKNOWN);
	enum scan_end end = scan_linear(view, pc, LIMIT_LINEAR, work, &linear);
	bool is_certain = end == SCAN_FOUND && !work->is_doubtful;
	bool is_same_base = linear.base == rule->base;
	if (has_doubtful && end != SCAN_FOUND && scan_has_padding(view, pc, work)) {
		return;
	}
	if (has_doubtful && end == SCAN_FOUND && is_same_base && linear.cfa == rule->cfa) {
		return;
	}
	if (has_doubtful) {
		add_guess(work, rule);
	}
	if (end == SCAN_FOUND) {
		add_guess(work, &linear);
	}
	*rule = is_certain && !(has_doubtful && is_same_base) ? linear : rule_of_kind(RULE_UNKNOWN);
}

// The end of a long straight function.
static void find_far(const struct code_view *view, code_address pc, struct scan_work *work,
		     struct unwind_rule *rule)
{
	enum scan_end end = scan_forward(view, pc, LIMIT_ALL, work, rule);
	if (end != SCAN_FOUND || work->is_doubtful) {
		if (end == SCAN_FOUND)
			add_guess(work, rule);
		*rule = rule_of_kind(RULE_UNKNOWN);
	}
}

static void find_rule(const struct code_view *view, code_address pc, struct scan_work *work,
		      struct unwind_rule *rule)
{
	enum scan_end forward, backward;
	*rule = rule_of_kind(RULE_UNKNOWN);
	if (view->isa->is_start != NULL && view->isa->is_start(view, pc)) {
		*rule = rule_of_kind(RULE_OUTERMOST);
		return;
	}
	if (scan_known(view, pc, work, rule)) {
		return;
	}
	forward = scan_forward(view, pc, LIMIT_FORWARD, work, rule);
	if (forward == SCAN_FOUND && !work->is_doubtful) {
		return;
	}
	if (scan_is_ra_pushed(view->isa)) {
		find_linear(view, pc, work, forward == SCAN_FOUND, rule);
		if (rule->kind == RULE_UNKNOWN && forward == SCAN_LIMIT) {
			find_far(view, pc, work, rule);
		}
		return;
	}
	backward = scan_backward(view, pc, LIMIT_BACKWARD, work, rule);
	if (backward == SCAN_FOUND || forward == SCAN_NOTHING) {
		return;
	}
	scan_forward(view, pc, LIMIT_ALL, work, rule);
}

void scan_rule(const struct code_view *view, code_address pc, struct scan_work *work,
	       struct unwind_rule *rule)
{
	work->n_visited = work->n_aside = work->n_guesses = 0;
	find_rule(view, pc, work, rule);
	work->n_visited += work->n_aside;
}

// An instruction that does nothing, and is not in a call's delay slot.
static bool is_padding_at(const struct code_view *view, uint64_t at, uint64_t end)
{
	const struct scan_isa *isa = view->isa;
	uint32_t zero = isa->zero < 32 ? UINT32_C(1) << isa->zero : 0;
	struct scan_insn insn, before;
	scan_decode(view, at, &insn);
	scan_decode(view, at - isa->step, &before);
	return insn.op == SCAN_OTHER && (insn.clobbers & ~zero) == 0 && at + insn.size == end &&
	       (before.op != SCAN_CALL || before.slot == SCAN_SLOT_NONE);
}

bool scan_is_uncalled(const struct code_view *view, uint64_t pc)
{
	enum { LONGEST = 10 }; // padding
	bool is_padding = false;
	for (uint64_t size = view->isa->step; size <= LONGEST; size += view->isa->step) {
		struct scan_insn insn;
		if (pc - view->address < size) {
			break;
		}
		scan_decode(view, pc - size, &insn);
		if (insn.op == SCAN_CALL && insn.size == size) {
			return false;
		}
		is_padding |= is_padding_at(view, pc - size, pc);
	}
	return is_padding;
}
