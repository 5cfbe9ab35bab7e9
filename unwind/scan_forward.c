// SPDX-License-Identifier: LGPL-2.1-or-later
// Follows code from a return address, on both sides of every branch, to where the function ends.
//
// What the epilogue undoes tells what the frame is. Paths are followed first come, first served, a few
// instructions at a time, each instruction once; the first end that makes sense is the answer. Code
// that follows a call which never returns is another function's, or another part of this one: a path
// that meets signs of that is dropped.
#include "unwind/scan_seen.h"

enum {
	TURN = 40, // instructions after which a path lets others go first, at its next branch
};

struct forward {
	const struct code_view *view;
	uint64_t pc; // where the scan began
	uint32_t limit;
	struct scan_work *work;
	struct unwind_rule *rule;
	uint32_t turn_end;
};

enum step {
	STEP_ON,
	STEP_END, // of this path
	STEP_FOUND,
};

static bool add_path(const struct forward *forward, uint64_t pc, const struct scan_machine *machine)
{
	struct scan_work *work = forward->work;
	if (scan_seen(work, forward->view, pc)) {
		return true;
	}
	if (work->n_paths == SCAN_PATHS_MAX) {
		return false;
	}
	work->paths[(work->first_path + work->n_paths++) % SCAN_PATHS_MAX] = (struct scan_path){
		.pc = pc,
		.sp = machine->regs[machine->isa->sp],
		.fp = machine->regs[machine->isa->fp],
		.fp2 = scan_fp2(machine),
		.ra = machine->regs[machine->isa->ra],
		.fp_slot = machine->fp_slot,
		.kept = machine->kept,
		.kept_at = machine->kept_at,
		.may_have_popped = machine->may_have_popped,
		.is_doubtful = machine->is_doubtful,
	};
	return true;
}

static struct scan_path take_path(struct scan_work *work)
{
	struct scan_path path = work->paths[work->first_path];
	work->first_path = (work->first_path + 1) % SCAN_PATHS_MAX;
	work->n_paths--;
	return path;
}

// A callee may pop what is not in sight: i386's do, of functions that return a structure. By the next
// call, or the end, sp has to be aligned again: what it lacks.
static int32_t correction_of_sp(const struct scan_machine *machine)
{
	struct scan_value sp = machine->regs[machine->isa->sp];
	int32_t alignment = machine->isa->sp_alignment, slot = machine->slot_size;
	bool is_short =
		sp.kind == VALUE_SP && alignment > 2 * slot && (sp.number + slot) % alignment == 0;
	return is_short ? slot : 0;
}

// The rule, if the function ends in this state, where the return address is on the stack: sp is behind
// it, at the CFA.
static bool is_end_pushed(const struct forward *forward, const struct scan_machine *machine)
{
	struct scan_value sp = machine->regs[machine->isa->sp];
	struct scan_value fp = machine->regs[machine->isa->fp];
	int32_t correction = correction_of_sp(machine);
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

// The rule, if the function ends in this state: sp is back at the CFA, ra and fp are the caller's.
static bool is_end(const struct forward *forward, const struct scan_machine *machine)
{
	struct scan_value sp = machine->regs[machine->isa->sp];
	struct scan_value ra = machine->regs[machine->isa->ra];
	struct scan_value fp = machine->regs[machine->isa->fp];
	struct scan_value fp2 = scan_fp2(machine);
	if (machine->isa->is_ra_pushed) {
		return is_end_pushed(forward, machine);
	}
	if (sp.kind != VALUE_SP && sp.kind != VALUE_FP) {
		return false;
	}
	bool is_sp = sp.kind == VALUE_SP;
	enum scan_value_kind loaded = is_sp ? VALUE_AT_SP : VALUE_AT_FP;
	int64_t ra_offset = (int64_t)ra.number - sp.number;
	bool is_saved = fp.kind == loaded;
	bool is_fp2_saved = machine->isa->fp2 != 0 && fp2.kind == loaded;
	if (ra.kind != loaded || ra.number < 0 || sp.number % forward->view->slot_size != 0 ||
	    !scan_is_ra_offset(forward->view, ra_offset)) {
		return false;
	}
	if (!is_saved && !scan_value_is(fp, VALUE_FP, 0)) {
		return false;
	}
	bool is_fp2_known = machine->isa->fp2 == 0 || is_fp2_saved || fp2.kind == VALUE_FP2;
	if (!is_fp2_known && !machine->isa->is_fp2_optional) {
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

static bool is_reloaded(const struct scan_machine *machine)
{
	uint8_t kind = machine->regs[machine->isa->ra].kind;
	return kind == VALUE_AT_SP || kind == VALUE_AT_FP;
}

// Whether the instruction belongs to a function's beginning. Behind a call that does not return it is
// the next function's; behind a reloaded ra it is reached by a tail call.
static bool is_entry_code(const struct forward *forward, const struct scan_machine *machine,
			  const struct scan_insn *insn)
{
	const struct scan_isa *isa = machine->isa;
	bool is_sum = insn->op == SCAN_ADD_CONSTANT || insn->op == SCAN_SAVE;
	bool makes_frame =
		is_sum && insn->rd == isa->sp && insn->rs == isa->sp && insn->constant < 0;
	bool saves_ra = (insn->op == SCAN_STORE && insn->rt == isa->ra && !isa->is_ra_general) ||
			(insn->op == SCAN_SAVE && insn->ra_at != SCAN_NOT_SAVED &&
			 (!isa->is_ra_general || insn->constant < 0));
	return saves_ra || (makes_frame && is_reloaded(machine)) ||
	       scan_is_beginning(forward->view, insn);
}

// The same at a jump out of the function: the return address is still there for the next one.
static bool is_tail_end(const struct forward *forward, const struct scan_machine *machine)
{
	struct scan_machine left = *machine;
	if (left.isa->is_ra_pushed) {
		const struct scan_insn pop = { .op = SCAN_POP,
					       .rd = left.isa->ra,
					       .constant = left.slot_size };
		scan_machine_execute(&left, &pop);
	}
	return is_end(forward, &left);
}

static enum step end_if(bool holds)
{
	return holds ? STEP_FOUND : STEP_END;
}

static bool is_plain(const struct scan_insn *insn)
{
	return insn->op <= SCAN_CONDITION;
}

// Executes an instruction that does not branch.
static enum step step_plain(struct forward *forward, struct scan_machine *machine,
			    const struct scan_insn *insn)
{
	if (is_entry_code(forward, machine, insn)) {
		return end_if(is_end(forward, machine));
	}
	scan_machine_execute(machine, insn);
	scan_seen_literal(forward->work, forward->view, insn);
	return STEP_ON;
}

// Executes the delay slot of the branch at `pc`; `next` is the address behind it.
static enum step step_slot(struct forward *forward, struct scan_machine *machine, uint64_t pc,
			   const struct scan_insn *branch, uint64_t *next)
{
	struct scan_insn slot;
	*next = pc + branch->size;
	if (branch->slot == SCAN_SLOT_NONE) {
		return STEP_ON;
	}
	scan_decode(forward->view, *next, &slot);
	*next += slot.size;
	forward->work->n_visited++;
	return is_plain(&slot) ? step_plain(forward, machine, &slot) : STEP_END;
}

static enum step step_branch(struct forward *forward, struct scan_machine *machine, uint64_t *pc,
			     const struct scan_insn *insn)
{
	struct scan_machine taken = *machine;
	enum step step = step_slot(forward, &taken, *pc, insn, pc);
	if (step != STEP_ON) {
		return step;
	}
	bool is_added = add_path(forward, insn->target, &taken);
	if (insn->slot == SCAN_SLOT_ALWAYS) {
		*machine = taken;
	}
	bool is_turn_over = forward->work->n_visited >= forward->turn_end;
	if (is_added && is_turn_over && add_path(forward, *pc, machine)) {
		return STEP_END;
	}
	return STEP_ON;
}

static enum step step_jump(struct forward *forward, struct scan_machine *machine, uint64_t *pc,
			   const struct scan_insn *insn)
{
	uint64_t next;
	enum step step = step_slot(forward, machine, *pc, insn, &next);
	if (step != STEP_ON) {
		return step;
	}
	*pc = insn->target;
	bool is_outside = *pc - forward->view->address >= forward->view->size;
	if (is_outside || code_is_entry(forward->view, *pc)) {
		return end_if(is_tail_end(forward, machine));
	}
	return STEP_ON;
}

// A return, a tail call, or a jump by a table, which leads nowhere here.
static enum step step_jump_register(struct forward *forward, struct scan_machine *machine,
				    uint64_t *pc, const struct scan_insn *insn)
{
	struct scan_machine left = *machine;
	struct scan_insn jump = *insn;
	struct scan_value to = left.regs[insn->rs];
	enum step step = step_slot(forward, &left, *pc, insn, pc);
	if (step != STEP_ON) {
		return step;
	}
	jump.is_conditional = false;
	scan_machine_execute(&left, &jump);
	bool is_return =
		insn->op == SCAN_JUMP_REGISTER &&
		(insn->rs == left.isa->ra || (left.isa->is_any_return && !is_reloaded(&left)));
	if (is_return) {
		left.regs[left.isa->ra] = to;
	}
	bool is_end_here =
		insn->op == SCAN_RETURN ? is_end(forward, &left) : is_tail_end(forward, &left);
	step = end_if(is_end_here);
	return step == STEP_END && insn->is_conditional ? STEP_ON : step;
}

// False: the call does not return.
static bool enter_return(const struct forward *forward, const struct scan_insn *call, uint64_t next,
			 struct scan_machine *machine)
{
	struct scan_work *work = forward->work;
	struct scan_value *sp = &machine->regs[machine->isa->sp];
	const struct scan_callee *callee = scan_callee_at(forward->view, forward->pc, call->target,
							  &work->callees, &work->n_aside);
	machine->may_have_popped = callee->end == CALLEE_MAY_RETURN;
	if (callee->is_stub && scan_call_evidence(forward->view, next) <= 0) {
		machine->is_doubtful = true;
	}
	if (sp->kind == VALUE_SP && callee->end == CALLEE_RETURNS) {
		sp->number += callee->popped;
	}
	return callee->end != CALLEE_NEVER_RETURNS;
}

static enum step step_pushed_call(struct forward *forward, struct scan_machine *machine,
				  uint64_t next, const struct scan_insn *insn)
{
	machine->regs[machine->isa->sp].number += correction_of_sp(machine);
	scan_machine_call(machine);
	return enter_return(forward, insn, next, machine) ? STEP_ON : STEP_END;
}

static enum step step_call(struct forward *forward, struct scan_machine *machine, uint64_t *pc,
			   const struct scan_insn *insn)
{
	enum step step = step_slot(forward, machine, *pc, insn, pc);
	if (step == STEP_ON && machine->isa->is_ra_pushed) {
		return step_pushed_call(forward, machine, *pc, insn);
	}
	if (step == STEP_ON) {
		scan_machine_call(machine);
	}
	return step;
}

// Whether a system call does not come back.
static bool is_exit(const struct scan_machine *machine)
{
	struct scan_value number = machine->regs[machine->isa->syscall_number];
	return machine->isa->is_exit != NULL && number.kind == VALUE_CONSTANT &&
	       machine->isa->is_exit(number.number);
}

static enum step step_insn(struct forward *forward, struct scan_machine *machine, uint64_t *pc)
{
	struct scan_insn insn;
	scan_machine_decode(machine, forward->view, *pc, &insn);
	switch ((enum scan_op)insn.op) {
	case SCAN_BRANCH:
		return step_branch(forward, machine, pc, &insn);
	case SCAN_JUMP:
		return step_jump(forward, machine, pc, &insn);
	case SCAN_JUMP_REGISTER:
	case SCAN_RETURN:
		return step_jump_register(forward, machine, pc, &insn);
	case SCAN_CALL:
		return step_call(forward, machine, pc, &insn);
	case SCAN_ALIGN: // in prologues alone
	case SCAN_TRAP:
	case SCAN_INVALID:
		*pc += insn.size;
		return insn.is_conditional ? STEP_ON : STEP_END;
	case SCAN_SYSCALL:
		*pc += insn.size;
		if (is_exit(machine)) {
			return STEP_END;
		}
		scan_machine_execute(machine, &insn);
		return STEP_ON;
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
	case SCAN_CONDITION:
		*pc += insn.size;
		return step_plain(forward, machine, &insn);
	}
	return STEP_END;
}

static enum scan_end follow(struct forward *forward, const struct scan_path *path)
{
	struct scan_work *work = forward->work;
	struct scan_machine machine;
	scan_machine_at_return(&machine, forward->view);
	machine.regs[machine.isa->sp] = path->sp;
	machine.regs[machine.isa->fp] = path->fp;
	machine.regs[machine.isa->ra] = path->ra;
	if (machine.isa->fp2 != 0) {
		machine.regs[machine.isa->fp2] = path->fp2;
	}
	machine.kept = path->kept;
	machine.kept_at = path->kept_at;
	machine.may_have_popped = path->may_have_popped;
	machine.is_doubtful = path->is_doubtful;
	forward->turn_end = work->n_visited + TURN;
	for (uint64_t pc = path->pc; !scan_seen(work, forward->view, pc);) {
		if (work->n_visited >= forward->limit) {
			return SCAN_LIMIT;
		}
		if (code_is_entry(forward->view, pc)) {
			return is_tail_end(forward, &machine) ? SCAN_FOUND : SCAN_NOTHING;
		}
		work->n_visited++;
		scan_seen_mark(work, forward->view, pc);
		enum step step = step_insn(forward, &machine, &pc);
		if (step != STEP_ON) {
			return step == STEP_FOUND ? SCAN_FOUND : SCAN_NOTHING;
		}
	}
	return SCAN_NOTHING;
}

// The same for the call behind which the scan begins, if it is seen: a direct call has one length.
static bool enter_start(const struct forward *forward, struct scan_machine *machine)
{
	enum { CALL_SIZE = 5 };
	struct scan_insn insn;
	scan_decode(forward->view, forward->pc - CALL_SIZE, &insn);
	if (insn.op != SCAN_CALL || insn.size != CALL_SIZE) {
		insn.target = 0;
	}
	return enter_return(forward, &insn, forward->pc, machine);
}

enum scan_end scan_forward(const struct code_view *view, uint64_t pc, uint32_t limit,
			   struct scan_work *work, struct unwind_rule *rule)
{
	struct forward forward = { view, pc, limit, work, rule, 0 };
	struct scan_machine machine;
	enum scan_end end = SCAN_NOTHING;
	scan_seen_clear(work, pc);
	work->n_paths = work->first_path = 0;
	scan_machine_at_return(&machine, view);
	work->is_doubtful = false;
	if (view->isa->mark_literals != NULL) {
		view->isa->mark_literals(view, pc, work);
	}
	if (!view->isa->is_ra_pushed || enter_start(&forward, &machine)) {
		add_path(&forward, pc, &machine);
	}
	while (work->n_paths > 0 && end == SCAN_NOTHING) {
		struct scan_path path = take_path(work);
		end = follow(&forward, &path);
	}
	if (end != SCAN_FOUND && work->is_doubtful) {
		return SCAN_FOUND;
	}
	work->is_doubtful = false;
	return end;
}
