// SPDX-License-Identifier: LGPL-2.1-or-later
// What a function's frame looks like while its body runs, gathered by executing the code in order.
#include "unwind/scan_body.h"

// The frame is as large as it gets: the prologue of a large one subtracts twice.
static void update_sp(struct scan_body *body, const struct scan_machine *machine, code_address pc)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	bool is_new = !body->is_known || sp.number < body->sp ||
		      body->fp_slot.kind != machine->fp_slot.kind ||
		      body->fp2_slot.kind != machine->fp2_slot.kind;
	if (sp.kind != VALUE_SP || !is_new || (body->is_known && sp.number > body->sp)) {
		return;
	}
	body->is_known = true;
	body->sp = sp.number;
	body->ra_slot = machine->ra_slot;
	body->fp_slot = machine->fp_slot;
	body->fp2_slot = machine->fp2_slot;
	body->settled = pc;
}

static void update_fp(struct scan_body *body, const struct scan_machine *machine, code_address pc)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	struct scan_value fp = machine->regs[machine->isa->fp];
	bool is_address = fp.kind == VALUE_SP;
	bool is_restored = fp.kind == VALUE_FP ||
			   (fp.kind == VALUE_AT_SP && fp.number == body->fp_slot.number);
	bool is_dynamic = is_address && sp.kind == VALUE_ANY;
	int64_t height = (int64_t)fp.number - body->sp; // above arguments to be passed on the stack
	bool is_frame = is_address && height >= 0 && height <= machine->isa->fp_height &&
			!body->has_called && !body->is_fp_general;
	if ((is_dynamic && !body->is_dynamic) || (is_frame && !body->has_frame)) {
		body->is_dynamic |= is_dynamic;
		body->has_frame = true;
		body->frame = fp.number;
		body->settled = pc;
	} else if (!is_address && !is_restored && !body->is_fp_changed) {
		body->is_fp_general = true;
		body->is_fp_changed = true;
		body->settled = pc;
	}
}

static bool is_fp_frame(const struct scan_body *body)
{
	return body->is_dynamic || (body->has_frame && !body->is_fp_general);
}

static bool is_by_fp(const struct scan_body *body, const struct scan_isa *isa)
{
	bool is_needed = body->is_dynamic || body->is_fp_used || !scan_is_counted_from_sp(isa);
	return is_needed && is_fp_frame(body);
}

// Whether the instruction finds something of the frame by fp.
static bool is_by_fp_use(const struct scan_isa *isa, const struct scan_insn *insn)
{
	bool is_address = insn->op == SCAN_ADD_CONSTANT && insn->rd != scan_sp(isa);
	bool is_access = insn->op == SCAN_LOAD || insn->op == SCAN_STORE || insn->op == SCAN_SAVE ||
			 insn->op == SCAN_RESTORE;
	return (is_address || is_access) && insn->rs == isa->fp;
}

// A function with a frame pointer loads nothing by sp, until it has set sp back from fp to return.
static void update_use(struct scan_body *body, const struct scan_isa *isa,
		       const struct scan_insn *insn, code_address pc)
{
	bool is_sum = insn->op == SCAN_ADD && (insn->rs == isa->fp || insn->rt == isa->fp);
	bool is_from_fp = is_sum || (insn->op == SCAN_ADD_CONSTANT && insn->rs == isa->fp);
	bool is_set_back = is_from_fp && insn->rd == scan_sp(isa);
	bool is_load =
		insn->op == SCAN_LOAD && insn->rs == scan_sp(isa) && !scan_is_counted_from_sp(isa);
	if (is_load && body->has_frame && !body->is_leaving && !body->is_fp_general) {
		body->is_fp_general = true;
		body->settled = pc;
	}
	if (is_by_fp_use(isa, insn) && body->has_frame && !body->is_fp_used) {
		body->is_fp_used = true;
		body->settled = pc;
	}
	body->is_leaving |= is_set_back;
	body->has_called |= insn->op == SCAN_CALL;
}

// The prologue of a large frame may compute sp in the frame pointer, which is set only then.
static bool computes_sp(const struct scan_body *body, const struct scan_machine *machine,
			const struct scan_insn *insn)
{
	const struct scan_isa *isa = machine->isa;
	struct scan_value sp = machine->regs[scan_sp(isa)];
	bool is_move = insn->rd == scan_sp(isa) && insn->rs == isa->fp &&
		       (insn->op == SCAN_ADD || insn->op == SCAN_ADD_CONSTANT);
	return is_move && !body->has_called && sp.kind == VALUE_SP && sp.number < body->sp;
}

void scan_body_update(struct scan_body *body, const struct scan_machine *machine,
		      const struct scan_insn *insn, code_address pc)
{
	// What a return leaves is the caller's.
	if (machine->ra_slot.kind != VALUE_SP || insn->op == SCAN_RETURN) {
		return;
	}
	bool is_sp_computed = computes_sp(body, machine, insn);
	update_use(body, machine->isa, insn, pc);
	update_sp(body, machine, pc);
	// sp computed; when it is loaded from elsewhere, this way leads out of the function.
	if (machine->regs[scan_sp(machine->isa)].kind == VALUE_ANY &&
	    machine->regs[machine->isa->fp].kind != VALUE_SP && !is_fp_frame(body)) {
		body->is_lost = true;
	}
	if (is_sp_computed) {
		body->has_frame = false;
		return;
	}
	// A change of fp that is never undone leads out of the function, as in longjmp.
	if (body->is_known && body->fp_slot.kind == VALUE_SP) {
		update_fp(body, machine, pc);
	}
}

uint32_t scan_body_based(const struct scan_body *body, const struct scan_isa *isa)
{
	uint32_t based = 0;
	if (body->has_frame && !body->is_fp_used) {
		based |= UINT32_C(1) << isa->fp;
	}
	if (body->has_frame && !body->is_fp_general) {
		based |= UINT32_C(1) << scan_sp(isa);
	}
	return based;
}

void scan_body_call(struct scan_body *body, const struct scan_machine *machine)
{
	body->has_called |= machine->ra_slot.kind == VALUE_SP;
}

void scan_body_restore(struct scan_body *body, const struct code_view *view,
		       struct scan_machine *machine)
{
	body->is_leaving = false;
	if (!body->is_known) {
		scan_machine_at_entry(machine, view);
		return;
	}
	machine->ra_slot = body->ra_slot;
	machine->fp_slot = body->fp_slot;
	machine->fp2_slot = body->fp2_slot;
	if (scan_has_fp2(machine->isa)) {
		machine->regs[machine->isa->fp2] =
			body->fp2_slot.kind == VALUE_SP
				? (struct scan_value){ VALUE_AT_SP, body->fp2_slot.number }
				: (struct scan_value){ VALUE_FP2, 0 };
	}
	machine->regs[scan_sp(machine->isa)] = body->is_dynamic
						       ? (struct scan_value){ VALUE_ANY, 0 }
						       : (struct scan_value){ VALUE_SP, body->sp };
	if (body->fp_slot.kind != VALUE_SP) {
		machine->regs[machine->isa->fp] = (struct scan_value){ VALUE_FP, 0 };
	} else if ((body->has_frame && !body->is_fp_changed) || is_fp_frame(body)) {
		machine->regs[machine->isa->fp] = (struct scan_value){ VALUE_SP, body->frame };
	} else { // whatever the body has in it, it is not the caller's that could be saved again
		machine->regs[machine->isa->fp] =
			(struct scan_value){ VALUE_AT_SP, body->fp_slot.number };
	}
}

bool scan_body_rule(const struct scan_body *body, const struct scan_machine *machine,
		    const struct code_view *view, struct unwind_rule *rule)
{
	bool is_fp_saved = body->fp_slot.kind == VALUE_SP;
	bool is_fp2_saved = body->fp2_slot.kind == VALUE_SP;
	bool by_fp = is_by_fp(body, view->isa);
	if (!body->is_known || body->is_lost || !scan_is_ra_offset(view, body->ra_slot.number) ||
	    body->sp > body->ra_slot.number || body->sp % (int)view->slot_size != 0) {
		return false;
	}
	if (!by_fp && !scan_value_is(machine->regs[scan_sp(machine->isa)], VALUE_SP, body->sp)) {
		return false;
	}
	if (!is_fp_saved && !scan_value_is(machine->regs[machine->isa->fp], VALUE_FP, 0)) {
		return false;
	}
	bool is_fp2_known =
		!scan_has_fp2(machine->isa) || is_fp2_saved || scan_fp2(machine).kind == VALUE_FP2;
	if (!is_fp2_known && !machine->isa->is_fp2_optional) {
		return false;
	}
	*rule = (struct unwind_rule){
		.kind = RULE_FRAME,
		.base = by_fp ? RULE_FP : RULE_SP,
		.ra_place = RULE_AT_CFA,
		.fp_place = is_fp_saved ? RULE_AT_CFA : RULE_IN_REGISTER,
		.cfa = by_fp ? -body->frame : -body->sp,
		.ra = body->ra_slot.number,
		.fp = is_fp_saved ? body->fp_slot.number : 0,
	};
	int32_t fp2_at = is_fp2_known ? body->fp2_slot.number : RULE_FP2_LOST;
	scan_rule_fp2(machine->isa, is_fp2_saved || !is_fp2_known, fp2_at, rule);
	return true;
}
