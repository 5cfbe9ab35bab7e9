// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the function ends where a path through it has come to, and the rule if so.
#include "unwind/scan_forward.h"

int32_t scan_forward_correction(const struct scan_machine *machine)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	int32_t alignment = machine->isa->sp_alignment, slot = machine->slot_size;
	bool is_short = machine->may_have_popped && sp.kind == VALUE_SP && alignment > 2 * slot &&
			(sp.number + slot) % alignment == 0;
	return is_short ? slot : 0;
}

// The rule, if the function ends in this state, where the return address is on the stack: sp is behind
// it, at the CFA.
static bool is_end_pushed(const struct forward *forward, const struct scan_machine *machine)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	struct scan_value fp = machine->regs[machine->isa->fp];
	int32_t correction = scan_forward_correction(machine);
	int32_t slot = machine->slot_size;
	struct unwind_rule rule = { .kind = RULE_FRAME, .ra_place = RULE_AT_CFA, .ra = -slot };
	bool is_aligned = sp.kind == VALUE_AT_SP || sp.kind == VALUE_AT_FP;
	bool is_sp = sp.kind == VALUE_SP || sp.kind == VALUE_AT_SP;
	if (sp.kind != VALUE_SP && sp.kind != VALUE_FP && !is_aligned) {
		return false;
	}
	bool is_saved = fp.kind == VALUE_AT_FP || (is_sp && fp.kind == VALUE_AT_SP);
	if (is_aligned ? !is_saved : !is_saved && !scan_value_is(fp, VALUE_FP, 0)) {
		return false;
	}
	if (is_aligned) { // what is loaded into fp is where fp points to
		rule.base = RULE_WORD_AT_FP;
		rule.cfa = is_sp && fp.kind == VALUE_AT_SP ? sp.number - fp.number : sp.number;
		rule.fp_place = RULE_AT_FP;
		rule.fp = fp.kind == VALUE_AT_SP ? 0 : fp.number;
	} else {
		rule.base = is_sp ? RULE_SP : RULE_FP;
		rule.cfa = sp.number + correction;
		rule.fp_place = is_saved ? RULE_AT_CFA : RULE_IN_REGISTER;
		rule.fp = is_saved ? fp.number - sp.number : 0;
		if (sp.number < 2 * slot || sp.number % slot != 0 ||
		    (is_sp && rule.cfa % machine->isa->sp_alignment != 0)) {
			return false;
		}
	}
	if (machine->is_doubtful && forward->work->is_doubtful) {
		return false; // there is one already
	}
	*forward->rule = rule;
	forward->work->is_doubtful = machine->is_doubtful;
	return !machine->is_doubtful;
}

bool scan_forward_is_end(const struct forward *forward, const struct scan_machine *machine)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	struct scan_value ra = machine->regs[scan_ra(machine->isa)];
	struct scan_value fp = machine->regs[machine->isa->fp];
	struct scan_value fp2 = scan_fp2(machine);
	if (scan_is_ra_pushed(machine->isa)) {
		return is_end_pushed(forward, machine);
	}
	if (scan_value_is_unfollowed(sp) || scan_value_is_unfollowed(ra) ||
	    scan_value_is_unfollowed(fp)) {
		forward->work->must_follow_all = true;
		return false;
	}
	if (sp.kind != VALUE_SP && sp.kind != VALUE_FP) {
		return false;
	}
	bool is_sp = sp.kind == VALUE_SP;
	enum scan_value_kind loaded = is_sp ? VALUE_AT_SP : VALUE_AT_FP;
	int64_t ra_offset = (int64_t)ra.number - sp.number;
	bool is_saved = fp.kind == loaded;
	bool is_fp2_saved = scan_has_fp2(machine->isa) && fp2.kind == loaded;
	if (ra.kind != loaded || ra.number < 0 || sp.number % forward->view->slot_size != 0 ||
	    !scan_is_ra_offset(forward->view, ra_offset)) {
		return false;
	}
	if (!is_saved && !scan_value_is(fp, VALUE_FP, 0)) {
		return false;
	}
	bool is_fp2_known = !scan_has_fp2(machine->isa) || is_fp2_saved || fp2.kind == VALUE_FP2;
	if (scan_value_is_unfollowed(fp2) && scan_has_fp2(machine->isa)) {
		forward->work->must_follow_all = true;
		return false;
	}
	if (!is_fp2_known && !machine->isa->is_fp2_optional) {
		return false;
	}
	// No function saves them outside its frame: constants were followed as if they were code.
	if ((is_saved && fp.number >= sp.number) || (is_fp2_saved && fp2.number >= sp.number)) {
		return false;
	}
	*forward->rule = (struct unwind_rule){
		.kind = RULE_FRAME,
		.base = is_sp ? RULE_SP : RULE_FP,
		.ra_place = RULE_AT_CFA,
		.fp_place = is_saved ? RULE_AT_CFA : RULE_IN_REGISTER,
		.cfa = sp.number,
		.ra = (int32_t)ra_offset,
		.fp = is_saved ? fp.number - sp.number : 0,
	};
	int32_t fp2_at = is_fp2_known ? fp2.number - sp.number : RULE_FP2_LOST;
	scan_rule_fp2(machine->isa, is_fp2_saved || !is_fp2_known, fp2_at, forward->rule);
	return true;
}

bool scan_forward_is_tail_end(const struct forward *forward, const struct scan_machine *machine)
{
	if (!scan_is_ra_pushed(machine->isa)) {
		return scan_forward_is_end(forward, machine);
	}
	struct scan_machine left = *machine;
	const struct scan_insn pop = { .op = SCAN_POP,
				       .rd = scan_ra(left.isa),
				       .constant = left.slot_size };
	scan_machine_execute(&left, &pop);
	return scan_forward_is_end(forward, &left);
}
