// SPDX-License-Identifier: LGPL-2.1-or-later
// Goes from a function's beginning to a call, for code in which calls push the return address.
//
// Code is executed in order of addresses, with the state that a jump had at its target. A place is not
// the beginning if sp is then not aligned at some call or not back at some return, or if a register is
// read that has no value at the beginning.
#include "unwind/scan_linear.h"

enum {
	REACH_MAX = 1 << 16, // no jump within a function is longer, but to its cold part
};

struct linear {
	const struct code_view *view;
	code_address to;
	uint32_t limit;
	struct scan_work *work; // its paths are the jumps whose targets are still to come
	struct scan_machine machine;
	bool is_padded;   // functions are aligned where the start is, so that their ends are seen
	bool is_alive;    // the code is reached by what was executed
	bool is_proven;   // calls, branches or a return have agreed with the start
	bool has_table;   // a jump by a table leads to code that nothing else may lead to
	bool is_doubtful; // a call was passed that may not have returned
	uint32_t
		undefined; // registers that have no value at a function's entry, and got none since
	bool has_body;
	uint32_t n_body;       // by how many branches that is the more frequent state
	struct scan_path body; // the state of most of the function's code
	code_address start, next_target, reach;
};

static struct scan_path path_of(const struct scan_machine *machine, code_address pc)
{
	return (struct scan_path){
		.pc = pc,
		.sp = machine->regs[scan_sp(machine->isa)],
		.fp = machine->regs[machine->isa->fp],
		.fp_slot = machine->fp_slot,
		.kept = machine->kept,
		.kept_at = machine->kept_at,
		.may_have_popped = machine->may_have_popped,
	};
}

static void restore(struct linear *linear, const struct scan_path *path)
{
	struct scan_machine *machine = &linear->machine;
	struct scan_value aligned_slot = machine->cfa_slot;
	scan_machine_at_entry(machine, linear->view);
	machine->regs[scan_sp(machine->isa)] = path->sp;
	machine->regs[machine->isa->fp] = path->fp;
	machine->fp_slot = path->fp_slot;
	machine->kept = path->kept;
	machine->kept_at = path->kept_at;
	machine->may_have_popped = path->may_have_popped;
	machine->cfa_slot = aligned_slot;
	linear->is_alive = true;
}

// Whether the frame is not made yet, or is undone.
static bool is_left(const struct linear *linear)
{
	return scan_value_is(linear->machine.regs[scan_sp(linear->machine.isa)], VALUE_SP,
			     -(int32_t)linear->view->slot_size);
}

// False: this leads back to before the function.
static bool add_target(struct linear *linear, code_address target, code_address pc)
{
	struct scan_work *work = linear->work;
	bool is_out = is_left(linear);
	if (target < linear->start && linear->start - target < REACH_MAX && !is_out) {
		return false;
	}
	if (target <= pc || target - pc > REACH_MAX) {
		return true;
	}
	if (!is_out && target > linear->reach) { // else it may be a tail call
		linear->reach = target;
	}
	if (target > linear->to || work->n_paths == SCAN_PATHS_MAX) {
		return true;
	}
	work->paths[work->n_paths++] = path_of(&linear->machine, target);
	if (target < linear->next_target) {
		linear->next_target = target;
	}
	return true;
}

// A call before did not return, and its arguments are still there.
static bool is_shallower(const struct linear *linear, const struct scan_path *path)
{
	struct scan_value sp = linear->machine.regs[scan_sp(linear->machine.isa)];
	return sp.kind == VALUE_SP && path->sp.kind == VALUE_SP && path->sp.number > sp.number &&
	       path->sp.number % linear->machine.isa->sp_alignment == 0;
}

// Takes the state of the jumps to `pc`, if nothing leads there otherwise, and drops them.
static void arrive(struct linear *linear, code_address pc)
{
	struct scan_work *work = linear->work;
	uint32_t n = 0;
	linear->next_target = ~(code_address)0;
	for (uint32_t i = 0; i < work->n_paths; i++) {
		struct scan_path path = work->paths[i];
		if (path.pc > pc) {
			work->paths[n++] = path;
			linear->next_target =
				path.pc < linear->next_target ? path.pc : linear->next_target;
		} else if (path.pc == pc && (!linear->is_alive || is_shallower(linear, &path))) {
			restore(linear, &path);
		}
	}
	work->n_paths = n;
}

static bool is_sp_aligned(const struct scan_machine *machine)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	return sp.kind != VALUE_SP || sp.number % machine->isa->sp_alignment == 0;
}

// The state in which most of the code branches or, while it does not, calls: where arguments are pushed,
// some branches are between the pushes.
static void update_body(struct linear *linear, bool is_call)
{
	struct scan_value sp = linear->machine.regs[scan_sp(linear->machine.isa)];
	struct scan_value body = linear->body.sp;
	if (!is_sp_aligned(&linear->machine) || (linear->n_body > 0 && is_call)) {
		return;
	}
	if (linear->has_body && scan_value_is(sp, (enum scan_value_kind)body.kind, body.number)) {
		linear->n_body++;
	} else if (linear->n_body > 0) {
		linear->n_body--;
	} else {
		linear->has_body = true;
		linear->body = path_of(&linear->machine, 0);
		linear->n_body = is_call ? 0 : 1;
	}
}

// Whether the instruction takes what no function is given at its beginning, but a landing pad is: in the
// register of results.
static bool is_landing_pad(const struct scan_isa *isa, const struct scan_insn *insn)
{
	return insn->op == SCAN_ADD_CONSTANT && insn->rs != scan_zero(isa) && insn->rs < 32 &&
	       (isa->call_results >> insn->rs & 1) != 0 && insn->rd != insn->rs;
}

// Code that nothing has led to: jumped to by a table, or from further on. False: another function's.
static bool revive(struct linear *linear, code_address pc, const struct scan_insn *insn)
{
	bool is_crossed = pc < linear->reach;
	bool is_next = linear->is_padded && pc % 16 == 0 && scan_is_first(linear->view->isa, insn);
	bool is_more =
		linear->is_padded || linear->has_table || is_landing_pad(linear->view->isa, insn);
	bool is_within = linear->is_proven && is_more && !is_next;
	if (!linear->has_body || !(is_crossed || is_within)) {
		return false;
	}
	restore(linear, &linear->body);
	linear->is_doubtful |= !linear->is_padded;
	return true;
}

static bool execute_call(struct linear *linear, code_address pc, const struct scan_insn *insn)
{
	struct scan_machine *machine = &linear->machine;
	struct scan_value *sp = &machine->regs[scan_sp(machine->isa)];
	struct scan_work *work = linear->work;
	int32_t slot = machine->slot_size;
	// A callee before has popped what is not in sight.
	if (machine->may_have_popped && sp->kind == VALUE_SP &&
	    machine->isa->sp_alignment > 2 * slot &&
	    (sp->number + slot) % machine->isa->sp_alignment == 0) {
		sp->number += slot;
	}
	if (!is_sp_aligned(machine)) {
		return false;
	}
	linear->is_proven = true;
	update_body(linear, true);
	if (pc + insn->size == linear->to) {
		return true;
	}
	scan_machine_call(machine);
	const struct scan_callee *callee =
		scan_callee_at(linear->view, pc, insn->target, &work->callees, &work->n_aside);
	machine->may_have_popped = callee->end == CALLEE_MAY_RETURN;
	if (sp->kind == VALUE_SP && callee->end == CALLEE_RETURNS) {
		sp->number += callee->popped;
	}
	linear->is_alive = callee->end != CALLEE_NEVER_RETURNS;
	linear->is_doubtful |=
		callee->end == CALLEE_MAY_RETURN && !linear->is_padded && pc >= linear->reach;
	return true;
}

// False: the start is not a function's.
static bool execute(struct linear *linear, code_address pc, const struct scan_insn *insn)
{
	struct scan_machine *machine = &linear->machine;
	struct scan_value sp;
	scan_machine_execute(machine, insn);
	switch ((enum scan_op)insn->op) {
	case SCAN_CALL:
		return execute_call(linear, pc, insn);
	case SCAN_BRANCH:
		update_body(linear, false);
		linear->is_proven |= linear->has_body;
		return add_target(linear, insn->target, pc);
	case SCAN_JUMP:
		update_body(linear, false);
		linear->is_alive = false;
		return add_target(linear, insn->target, pc);
	case SCAN_JUMP_REGISTER:
		update_body(linear, false);
		linear->is_proven |= linear->has_body;
		linear->has_table |= !is_left(linear);
		linear->is_alive = false;
		return true;
	case SCAN_TRAP:
		linear->is_alive = false;
		return true;
	case SCAN_RETURN:
		linear->is_alive = false;
		sp = machine->regs[scan_sp(machine->isa)];
		linear->is_proven = true;
		return sp.kind != VALUE_SP || sp.number == 0;
	case SCAN_INVALID:
		return false;
	case SCAN_OTHER:
	case SCAN_ADD_CONSTANT:
	case SCAN_OR_CONSTANT:
	case SCAN_ADD:
	case SCAN_SUBTRACT:
	case SCAN_LOAD:
	case SCAN_STORE:
	case SCAN_SAVE:
	case SCAN_RESTORE:
	case SCAN_PUSH:
	case SCAN_POP:
	case SCAN_ENTER:
	case SCAN_ALIGN:
	case SCAN_CONDITION:
	case SCAN_SYSCALL:
		break;
	}
	return true;
}

// The rule in the state at the call.
static bool rule_of(const struct linear *linear, struct unwind_rule *rule)
{
	const struct scan_machine *machine = &linear->machine;
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	struct scan_value fp = machine->regs[machine->isa->fp];
	int32_t slot = machine->slot_size;
	bool is_saved = machine->fp_slot.kind == VALUE_SP;
	bool is_frame = fp.kind == VALUE_SP && is_saved && fp.number == machine->fp_slot.number;
	*rule = (struct unwind_rule){ .kind = RULE_FRAME, .ra_place = RULE_AT_CFA, .ra = -slot };
	if (fp.kind == VALUE_ALIGNED && machine->cfa_slot.kind == VALUE_ALIGNED) {
		rule->base = RULE_WORD_AT_FP;
		rule->cfa = machine->cfa_slot.number - fp.number;
		rule->fp_place = RULE_AT_FP;
		return true;
	}
	if (!is_saved && !scan_value_is(fp, VALUE_FP, 0)) {
		return false;
	}
	rule->fp_place = is_saved ? RULE_AT_CFA : RULE_IN_REGISTER;
	rule->fp = is_saved ? machine->fp_slot.number : 0;
	if (is_frame && fp.number <= -2 * slot) {
		rule->base = RULE_FP;
		rule->cfa = -fp.number;
		return true;
	}
	rule->base = RULE_SP;
	rule->cfa = -sp.number;
	return sp.kind == VALUE_SP && sp.number <= -2 * slot && is_sp_aligned(machine);
}

static enum scan_end try_start(struct linear *linear, code_address start, struct unwind_rule *rule)
{
	struct scan_insn insn;
	scan_machine_at_entry(&linear->machine, linear->view);
	linear->work->n_paths = 0;
	linear->is_alive = true;
	linear->is_proven = linear->has_body = linear->has_table = linear->is_doubtful = false;
	linear->n_body = 0;
	linear->undefined = linear->view->isa->call_keeps;
	linear->start = start;
	linear->reach = 0;
	linear->next_target = ~(code_address)0;
	for (code_address pc = start; pc < linear->to; pc += insn.size) {
		if (linear->work->n_visited++ >= linear->limit) {
			return SCAN_LIMIT;
		}
		if (pc >= linear->next_target) {
			arrive(linear, pc);
		}
		scan_decode(linear->view, pc, &insn);
		if (!linear->is_alive && (insn.is_padding || insn.op == SCAN_TRAP)) {
			continue;
		}
		if (!linear->is_alive && !revive(linear, pc, &insn)) {
			return SCAN_NOTHING;
		}
		if ((insn.address_registers & linear->undefined) != 0) {
			return SCAN_NOTHING;
		}
		linear->undefined &= ~insn.clobbers;
		if (!execute(linear, pc, &insn)) {
			return SCAN_NOTHING;
		}
	}
	return linear->is_alive && rule_of(linear, rule) ? SCAN_FOUND : SCAN_NOTHING;
}

enum scan_end scan_linear_from(const struct code_view *view, code_address start, bool is_padded,
			       code_address pc, uint32_t limit, struct scan_work *work,
			       struct unwind_rule *rule)
{
	struct linear linear = {
		.view = view, .to = pc, .limit = limit, .work = work, .is_padded = is_padded
	};
	enum scan_end end = try_start(&linear, start, rule);
	work->n_paths = work->first_path = 0;
	work->is_doubtful = linear.is_doubtful;
	work->is_crossed = linear.reach > pc;
	return end;
}

bool scan_linear_body(const struct code_view *view, code_address start, uint32_t limit,
		      struct scan_work *work, struct unwind_rule *rule)
{
	struct linear linear = { .view = view, .limit = limit, .work = work };
	linear.to = view->address + view->size;
	try_start(&linear, start, rule);
	work->n_paths = work->first_path = 0;
	if (!linear.has_body) {
		return false;
	}
	restore(&linear, &linear.body);
	return rule_of(&linear, rule);
}
