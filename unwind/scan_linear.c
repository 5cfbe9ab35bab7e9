// SPDX-License-Identifier: LGPL-2.1-or-later
// Goes from a function's beginning to a call, for code that cannot be read backward and in which calls
// push the return address.
//
// Where instructions begin is learnt by reading on from some place before; they fall into step soon.
// Functions begin behind code that does not go on. Every such place is tried, the nearest first: code
// is executed from there to the call, in order of addresses, with the state that a jump had at its
// target. A place is not the beginning if sp is then not aligned at some call, or not back at some
// return.
#include "unwind/scan.h"

enum {
	STARTS_MAX = 64, // of those in a window, the nearest
	WINDOW_FIRST = 512,
	WINDOW_LAST = 1 << 15,
	REACH_MAX = 1 << 16, // no jump within a function is longer, but to its cold part
};

struct linear {
	const struct code_view *view;
	code_address to;
	uint32_t limit;
	struct scan_work *work; // its paths are the jumps whose targets are still to come
	struct scan_machine machine;
	bool is_padded; // functions are aligned where the start is, so that their ends are seen
	bool is_alive;  // the code is reached by what was executed
	bool is_proven; // calls, branches or a return have agreed with the start
	bool has_body;
	struct scan_path body; // the state of most of the function's code
	code_address start, next_target, reach;
};

static struct scan_path path_of(const struct scan_machine *machine, code_address pc)
{
	return (struct scan_path){
		.pc = pc,
		.sp = machine->regs[machine->isa->sp],
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
	machine->regs[machine->isa->sp] = path->sp;
	machine->regs[machine->isa->fp] = path->fp;
	machine->fp_slot = path->fp_slot;
	machine->kept = path->kept;
	machine->kept_at = path->kept_at;
	machine->may_have_popped = path->may_have_popped;
	machine->cfa_slot = aligned_slot;
	linear->is_alive = true;
}

// False: this leads back to before the function.
static bool add_target(struct linear *linear, code_address target, code_address pc)
{
	struct scan_work *work = linear->work;
	bool is_left = scan_value_is(linear->machine.regs[linear->machine.isa->sp], VALUE_SP,
				     -(int32_t)linear->view->slot_size);
	if (target < linear->start && linear->start - target < REACH_MAX && !is_left) {
		return false;
	}
	if (target <= pc || target - pc > REACH_MAX) {
		return true;
	}
	if (!is_left && target > linear->reach) { // else it may be a tail call
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
	struct scan_value sp = linear->machine.regs[linear->machine.isa->sp];
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
	struct scan_value sp = machine->regs[machine->isa->sp];
	return sp.kind != VALUE_SP || sp.number % machine->isa->sp_alignment == 0;
}

// The deepest state in which the code branches or, while it does not, calls.
static void update_body(struct linear *linear, bool is_call)
{
	struct scan_value sp = linear->machine.regs[linear->machine.isa->sp];
	bool is_deeper = sp.kind != VALUE_SP || linear->body.sp.kind != VALUE_SP ||
			 sp.number < linear->body.sp.number;
	if (!is_sp_aligned(&linear->machine) || (linear->has_body && (is_call || !is_deeper))) {
		return;
	}
	linear->has_body = true;
	linear->body = path_of(&linear->machine, 0);
}

// Code that nothing has led to: jumped to by a table, or from further on. False: another function's.
static bool revive(struct linear *linear, code_address pc)
{
	bool is_within = pc < linear->reach || linear->is_padded;
	if (!linear->has_body || !linear->is_proven || !is_within) {
		return false;
	}
	restore(linear, &linear->body);
	return true;
}

static bool execute_call(struct linear *linear, code_address pc, const struct scan_insn *insn)
{
	struct scan_machine *machine = &linear->machine;
	struct scan_value *sp = &machine->regs[machine->isa->sp];
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
	linear->is_alive =
		callee->end == CALLEE_RETURNS ||
		(callee->end == CALLEE_MAY_RETURN && (linear->is_padded || pc < linear->reach));
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
		linear->is_alive = false;
		return true;
	case SCAN_TRAP:
		linear->is_alive = false;
		return true;
	case SCAN_RETURN:
		linear->is_alive = false;
		sp = machine->regs[machine->isa->sp];
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
	struct scan_value sp = machine->regs[machine->isa->sp];
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
	linear->is_proven = linear->has_body = false;
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
		if (!linear->is_alive && !revive(linear, pc)) {
			return SCAN_NOTHING;
		}
		if (!execute(linear, pc, &insn)) {
			return SCAN_NOTHING;
		}
	}
	return linear->is_alive && rule_of(linear, rule) ? SCAN_FOUND : SCAN_NOTHING;
}

// Where functions may begin, in rising order; only the last ones are kept.
struct starts {
	code_address list[STARTS_MAX];
	bool are_padded[STARTS_MAX];
	uint32_t n;
};

static bool is_first(const struct scan_isa *isa, const struct scan_insn *insn)
{
	return insn->op == SCAN_PUSH || (insn->op == SCAN_ADD_CONSTANT && insn->rd == isa->sp &&
					 insn->rs == isa->sp && insn->constant < 0);
}

// Reads from `pc` on. False: the call is not an instruction then.
static bool find_starts(struct linear *linear, code_address pc, struct starts *starts)
{
	const struct code_view *view = linear->view;
	struct scan_insn insn;
	bool is_behind_end = pc == view->address, is_behind_call = false, is_padded = false;
	starts->n = 0;
	for (; pc < linear->to; pc += insn.size) {
		scan_decode(view, pc, &insn);
		linear->work->n_visited++;
		if (insn.is_padding) {
			is_padded = true;
			continue;
		}
		bool is_start = is_behind_end || (is_behind_call && (pc % 16 == 0 || is_padded ||
								     is_first(view->isa, &insn)));
		if (is_start) {
			starts->are_padded[starts->n % STARTS_MAX] = is_padded && pc % 16 == 0;
			starts->list[starts->n++ % STARTS_MAX] = pc;
		}
		is_padded = false;
		is_behind_end = insn.op == SCAN_JUMP || insn.op == SCAN_JUMP_REGISTER ||
				insn.op == SCAN_RETURN || insn.op == SCAN_TRAP;
		is_behind_call = insn.op == SCAN_CALL;
	}
	return pc == linear->to;
}

static enum scan_end try_window(struct linear *linear, code_address from, code_address to,
				struct unwind_rule *rule)
{
	enum { SHIFTS = 3 }; // other places to begin reading
	struct starts starts;
	unsigned i = 0;
	while (!find_starts(linear, from + i, &starts)) {
		if (++i == SHIFTS || from == linear->view->address) {
			return SCAN_NOTHING;
		}
	}
	uint32_t oldest = starts.n > STARTS_MAX ? starts.n - STARTS_MAX : 0;
	for (uint32_t k = starts.n; k > oldest; k--) {
		code_address start = starts.list[(k - 1) % STARTS_MAX];
		if (start >= to) {
			continue; // tried before
		}
		linear->is_padded = starts.are_padded[(k - 1) % STARTS_MAX];
		enum scan_end end = try_start(linear, start, rule);
		if (end != SCAN_NOTHING) {
			return end;
		}
	}
	return SCAN_NOTHING;
}

bool scan_has_padding(const struct code_view *view, code_address pc, struct scan_work *work)
{
	enum { BEFORE = 2048 };
	code_address before = pc - view->address;
	bool is_stub = false; // of a table of jumps into other modules, which is padded
	struct scan_insn insn;
	for (code_address at = pc - (before < BEFORE ? before : BEFORE); at < pc; at += insn.size) {
		scan_decode(view, at, &insn);
		work->n_visited++;
		if (insn.is_padding && !is_stub && (at + insn.size) % 8 == 0) {
			return true;
		}
		is_stub = insn.op == SCAN_JUMP_REGISTER || (is_stub && insn.is_padding);
	}
	return false;
}

enum scan_end scan_linear(const struct code_view *view, code_address pc, uint32_t limit,
			  struct scan_work *work, struct unwind_rule *rule)
{
	struct linear linear = { .view = view, .to = pc, .limit = limit, .work = work };
	code_address before = pc - view->address, tried = pc;
	struct unwind_rule found;
	enum scan_end end = SCAN_NOTHING;
	for (code_address window = WINDOW_FIRST; window <= WINDOW_LAST; window *= 4) {
		code_address from = pc - (window < before ? window : before);
		end = try_window(&linear, from, tried, &found);
		if (end != SCAN_NOTHING || window >= before || work->n_visited >= limit) {
			break;
		}
		tried = from + 64; // what is read before that may be out of step
	}
	work->n_paths = work->first_path = 0;
	if (end == SCAN_FOUND) {
		*rule = found;
	}
	return end;
}
