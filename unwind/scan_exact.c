// SPDX-License-Identifier: LGPL-2.1-or-later
// The rule at any instruction, where a signal has interrupted the code: follows it to the function's end.
//
// At a return address the frame is complete, and its return address saved. Here it may not be made yet, or
// be gone already, or there may never be one: what the way out loads tells. Who gets by without loading
// the return address has it in its register; and who loads it from where the same way has stored it.
#include "unwind/scan.h"

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

// The rule, if the function ends in this state: sp is back at the CFA, ra and fp are the caller's.
static bool is_end(const struct exact *exact, const struct scan_machine *machine,
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
		if (!find_place(ra, sp, &rule->ra) || !scan_is_ra_offset(exact->view, rule->ra)) {
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

static enum step end_here(struct exact *exact, const struct scan_machine *machine)
{
	return is_end(exact, machine, exact->rule) ? STEP_FOUND : STEP_END;
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

static bool is_reloaded(const struct scan_machine *machine)
{
	uint8_t kind = machine->regs[scan_ra(machine->isa)].kind;
	return kind == VALUE_AT_SP || kind == VALUE_AT_FP;
}

// Whether the instruction begins another function. Behind a call that may be the next one.
static bool is_beyond(const struct way *way, const struct scan_insn *insn)
{
	const struct scan_machine *machine = &way->machine;
	const struct scan_isa *isa = machine->isa;
	bool is_sum = insn->op == SCAN_ADD_CONSTANT || insn->op == SCAN_SAVE;
	bool makes_frame = is_sum && insn->rd == scan_sp(isa) && insn->rs == scan_sp(isa) &&
			   insn->constant < 0;
	bool saves_ra =
		(insn->op == SCAN_STORE && insn->rt == scan_ra(isa) && !scan_is_ra_general(isa)) ||
		(insn->op == SCAN_SAVE && insn->ra_at != SCAN_NOT_SAVED &&
		 (!scan_is_ra_general(isa) || insn->constant < 0));
	struct scan_value sp = machine->regs[scan_sp(isa)];
	bool has_risen = sp.kind == VALUE_SP && sp.number > 0 && !scan_is_ra_pushed(isa);
	return (makes_frame && (has_risen || is_reloaded(machine))) ||
	       (way->has_called && (saves_ra || insn->is_beginning));
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
	       (isa->is_any_return && may_be_ra && !is_reloaded(&way->machine));
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
		   is_reloaded(&left.machine)) {
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

static bool is_exit(const struct scan_machine *machine)
{
	struct scan_value number = machine->regs[machine->isa->syscall_number];
	return machine->isa->is_exit != NULL && number.kind == VALUE_CONSTANT &&
	       machine->isa->is_exit(number.number);
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
		if (is_exit(&way->machine)) {
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
