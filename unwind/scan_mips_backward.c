// SPDX-License-Identifier: LGPL-2.1-or-later
// Goes back from a call to its function's prologue and executes the code from there to the call.
//
// For calls that no way out can be followed from: the last one of a function, when it never returns;
// code before a jump by a table. Execution is in order of addresses: what a function's body looks like
// is settled by its prologue, and code behind a jump or return is body again.
#include "unwind/scan_mips.h"

// The frame while the body of a function runs, counted from the CFA.
struct body {
	bool is_known;
	bool is_dynamic;    // sp has changed by an unknown amount
	bool has_frame;     // fp was made a frame pointer
	bool is_fp_general; // fp was used for something else
	int32_t sp, frame;  // sp and fp, less the CFA
	struct mips_value ra_slot, fp_slot;
};

static void body_update(struct body *body, const struct mips_machine *machine)
{
	struct mips_value sp = machine->regs[MIPS_SP];
	struct mips_value fp = machine->regs[MIPS_FP];
	if (machine->ra_slot.kind != VALUE_SP) {
		return;
	}
	if (sp.kind == VALUE_SP && (!body->is_known || sp.number <= body->sp)) {
		body->is_known = true;
		body->sp = sp.number;
		body->ra_slot = machine->ra_slot;
		body->fp_slot = machine->fp_slot;
	}
	if (!body->is_known || fp.kind == VALUE_FP) {
		return;
	}
	bool is_own = fp.kind == VALUE_AT_SP && fp.number == body->fp_slot.number;
	if (body->fp_slot.kind != VALUE_SP) {
		return; // a change that is never undone: this way leads out, as in longjmp
	}
	if (fp.kind == VALUE_SP && fp.number == body->sp && !body->is_fp_general) {
		body->has_frame = true;
		body->frame = fp.number;
	} else if (!is_own && fp.kind != VALUE_SP) {
		body->is_fp_general = true;
	}
	if (sp.kind == VALUE_ANY && fp.kind == VALUE_SP) {
		body->is_dynamic = true;
		body->has_frame = true;
		body->frame = fp.number;
	}
}

// Back in the body, behind a jump.
static void body_restore(const struct body *body, struct mips_machine *machine)
{
	if (!body->is_known) {
		mips_machine_at_entry(machine);
		return;
	}
	machine->regs[MIPS_SP] = body->is_dynamic ? (struct mips_value){ VALUE_ANY, 0 }
						  : (struct mips_value){ VALUE_SP, body->sp };
	if (body->fp_slot.kind != VALUE_SP) {
		machine->regs[MIPS_FP] = (struct mips_value){ VALUE_FP, 0 };
	} else if (body->has_frame && !body->is_fp_general) {
		machine->regs[MIPS_FP] = (struct mips_value){ VALUE_SP, body->frame };
	}
}

static bool body_rule(const struct code_view *view, const struct body *body,
		      const struct mips_machine *machine, struct unwind_rule *rule)
{
	bool is_fp_saved = body->fp_slot.kind == VALUE_SP;
	bool by_fp = body->is_dynamic || (body->has_frame && !body->is_fp_general);
	if (!body->is_known || !mips_is_ra_offset(view, body->ra_slot.number) ||
	    body->sp > body->ra_slot.number || body->sp % view->slot_size != 0) {
		return false;
	}
	if (!by_fp && !mips_value_is(machine->regs[MIPS_SP], VALUE_SP, body->sp)) {
		return false;
	}
	if (!is_fp_saved && !mips_value_is(machine->regs[MIPS_FP], VALUE_FP, 0)) {
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
	return true;
}

static bool is_barrier(const struct mips_insn *insn)
{
	return insn->op == MIPS_JUMP || insn->op == MIPS_JUMP_REGISTER || insn->op == MIPS_TRAP;
}

static enum scan_mips_end execute_from(const struct code_view *view, uint64_t from, uint64_t to,
				       uint32_t limit, struct scan_mips_work *work,
				       struct unwind_rule *rule)
{
	struct mips_machine machine;
	struct body body = { 0 };
	struct mips_insn insn;
	bool is_behind_jump = false; // the instruction is a jump's delay slot
	mips_machine_at_entry(&machine);
	for (uint64_t pc = from; pc < to; pc += insn.size) {
		if (work->n_visited++ >= limit) {
			return SCAN_MIPS_LIMIT;
		}
		mips_decode(view, pc, &insn);
		mips_machine_execute(&machine, &insn);
		body_update(&body, &machine);
		if (is_behind_jump || (is_barrier(&insn) && insn.slot == MIPS_SLOT_NONE)) {
			body_restore(&body, &machine);
		}
		is_behind_jump = is_barrier(&insn) && insn.slot != MIPS_SLOT_NONE;
		if (insn.op == MIPS_CALL) {
			mips_machine_call(&machine);
		}
		if (insn.slot == MIPS_SLOT_TAKEN) {
			mips_decode(view, pc + insn.size, &insn);
			pc += 4;
		}
	}
	return body_rule(view, &body, &machine, rule) ? SCAN_MIPS_FOUND : SCAN_MIPS_NOTHING;
}

// Where to execute from if the instruction at `pc` may make a frame; 0: it does not.
static uint64_t frame_start(const struct code_view *view, uint64_t pc, const struct mips_insn *insn)
{
	enum { BACK = 6 }; // instructions in which the size of a large frame is loaded
	bool is_sum = insn->op == MIPS_ADD || insn->op == MIPS_SUBTRACT;
	if (insn->rs != MIPS_SP) {
		return 0;
	}
	if (insn->op == MIPS_SAVE) {
		return insn->constant < 0 ? pc : 0;
	}
	if (insn->rd != MIPS_SP) {
		return 0;
	}
	if (insn->op == MIPS_ADD_CONSTANT) {
		return insn->constant < 0 ? pc : 0;
	}
	uint64_t back = BACK * mips_step(view);
	return is_sum && insn->rt != 0 && pc - view->address >= back ? pc - back : 0;
}

// __start and a thread's first code: no return address, and none to look for.
static bool is_ra_zeroed(const struct mips_insn *insn)
{
	return insn->op == MIPS_ADD && insn->rd == MIPS_RA && insn->rs == 0 && insn->rt == 0;
}

enum scan_mips_end scan_mips_backward(const struct code_view *view, uint64_t pc, uint32_t limit,
				      struct scan_mips_work *work, struct unwind_rule *rule)
{
	unsigned step = mips_step(view);
	size_t entry = code_entry_from(view, pc);
	uint64_t low = entry > 0 ? view->address + view->entries[entry - 1] : view->address;
	bool is_behind_return = false, is_beginning = false;
	struct mips_insn insn;
	for (uint64_t at = pc; at - low >= step && at > low;) {
		if (work->n_visited++ >= limit) {
			return SCAN_MIPS_LIMIT;
		}
		at -= step;
		mips_decode(view, at, &insn);
		is_behind_return |= insn.op == MIPS_JUMP_REGISTER;
		if (is_beginning && is_barrier(&insn)) {
			return SCAN_MIPS_NOTHING;
		}
		// o32 loads gp at the function's beginning, and from the stack later on.
		is_beginning |= insn.is_lui && insn.rd == MIPS_GP && view->slot_size == 4;
		if (is_ra_zeroed(&insn) && !is_behind_return) {
			*rule = rule_of_kind(RULE_OUTERMOST);
			return SCAN_MIPS_FOUND;
		}
		uint64_t start = frame_start(view, at, &insn);
		if (start == 0) {
			continue;
		}
		enum scan_mips_end end = execute_from(view, start, pc, limit, work, rule);
		if (end != SCAN_MIPS_NOTHING) {
			return end;
		}
	}
	return SCAN_MIPS_NOTHING;
}
