// SPDX-License-Identifier: LGPL-2.1-or-later
// The rule at any instruction, where a signal has interrupted the code: follows it to the function's end.
//
// At a return address the frame is complete, and its return address saved. Here it may not be made yet, or
// be gone already, or there may never be one: what the way out loads tells. Who gets by without loading
// the return address has it in its register; and who loads it from where the same way has stored it.
#include "unwind/scan.h"

#include "unwind/scan_exact.h"
#include "unwind/scan_seen.h"

enum {
	TURN = 40, // instructions after which a path lets others go first, at its next branch
	LIMIT = 20000,
	FUNCTION_MAX = 1 << 17, // bytes
};

struct exact {
	const struct code_view *view;
	code_address pc; // where the code was interrupted
	uint32_t limit;
	struct scan_work *work;
	struct unwind_rule *rule;
	uint32_t turn_end;
	// Where the first path stores registers before it calls anything: they were not stored before.
	struct scan_value ra_slot, fp_slot, fp2_slot;
	bool is_first; // it is the first path
	// The first call that was come to: where it returns to, and the registers there.
	code_address call_pc; // 0: none
	struct scan_value call_sp, call_fp;
};

enum step {
	STEP_ON,
	STEP_END, // of this path
	STEP_FOUND,
};

// One path through the code.
struct way {
	struct scan_machine machine;
	code_address pc;
	int32_t low; // sp has been as low as that
	bool has_called;
};

static bool add_path(const struct exact *exact, code_address pc, const struct way *way)
{
	const struct scan_machine *machine = &way->machine;
	const struct scan_isa *isa = machine->isa;
	struct scan_work *work = exact->work;
	if (scan_seen(work, exact->view, pc)) {
		return true;
	}
	if (work->n_paths == SCAN_PATHS_MAX) {
		return false;
	}
	work->paths[(work->first_path + work->n_paths++) % SCAN_PATHS_MAX] = (struct scan_path){
		.pc = pc,
		.sp = machine->regs[scan_sp(isa)],
		.fp = machine->regs[isa->fp],
		.fp2 = scan_fp2(machine),
		.ra = machine->regs[scan_ra(isa)],
		.ra_slot = machine->ra_slot,
		.fp_slot = machine->fp_slot,
		.fp2_slot = machine->fp2_slot,
		.kept = machine->kept,
		.kept_at = machine->kept_at,
		.low = way->low,
		.has_called = way->has_called,
	};
	return true;
}

static void enter_path(const struct exact *exact, const struct scan_path *path,
		       struct scan_machine *machine)
{
	const struct scan_isa *isa = exact->view->isa;
	scan_machine_at_return(machine, exact->view);
	machine->regs[scan_sp(isa)] = path->sp;
	machine->regs[isa->fp] = path->fp;
	machine->regs[scan_ra(isa)] = path->ra;
	if (scan_has_fp2(isa)) {
		machine->regs[isa->fp2] = path->fp2;
	}
	machine->ra_slot = path->ra_slot;
	machine->fp_slot = path->fp_slot;
	machine->fp2_slot = path->fp2_slot;
	machine->kept = path->kept;
	machine->kept_at = path->kept_at;
}

static enum step end_here(struct exact *exact, const struct scan_machine *machine)
{
	return scan_exact_is_end(exact->view, machine, exact->rule) ? STEP_FOUND : STEP_END;
}

// The same where the return address is still there for the next function.
static enum step end_with_tail(struct exact *exact, const struct scan_machine *machine)
{
	struct scan_machine left = *machine;
	if (scan_is_ra_pushed(left.isa)) {
		const struct scan_insn pop = { .op = SCAN_POP,
					       .rd = scan_ra(left.isa),
					       .constant = left.slot_size };
		scan_machine_execute(&left, &pop);
	}
	return end_here(exact, &left);
}

// Whether the way undoes the frame: what jumps then, leaves the function. (Where calls push, so may their
// arguments have been.)
static bool has_popped(const struct way *way)
{
	struct scan_value sp = way->machine.regs[scan_sp(way->machine.isa)];
	return sp.kind == VALUE_SP && sp.number > way->low && !scan_is_ra_pushed(way->machine.isa);
}

// Whether the instruction begins another function. Behind a call that may be the next one.
static bool is_beyond(const struct way *way, const struct scan_insn *insn)
{
	const struct scan_machine *machine = &way->machine;
	const struct scan_isa *isa = machine->isa;
	struct scan_value sp = machine->regs[scan_sp(isa)];
	bool has_risen = sp.kind == VALUE_SP && sp.number > 0 && !scan_is_ra_pushed(isa);
	return (scan_makes_frame(isa, insn) && (has_risen || scan_is_ra_reloaded(machine))) ||
	       (way->has_called && (scan_saves_ra(isa, insn) || insn->is_beginning));
}

static enum step step_plain(struct exact *exact, struct way *way, const struct scan_insn *insn)
{
	struct scan_value sp;
	if (is_beyond(way, insn)) {
		return end_with_tail(exact, &way->machine);
	}
	scan_machine_execute(&way->machine, insn);
	scan_seen_literal(exact->work, exact->view, insn);
	sp = way->machine.regs[scan_sp(way->machine.isa)];
	if (sp.kind == VALUE_SP && sp.number < way->low) {
		way->low = sp.number;
	}
	if (exact->is_first && !way->has_called) {
		exact->ra_slot = way->machine.ra_slot;
		exact->fp_slot = way->machine.fp_slot;
		exact->fp2_slot = way->machine.fp2_slot;
	}
	return STEP_ON;
}

// Goes on behind the branch, and executes its delay slot.
static enum step step_slot(struct exact *exact, struct way *way, const struct scan_insn *branch)
{
	struct scan_insn slot;
	way->pc += branch->size;
	if (branch->slot == SCAN_SLOT_NONE) {
		return STEP_ON;
	}
	scan_decode(exact->view, way->pc, &slot);
	way->pc += slot.size;
	exact->work->n_visited++;
	return slot.op <= SCAN_CONDITION ? step_plain(exact, way, &slot) : STEP_END;
}

static enum step step_branch(struct exact *exact, struct way *way, const struct scan_insn *insn)
{
	struct way taken = *way;
	enum step step = step_slot(exact, &taken, insn);
	if (step != STEP_ON) {
		return step;
	}
	bool is_added = add_path(exact, insn->target, &taken);
	if (insn->slot == SCAN_SLOT_ALWAYS) {
		*way = taken;
	}
	way->pc = taken.pc;
	bool is_turn_over = exact->work->n_visited >= exact->turn_end;
	if (is_added && is_turn_over && add_path(exact, way->pc, way)) {
		return STEP_END;
	}
	return STEP_ON;
}

// Whether a jump leads to where the function cannot be: none is that long.
static bool is_outside(const struct exact *exact, code_address target)
{
	return target - exact->view->address >= exact->view->size ||
	       code_is_entry(exact->view, target) ||
	       target - exact->pc + FUNCTION_MAX > 2 * (uint64_t)FUNCTION_MAX;
}

static enum step step_jump(struct exact *exact, struct way *way, const struct scan_insn *insn)
{
	enum step step = step_slot(exact, way, insn);
	if (step != STEP_ON) {
		return step;
	}
	way->pc = insn->target;
	if (is_outside(exact, insn->target)) {
		return end_with_tail(exact, &way->machine);
	}
	if (has_popped(way) && end_with_tail(exact, &way->machine) == STEP_FOUND) {
		return STEP_FOUND;
	}
	return STEP_ON;
}

// Whether a jump through a register that holds `to` is a return.
static bool is_return(const struct way *way, const struct scan_insn *insn, struct scan_value to)
{
	const struct scan_isa *isa = way->machine.isa;
	bool may_be_ra = to.kind == VALUE_RA || to.kind == VALUE_AT_SP || to.kind == VALUE_AT_FP;
	return insn->op == SCAN_RETURN || (insn->rs == scan_ra(isa) && !scan_is_ra_pushed(isa)) ||
	       (isa->is_any_return && may_be_ra && !scan_is_ra_reloaded(&way->machine));
}

// A return, a tail call, or a jump by a table, which leads nowhere here.
static enum step step_jump_register(struct exact *exact, struct way *way,
				    const struct scan_insn *insn)
{
	struct way left = *way;
	const struct scan_isa *isa = way->machine.isa;
	struct scan_insn jump = *insn;
	struct scan_value to = way->machine.regs[insn->rs];
	enum step step = step_slot(exact, &left, insn);
	way->pc = left.pc;
	if (step != STEP_ON) {
		return step;
	}
	jump.is_conditional = false;
	scan_machine_execute(&left.machine, &jump);
	step = STEP_END;
	if (is_return(&left, insn, to)) {
		if (insn->op == SCAN_JUMP_REGISTER) {
			left.machine.regs[scan_ra(isa)] = to;
		}
		step = end_here(exact, &left.machine);
	} else if ((isa->callees >> insn->rs & 1) != 0 || has_popped(&left) ||
		   scan_is_ra_reloaded(&left.machine)) {
		step = end_with_tail(exact, &left.machine);
	}
	return step == STEP_END && insn->is_conditional ? STEP_ON : step;
}

// Whether code goes on behind a call. Where calls push, functions lie side by side without a sign.
static bool returns(const struct exact *exact, struct way *way, const struct scan_insn *call)
{
	struct scan_work *work = exact->work;
	struct scan_value *sp = &way->machine.regs[scan_sp(way->machine.isa)];
	const struct scan_callee *callee =
		scan_callee_at(exact->view, way->pc, call->target, &work->callees, &work->n_aside);
	if (sp->kind == VALUE_SP && callee->end == CALLEE_RETURNS) {
		sp->number += callee->popped;
	}
	return callee->end != CALLEE_NEVER_RETURNS &&
	       (!callee->is_stub || scan_call_evidence(exact->view, way->pc) > 0);
}

static enum step step_call(struct exact *exact, struct way *way, const struct scan_insn *insn)
{
	enum step step = step_slot(exact, way, insn);
	if (step != STEP_ON) {
		return step;
	}
	if (exact->call_pc == 0) {
		exact->call_pc = way->pc;
		exact->call_sp = way->machine.regs[scan_sp(way->machine.isa)];
		exact->call_fp = way->machine.regs[way->machine.isa->fp];
	}
	scan_machine_call(&way->machine);
	way->has_called = true;
	return !scan_is_ra_pushed(way->machine.isa) || returns(exact, way, insn) ? STEP_ON
										 : STEP_END;
}

static enum step step_insn(struct exact *exact, struct way *way)
{
	struct scan_insn insn;
	scan_machine_decode(&way->machine, exact->view, way->pc, &insn);
	switch ((enum scan_op)insn.op) {
	case SCAN_BRANCH:
		return step_branch(exact, way, &insn);
	case SCAN_JUMP:
		return step_jump(exact, way, &insn);
	case SCAN_JUMP_REGISTER:
	case SCAN_RETURN:
		return step_jump_register(exact, way, &insn);
	case SCAN_CALL:
		return step_call(exact, way, &insn);
	case SCAN_TRAP:
	case SCAN_INVALID:
		way->pc += insn.size;
		return insn.is_conditional ? STEP_ON : STEP_END;
	case SCAN_SYSCALL:
		way->pc += insn.size;
		if (scan_is_exit(&way->machine)) {
			return STEP_END;
		}
		scan_machine_execute(&way->machine, &insn);
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
	case SCAN_ALIGN:
	case SCAN_CONDITION:
		way->pc += insn.size;
		return step_plain(exact, way, &insn);
	}
	return STEP_END;
}

static enum scan_end follow(struct exact *exact, const struct scan_path *path)
{
	struct scan_work *work = exact->work;
	struct way way = { .pc = path->pc, .low = path->low, .has_called = path->has_called };
	enter_path(exact, path, &way.machine);
	exact->turn_end = work->n_visited + TURN;
	while (!scan_seen(work, exact->view, way.pc)) {
		if (work->n_visited >= exact->limit) {
			return SCAN_LIMIT;
		}
		work->n_visited++;
		scan_seen_first(work, exact->view, way.pc);
		enum step step = step_insn(exact, &way);
		if (step != STEP_ON) {
			return step == STEP_FOUND ? SCAN_FOUND : SCAN_NOTHING;
		}
	}
	return SCAN_NOTHING;
}

static void add_first(const struct exact *exact)
{
	const struct scan_isa *isa = exact->view->isa;
	struct way way = { .pc = exact->pc };
	scan_machine_at_return(&way.machine, exact->view);
	if (!scan_is_ra_pushed(isa)) {
		way.machine.regs[scan_ra(isa)] = (struct scan_value){ VALUE_RA, 0 };
	}
	add_path(exact, exact->pc, &way);
}

// By the ways out.
static bool find_by_end(struct exact *exact)
{
	struct scan_work *work = exact->work;
	enum scan_end end = SCAN_NOTHING;
	scan_seen_clear(work, exact->view, exact->pc);
	work->n_paths = work->first_path = 0;
	if (exact->view->isa->mark_literals != NULL) {
		exact->view->isa->mark_literals(exact->view, exact->pc, work);
	}
	add_first(exact);
	exact->is_first = true;
	while (work->n_paths > 0 && end == SCAN_NOTHING) {
		struct scan_path path = work->paths[work->first_path];
		work->first_path = (work->first_path + 1) % SCAN_PATHS_MAX;
		work->n_paths--;
		end = follow(exact, &path);
		exact->is_first = false;
	}
	return end == SCAN_FOUND;
}

static bool is_late(struct scan_value slot, const struct unwind_rule *rule, int32_t offset)
{
	return scan_value_is(slot, VALUE_SP, rule->cfa + offset);
}

// By the rule of the call, counted from pc.
static bool find_by_call(const struct exact *exact, struct unwind_rule *rule)
{
	enum rule_base fp_base = exact->view->isa->is_fp2_of_rules ? RULE_FP2 : RULE_FP;
	struct scan_value base;
	uint32_t n_visited = exact->work->n_visited + exact->work->n_aside;
	scan_rule(exact->view, exact->call_pc, exact->work, rule);
	exact->work->n_visited += n_visited;
	base = rule->base == RULE_SP ? exact->call_sp : exact->call_fp;
	if (rule->kind != RULE_FRAME || (rule->base != RULE_SP && rule->base != fp_base)) {
		return false;
	}
	if (base.kind == VALUE_SP) {
		rule->base = RULE_SP;
		rule->cfa += base.number;
	}
	return base.kind == VALUE_SP || (rule->base == fp_base && scan_value_is(base, VALUE_FP, 0));
}

// Takes account of what the code at pc has yet to store, of which the rule of a call knows nothing. False:
// that cannot be.
static bool adjust(const struct exact *exact, struct unwind_rule *rule)
{
	bool is_swapped = exact->view->isa->is_fp2_of_rules;
	struct scan_value fp = is_swapped ? exact->fp2_slot : exact->fp_slot;
	struct scan_value fp2 = is_swapped ? exact->fp_slot : exact->fp2_slot;
	if (exact->ra_slot.kind == VALUE_SP) {
		if (!is_late(exact->ra_slot, rule, rule->ra)) {
			return false;
		}
		rule->ra_place = RULE_IN_REGISTER;
		rule->ra = 0;
	}
	if (rule->fp_place == RULE_AT_CFA && is_late(fp, rule, rule->fp)) {
		rule->fp_place = RULE_IN_REGISTER;
		rule->fp = 0;
	}
	if (rule->fp2 != RULE_FP2_LOST && is_late(fp2, rule, rule->fp2)) {
		rule->fp2 = RULE_FP2_IN_REGISTER;
	}
	return true;
}

// Whether the frame lies above sp, and so does what it has saved.
static bool is_possible(const struct unwind_rule *rule)
{
	bool is_ra_above = rule->ra_place == RULE_IN_REGISTER || rule->cfa >= -rule->ra;
	return rule->base != RULE_SP || (rule->cfa >= 0 && is_ra_above);
}

void scan_interrupted(const struct code_view *view, code_address pc, struct scan_work *work,
		      struct unwind_rule *rule)
{
	struct exact exact = { .view = view, .pc = pc, .limit = LIMIT, .work = work, .rule = rule };
	bool is_before_frame, is_found;
	*rule = rule_of_kind(RULE_UNKNOWN);
	work->n_visited = work->n_aside = 0;
	if (find_by_end(&exact)) {
		work->n_visited += work->n_aside;
		return;
	}
	is_before_frame = exact.ra_slot.kind == VALUE_SP && exact.ra_slot.number < 0;
	if (is_before_frame) {
		*rule = rule_of_kind(RULE_FRAME);
		return;
	}
	// What calls nothing may have no frame, and be taken for the function before. Where calls push,
	// their rule is too often another function's.
	is_found = exact.call_pc != 0 && !scan_is_ra_pushed(view->isa) &&
		   find_by_call(&exact, rule) && adjust(&exact, rule) && is_possible(rule);
	if (!is_found) {
		*rule = rule_of_kind(RULE_UNKNOWN);
	}
}
