// SPDX-License-Identifier: LGPL-2.1-or-later
// Follows code from a return address, on both sides of every branch, to where the function ends.
//
// What the epilogue undoes tells what the frame is. Paths are followed first come, first served, a few
// instructions at a time, each instruction once; the first end that makes sense is the answer. Code
// that follows a call which never returns is another function's, or another part of this one: a path
// that meets signs of that is dropped.
#include "unwind/scan_forward.h"
#include "unwind/scan_seen.h"

enum {
	TURN = 40, // instructions after which a path lets others go first, at its next branch
};

enum step {
	STEP_ON,
	STEP_END, // of this path
	STEP_FOUND,
};

static bool add_path(const struct forward *forward, code_address pc,
		     const struct scan_machine *machine)
{
	struct scan_work *work = forward->work;
	if (scan_seen(work, forward->view, pc)) {
		return true;
	}
	if (work->n_paths == SCAN_PATHS_MAX) {
		return false;
	}
	struct scan_path *path =
		&work->paths[(work->first_path + work->n_paths++) % SCAN_PATHS_MAX];
	path->pc = pc;
	path->sp = machine->regs[scan_sp(machine->isa)];
	path->fp = machine->regs[machine->isa->fp];
	path->fp2 = scan_fp2(machine);
	path->ra = machine->regs[scan_ra(machine->isa)];
	if (scan_is_ra_pushed(machine->isa)) {
		path->fp_slot = machine->fp_slot;
		path->kept = machine->kept;
		path->kept_at = machine->kept_at;
		path->may_have_popped = machine->may_have_popped;
		path->is_doubtful = machine->is_doubtful;
	}
	return true;
}

static struct scan_path take_path(struct scan_work *work)
{
	struct scan_path path = work->paths[work->first_path];
	work->first_path = (work->first_path + 1) % SCAN_PATHS_MAX;
	work->n_paths--;
	return path;
}

// Whether the instruction belongs to a function's beginning. Behind a call that does not return it is
// the next function's; behind a reloaded ra it is reached by a tail call.
static bool is_entry_code(const struct scan_machine *machine, const struct scan_insn *insn)
{
	const struct scan_isa *isa = machine->isa;
	return scan_saves_ra(isa, insn) ||
	       (scan_makes_frame(isa, insn) && scan_is_ra_reloaded(machine)) || insn->is_beginning;
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
	if (scan_value_is_unfollowed(machine->regs[scan_ra(machine->isa)])) {
		forward->work->must_follow_all = true; // it may have been reloaded
		return STEP_END;
	}
	if (is_entry_code(machine, insn)) {
		return end_if(scan_forward_is_end(forward, machine));
	}
	scan_machine_execute(machine, insn);
	scan_seen_literal(forward->work, forward->view, insn);
	return STEP_ON;
}

static uint32_t count_dull(const struct forward *forward, code_address pc, uint32_t n_max,
			   struct scan_dull *dull)
{
	static const struct scan_sieve sieve = { 0 };
	const struct scan_isa *isa = forward->view->isa;

	if (!scan_has_sieve(isa)) {
		return 0;
	}
	return isa->count_dull(forward->view, pc, n_max, &sieve, dull);
}

// Executes the delay slot of the branch at `pc`; `next` is the address behind it.
static enum step step_slot(struct forward *forward, struct scan_machine *machine, code_address pc,
			   const struct scan_insn *branch, code_address *next)
{
	struct scan_insn slot;
	struct scan_dull dull;
	*next = pc + branch->size;
	if (branch->slot == SCAN_SLOT_NONE) {
		return STEP_ON;
	}
	forward->work->n_visited++;
	if (scan_light(machine) != LIGHT_NOT && count_dull(forward, *next, 1, &dull) != 0) {
		*next += machine->isa->step;
		return STEP_ON;
	}
	scan_decode(forward->view, *next, &slot);
	*next += slot.size;
	return is_plain(&slot) ? step_plain(forward, machine, &slot) : STEP_END;
}

// Goes on at `next`, behind a branch to `target`, or ends the path, to be followed when its turn comes.
static enum step turn(const struct forward *forward, code_address target, code_address next,
		      const struct scan_machine *machine)
{
	bool is_over = forward->work->n_visited >= forward->turn_end;
	return add_path(forward, target, machine) && is_over && add_path(forward, next, machine)
		       ? STEP_END
		       : STEP_ON;
}

static enum step step_branch(struct forward *forward, struct scan_machine *machine,
			     code_address *pc, const struct scan_insn *insn)
{
	struct scan_machine before;
	if (insn->slot == SCAN_SLOT_TAKEN) {
		before = *machine;
	}
	enum step step = step_slot(forward, machine, *pc, insn, pc);
	if (step != STEP_ON) {
		return step;
	}
	if (insn->slot != SCAN_SLOT_TAKEN) {
		return turn(forward, insn->target, *pc, machine);
	}
	bool is_over = forward->work->n_visited >= forward->turn_end;
	bool is_added = add_path(forward, insn->target, machine);
	*machine = before;
	return is_added && is_over && add_path(forward, *pc, machine) ? STEP_END : STEP_ON;
}

static enum step step_jump(struct forward *forward, struct scan_machine *machine, code_address *pc,
			   const struct scan_insn *insn)
{
	code_address next;
	enum step step = step_slot(forward, machine, *pc, insn, &next);
	if (step != STEP_ON) {
		return step;
	}
	*pc = insn->target;
	bool is_outside = *pc - forward->view->address >= forward->view->size;
	if (is_outside || code_is_entry(forward->view, *pc)) {
		return end_if(scan_forward_is_tail_end(forward, machine));
	}
	return STEP_ON;
}

// A return, a tail call, or a jump by a table, which leads nowhere here.
static enum step step_jump_register(struct forward *forward, struct scan_machine *machine,
				    code_address *pc, const struct scan_insn *insn)
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
	// To a computed place, as by a table: it must not pass for a jump that leaves.
	left.may_have_popped &= insn->address_registers != 0 || to.kind != VALUE_ANY;
	bool is_return = insn->op == SCAN_JUMP_REGISTER &&
			 (insn->rs == scan_ra(left.isa) ||
			  (left.isa->is_any_return && !scan_is_ra_reloaded(&left)));
	if (is_return) {
		left.regs[scan_ra(left.isa)] = to;
	}
	bool is_end_here = insn->op == SCAN_RETURN ? scan_forward_is_end(forward, &left)
						   : scan_forward_is_tail_end(forward, &left);
	step = end_if(is_end_here);
	return step == STEP_END && insn->is_conditional ? STEP_ON : step;
}

// False: the call does not return.
static bool enter_return(const struct forward *forward, const struct scan_insn *call,
			 code_address next, struct scan_machine *machine)
{
	struct scan_work *work = forward->work;
	struct scan_value *sp = &machine->regs[scan_sp(machine->isa)];
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
				  code_address next, const struct scan_insn *insn)
{
	machine->regs[scan_sp(machine->isa)].number += scan_forward_correction(machine);
	scan_machine_call(machine);
	return enter_return(forward, insn, next, machine) ? STEP_ON : STEP_END;
}

static enum step step_call(struct forward *forward, struct scan_machine *machine, code_address *pc,
			   const struct scan_insn *insn)
{
	enum step step = step_slot(forward, machine, *pc, insn, pc);
	if (step == STEP_ON && scan_is_ra_pushed(machine->isa)) {
		return step_pushed_call(forward, machine, *pc, insn);
	}
	if (step == STEP_ON) {
		scan_machine_call(machine);
	}
	return step;
}

static enum step step_insn(struct forward *forward, struct scan_machine *machine, code_address *pc)
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
		forward->work->must_follow_all = scan_light(machine) != LIGHT_NOT;
		if (scan_light(machine) != LIGHT_NOT || scan_is_exit(machine)) {
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

// Passes over dull instructions at `*pc` that nobody has seen, and branches behind them.
static enum step skim(struct forward *forward, code_address *pc, struct scan_machine *machine)
{
	const struct code_view *view = forward->view;
	struct scan_work *work = forward->work;
	unsigned step = view->isa->step;
	struct scan_dull dull = { .target = 1 };
	while (dull.target != 0) {
		uint32_t left = forward->limit - work->n_visited;
		uint32_t n = scan_seen_not(work, view, *pc);
		n = count_dull(forward, *pc, n < left ? n : left, &dull);
		uint32_t n_all = n + (dull.target != 0);
		if (n_all == 0) {
			break;
		}
		scan_seen_mark(work, view, *pc, UINT32_MAX >> (32 - n_all) & ~dull.slots);
		scan_machine_pass(machine, &dull);
		work->n_visited += n + 2 * (dull.target != 0);
		*pc += (n + 2 * (dull.target != 0)) * step;
		if (dull.target != 0 && turn(forward, dull.target, *pc, machine) != STEP_ON) {
			return STEP_END;
		}
	}
	return STEP_ON;
}

static void take_up(struct scan_machine *machine, const struct scan_path *path)
{
	machine->regs[scan_sp(machine->isa)] = path->sp;
	machine->regs[machine->isa->fp] = path->fp;
	machine->regs[scan_ra(machine->isa)] = path->ra;
	if (scan_has_fp2(machine->isa)) {
		machine->regs[machine->isa->fp2] = path->fp2;
	}
	if (scan_is_ra_pushed(machine->isa)) {
		machine->kept = path->kept;
		machine->kept_at = path->kept_at;
		machine->may_have_popped = path->may_have_popped;
		machine->is_doubtful = path->is_doubtful;
	}
}

static enum scan_end follow(struct forward *forward, code_address pc, struct scan_machine *machine)
{
	struct scan_work *work = forward->work;
	forward->turn_end = work->n_visited + TURN;
	for (;;) {
		if (scan_light(machine) != LIGHT_NOT) {
			if (skim(forward, &pc, machine) != STEP_ON) {
				return SCAN_NOTHING;
			}
		}
		bool is_entry = code_is_entry(forward->view, pc);
		if (is_entry ? scan_seen(work, forward->view, pc)
			     : !scan_seen_first(work, forward->view, pc)) {
			return SCAN_NOTHING;
		}
		if (work->n_visited >= forward->limit) {
			return SCAN_LIMIT;
		}
		if (is_entry) {
			return scan_forward_is_tail_end(forward, machine) ? SCAN_FOUND
									  : SCAN_NOTHING;
		}
		work->n_visited++;
		enum step step = step_insn(forward, machine, &pc);
		if (step != STEP_ON) {
			return step == STEP_FOUND ? SCAN_FOUND : SCAN_NOTHING;
		}
	}
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

static enum scan_end follow_paths(struct forward *forward, enum scan_light light)
{
	const struct code_view *view = forward->view;
	struct scan_work *work = forward->work;
	struct scan_machine machine;
	enum scan_end end = SCAN_NOTHING;
	scan_seen_clear(work, view, forward->pc);
	work->n_paths = work->first_path = 0;
	work->must_follow_all = work->is_doubtful = false;
	scan_machine_at_return(&machine, view);
	if (view->isa->mark_literals != NULL) {
		view->isa->mark_literals(view, forward->pc, work);
	}
	if (!scan_is_ra_pushed(view->isa) || enter_start(forward, &machine)) {
		add_path(forward, forward->pc, &machine);
	}
	scan_machine_lighten(&machine, light);
	while (work->n_paths > 0 && end == SCAN_NOTHING && !work->must_follow_all) {
		struct scan_path path = take_path(work);
		if (light == LIGHT_NOT) {
			scan_machine_at_return(&machine, view);
		}
		take_up(&machine, &path);
		end = follow(forward, path.pc, &machine);
	}
	if (end != SCAN_FOUND && work->is_doubtful) {
		return SCAN_FOUND;
	}
	work->is_doubtful = false;
	return end;
}

enum scan_end scan_forward(const struct code_view *view, code_address pc, uint32_t limit,
			   struct scan_work *work, struct unwind_rule *rule)
{
	struct forward forward = { view, pc, limit, work, rule, 0 };
	uint32_t n_before = work->n_visited;
	if (scan_has_sieve(view->isa) && view->n_entries == 0) {
		enum scan_end end = follow_paths(&forward, LIGHT_FORWARD);
		if (!work->must_follow_all) {
			return end;
		}
		work->n_aside += work->n_visited - n_before;
		work->n_visited = n_before;
	}
	return follow_paths(&forward, LIGHT_NOT);
}
