// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the function ends where a path has come to from any of its instructions, and the rule if so.
#include "unwind/scan_exact.h"

// Where a register's value is at the beginning: what is loaded from where the way has stored it was in its
// register. Prologues store by sp what may be loaded by fp, while both are the same.
static struct scan_value origin(struct scan_value value, struct scan_value slot,
				enum scan_value_kind kind)
{
	bool is_own = (value.kind == VALUE_AT_SP || value.kind == VALUE_AT_FP) &&
		      slot.kind == VALUE_SP && slot.number == value.number;
	return is_own ? (struct scan_value){ (uint8_t)kind, 0 } : value;
}

// A saved register's place, from the CFA. False: it can be none that was saved before.
static bool find_place(struct scan_value value, struct scan_value sp, int32_t *offset)
{
	bool is_sp = sp.kind == VALUE_SP;
	if (value.kind != (is_sp ? VALUE_AT_SP : VALUE_AT_FP)) {
		return false;
	}
	*offset = value.number - sp.number;
	return !is_sp || value.number >= 0;
}

// The rule, if the function ends in this state, where return addresses are pushed: sp is behind it.
static bool is_end_pushed(const struct scan_machine *machine, struct unwind_rule *rule)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	struct scan_value fp = machine->regs[machine->isa->fp];
	int32_t slot = machine->slot_size;
	*rule = (struct unwind_rule){ .kind = RULE_FRAME, .ra_place = RULE_AT_CFA, .ra = -slot };
	rule->base = sp.kind == VALUE_SP ? RULE_SP : RULE_FP;
	rule->cfa = sp.number;
	if ((sp.kind != VALUE_SP && sp.kind != VALUE_FP) || sp.number < slot ||
	    sp.number % slot != 0) {
		return false;
	}
	if (!scan_value_is(fp, VALUE_FP, 0)) {
		rule->fp_place = RULE_AT_CFA;
		return find_place(fp, sp, &rule->fp);
	}
	return true;
}

bool scan_exact_is_end(const struct code_view *view, const struct scan_machine *machine,
		       struct unwind_rule *rule)
{
	const struct scan_isa *isa = machine->isa;
	struct scan_value sp = machine->regs[scan_sp(isa)];
	struct scan_value ra = origin(machine->regs[scan_ra(isa)], machine->ra_slot, VALUE_RA);
	struct scan_value fp = origin(machine->regs[isa->fp], machine->fp_slot, VALUE_FP);
	struct scan_value fp2 = origin(scan_fp2(machine), machine->fp2_slot, VALUE_FP2);
	int32_t fp2_offset = 0;
	if (scan_is_ra_pushed(isa)) {
		return is_end_pushed(machine, rule);
	}
	*rule = (struct unwind_rule){ .kind = RULE_FRAME, .cfa = sp.number };
	rule->base = sp.kind == VALUE_SP ? RULE_SP : RULE_FP;
	// Where the compiler uses ra for anything once it is saved, that may be put away elsewhere.
	if (sp.kind == VALUE_SP && machine->regs[scan_ra(isa)].kind == VALUE_AT_SP &&
	    machine->regs[scan_ra(isa)].number >= sp.number) {
		return false;
	}
	if ((sp.kind != VALUE_SP || sp.number < 0) && sp.kind != VALUE_FP) {
		return false;
	}
	if (ra.kind != VALUE_RA) {
		rule->ra_place = RULE_AT_CFA;
		if (!find_place(ra, sp, &rule->ra) || !scan_is_ra_offset(view, rule->ra)) {
			return false;
		}
	}
	if (!scan_value_is(fp, VALUE_FP, 0)) {
		rule->fp_place = RULE_AT_CFA;
		if (!find_place(fp, sp, &rule->fp)) {
			return false;
		}
	}
	bool is_fp2_moved = scan_has_fp2(isa) && fp2.kind != VALUE_FP2;
	if (is_fp2_moved && !find_place(fp2, sp, &fp2_offset)) {
		fp2_offset = RULE_FP2_LOST;
	}
	if (fp2_offset == RULE_FP2_LOST && !isa->is_fp2_optional) {
		return false;
	}
	scan_rule_fp2(isa, is_fp2_moved, fp2_offset, rule);
	return true;
}
