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
	LIMIT_LINEAR_FAR = 16000,
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

// The beginning of a function in which many places look like one.
static void find_far_start(const struct code_view *view, code_address pc, struct scan_work *work,
			   struct unwind_rule *rule)
{
	struct unwind_rule found;
	if (scan_linear_far(view, pc, LIMIT_LINEAR_FAR, work, &found) != SCAN_FOUND) {
		return;
	}
	if (work->is_doubtful) {
		add_guess(work, &found);
	} else {
		*rule = found;
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
		if (rule->kind == RULE_UNKNOWN) {
			find_far_start(view, pc, work, rule);
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

// Whether a call, with the instruction in its delay slot, ends where the instruction at `at` ends.
static bool is_end_of_call(const struct code_view *view, uint64_t at, const struct scan_insn *insn)
{
	const struct scan_isa *isa = view->isa;
	struct scan_insn before;

	if (insn->op == SCAN_CALL)
		return insn->slot == SCAN_SLOT_NONE;
	for (uint32_t size = isa->step; size <= 4; size += isa->step) {
		scan_decode(view, at - size, &before);
		if (before.op == SCAN_CALL && before.size == size && before.slot != SCAN_SLOT_NONE)
			return true;
	}
	return false;
}

// An instruction that does nothing.
static bool is_filler(const struct scan_isa *isa, const struct scan_insn *insn)
{
	uint32_t zero = scan_zero(isa) < 32 ? UINT32_C(1) << scan_zero(isa) : 0;

	return insn->op == SCAN_OTHER ? (insn->clobbers & ~zero) == 0
				      : insn->op <= SCAN_SUBTRACT && insn->rd == scan_zero(isa);
}

bool scan_is_uncalled(const struct code_view *view, uint64_t pc)
{
	enum { LONGEST = 10 }; // padding
	const struct scan_isa *isa = view->isa;
	bool is_uncalled = false;

	for (uint32_t size = isa->step; size <= LONGEST; size += isa->step) {
		struct scan_insn insn;

		if (pc - view->address < size)
			break;
		scan_decode(view, pc - size, &insn);
		if (insn.size != size)
			continue;
		if (is_end_of_call(view, pc - size, &insn))
			return false;
		is_uncalled |=
			is_filler(isa, &insn) || (insn.op == SCAN_RETURN && scan_is_ra_pushed(isa));
	}
	return is_uncalled;
}
