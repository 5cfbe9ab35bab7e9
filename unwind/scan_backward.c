// SPDX-License-Identifier: LGPL-2.1-or-later
// Goes back from a call to its function's prologue and executes the code from there to the call.
//
// For calls that no way out can be followed from: the last one of a function, when it never returns;
// code before a jump by a table. Execution is in order of addresses: what a function's body looks like
// is settled by its prologue, and code behind a jump or return is body again.
#include "unwind/scan_seen.h"

enum { MARK_EVERY = 2048 }; // bytes; constants are farther from what reads them

static bool is_barrier(const struct scan_insn *insn)
{
	bool is_end = insn->op == SCAN_JUMP || insn->op == SCAN_JUMP_REGISTER ||
		      insn->op == SCAN_RETURN || insn->op == SCAN_TRAP;
	return is_end && !insn->is_conditional;
}

// A return that is not taken leaves everything as it was.
static bool is_passed(const struct scan_insn *insn)
{
	return insn->is_conditional && (insn->op == SCAN_JUMP_REGISTER || insn->op == SCAN_RETURN);
}

struct execution {
	const struct code_view *view;
	uint32_t limit;
	struct scan_work *work;
	struct scan_machine machine;
	struct scan_body body;
};

static enum scan_end execute(struct execution *execution, uint64_t from, uint64_t to,
			     struct unwind_rule *rule)
{
	const struct code_view *view = execution->view;
	struct scan_machine *machine = &execution->machine;
	struct scan_insn insn, slot;
	bool is_behind_jump = false; // the instruction is a jump's delay slot
	for (uint64_t pc = from; pc < to; pc += insn.size) {
		if (execution->work->n_visited++ >= execution->limit) {
			return SCAN_LIMIT;
		}
		insn.size = view->isa->step;
		if (scan_is_literal(execution->work, view, pc)) {
			continue;
		}
		scan_machine_decode(machine, view, pc, &insn);
		scan_seen_literal(execution->work, view, &insn);
		if (is_passed(&insn)) {
			continue;
		}
		scan_machine_execute(machine, &insn);
		scan_body_update(&execution->body, machine, &insn, pc);
		if (is_behind_jump || (is_barrier(&insn) && insn.slot == SCAN_SLOT_NONE)) {
			scan_body_restore(&execution->body, view, machine);
		}
		is_behind_jump = is_barrier(&insn) && insn.slot != SCAN_SLOT_NONE;
		if (insn.op == SCAN_CALL) {
			scan_machine_call(machine);
		}
		if (insn.slot == SCAN_SLOT_TAKEN) {
			scan_decode(view, pc + insn.size, &slot);
			pc += slot.size; // not executed on the way on
		}
	}
	return scan_body_rule(&execution->body, machine, view, rule) ? SCAN_FOUND : SCAN_NOTHING;
}

// The machine at the instruction that makes the frame: as at the function's entry, but for constants
// loaded before. False: sp was lowered or ra stored before, so the frame was made before too. (Where ra
// must be at the frame's top, that is seen from its place.)
static bool prepare(struct execution *execution, uint64_t from)
{
	enum {
		BACK = 10, // instructions in which the size of a large frame is loaded
		RA_ANYWHERE = 1 << 16,
	};
	const struct code_view *view = execution->view;
	struct scan_machine *machine = &execution->machine;
	struct scan_insn insn;
	uint64_t back = BACK * view->isa->step;
	uint64_t pc = from - view->address < back ? view->address : from - back;
	scan_machine_at_entry(machine, view);
	for (; pc < from; pc += insn.size) {
		scan_machine_decode(machine, view, pc, &insn);
		scan_machine_execute(machine, &insn);
		if (insn.op == SCAN_CALL) {
			scan_machine_call(machine);
		}
		if (insn.op == SCAN_CALL || is_barrier(&insn)) {
			scan_machine_enter(machine,
					   view); // what was before is no part of the prologue
		}
	}
	struct scan_value sp = machine->regs[view->isa->sp];
	bool is_made = machine->ra_slot.kind == VALUE_SP || (sp.kind == VALUE_SP && sp.number < 0);
	scan_machine_enter(machine, view);
	execution->body = (struct scan_body){ 0 };
	return !is_made || view->isa->ra_reach < RA_ANYWHERE;
}

// Executes from the instruction that makes the frame.
static enum scan_end execute_from(struct execution *execution, uint64_t from, uint64_t to,
				  struct unwind_rule *rule)
{
	if (!prepare(execution, from)) {
		return SCAN_NOTHING;
	}
	enum scan_end end = execute(execution, from, to, rule);
	if (end == SCAN_FOUND && to - from >= SCAN_LONG) {
		struct scan_work *work = execution->work;
		work->known[work->next_known++ % SCAN_KNOWN] =
			(struct scan_known){ to, execution->body };
	}
	return end;
}

// Executes on from where an earlier scan of the same function has come to.
static enum scan_end execute_on(struct execution *execution, struct scan_known *known, uint64_t to,
				struct unwind_rule *rule)
{
	scan_machine_at_entry(&execution->machine, execution->view);
	execution->body = known->body;
	scan_body_restore(&execution->body, execution->view, &execution->machine);
	enum scan_end end = execute(execution, known->to, to, rule);
	if (end == SCAN_FOUND) {
		*known = (struct scan_known){ to, execution->body };
	}
	return end;
}

static struct scan_known *known_at(struct scan_work *work, uint64_t pc)
{
	for (unsigned i = 0; i < SCAN_KNOWN; i++) {
		if (work->known[i].to == pc) {
			return &work->known[i];
		}
	}
	return NULL;
}

bool scan_known(const struct code_view *view, uint64_t pc, struct scan_work *work,
		struct unwind_rule *rule)
{
	for (unsigned i = 0; i < SCAN_KNOWN; i++) {
		struct scan_body *body = &work->known[i].body;
		if (pc <= body->settled || pc > work->known[i].to) {
			continue;
		}
		struct scan_machine machine;
		scan_machine_at_entry(&machine, view);
		scan_body_restore(body, view, &machine);
		work->n_visited++;
		return scan_body_rule(body, &machine, view, rule);
	}
	return false;
}

// Whether the instruction may make a function's frame.
static bool makes_frame(const struct scan_isa *isa, const struct scan_insn *insn)
{
	bool is_sum = insn->op == SCAN_ADD || insn->op == SCAN_SUBTRACT;
	if (insn->rs != isa->sp) {
		return false;
	}
	if (insn->op == SCAN_SAVE) {
		return insn->constant < 0;
	}
	if (insn->rd != isa->sp) {
		return false;
	}
	return (insn->op == SCAN_ADD_CONSTANT && insn->constant < 0) ||
	       (is_sum && insn->rt != isa->zero);
}

static void mark_literals(const struct code_view *view, uint64_t pc, struct scan_work *work)
{
	if (view->isa->mark_literals != NULL) {
		view->isa->mark_literals(view, pc, work);
	}
}

// Whether the instruction stores some of a variadic function's register arguments.
static bool stores_arguments(const struct scan_isa *isa, const struct scan_insn *insn)
{
	bool is_push = insn->op == SCAN_SAVE && insn->ra_at == SCAN_NOT_SAVED;
	return (is_push || insn->op == SCAN_ADD_CONSTANT) && insn->rd == isa->sp &&
	       insn->rs == isa->sp && insn->constant < 0 &&
	       insn->constant >= -(int32_t)isa->arguments_size;
}

// Where the function begins of which the instruction at `at` makes the frame: a variadic one has stored
// its register arguments before, and the old ARM procedure call standard copies sp.
static uint64_t beginning_of(const struct code_view *view, uint64_t at, uint64_t low,
			     struct scan_work *work)
{
	enum { STEPS = 8 };
	const struct scan_isa *isa = view->isa;
	uint64_t beginning = at;
	struct scan_insn insn;
	if (isa->arguments_size == 0) {
		return at;
	}
	mark_literals(view, at, work);
	for (unsigned i = 0; i < STEPS && at > low; i++) {
		at -= isa->step;
		if (scan_is_second_half(view, at, work)) {
			continue;
		}
		scan_decode(view, at, &insn);
		if (insn.op > SCAN_RESTORE || scan_is_literal(work, view, at)) {
			break;
		}
		bool is_copy = insn.op == SCAN_ADD_CONSTANT && insn.rs == isa->sp &&
			       insn.rd != isa->sp && insn.constant == 0;
		if (is_copy || stores_arguments(isa, &insn)) {
			beginning = at;
		}
	}
	return beginning;
}

// __start and a thread's first code: no return address, and none to look for.
static bool is_ra_zeroed(const struct scan_isa *isa, const struct scan_insn *insn)
{
	if (isa->is_ra_pushed || isa->is_ra_general || insn->rd != isa->ra ||
	    insn->rs != isa->zero) {
		return false;
	}
	return (insn->op == SCAN_ADD && insn->rt == isa->zero) ||
	       (insn->op == SCAN_ADD_CONSTANT && insn->constant == 0);
}

enum scan_end scan_backward(const struct code_view *view, uint64_t pc, uint32_t limit,
			    struct scan_work *work, struct unwind_rule *rule)
{
	unsigned step = view->isa->step;
	size_t entry = code_entry_from(view, pc);
	uint64_t low = entry > 0 ? view->address + view->entries[entry - 1] : view->address;
	struct execution execution = { .view = view, .limit = limit, .work = work };
	bool is_behind_return = false, is_beginning = false;
	struct scan_insn insn;
	scan_seen_clear(work, pc);
	mark_literals(view, pc, work);
	for (uint64_t at = pc; at - low >= step && at > low;) {
		if (work->n_visited++ >= limit) {
			return SCAN_LIMIT;
		}
		at -= step;
		if ((pc - at) % MARK_EVERY == 0) {
			mark_literals(view, at, work);
		}
		if (scan_is_literal(work, view, at) || scan_is_second_half(view, at, work)) {
			continue;
		}
		scan_decode(view, at, &insn);
		is_behind_return |= insn.op == SCAN_JUMP_REGISTER || insn.op == SCAN_RETURN;
		if (is_beginning && is_barrier(&insn)) {
			return SCAN_NOTHING;
		}
		is_beginning |= scan_is_beginning(view, &insn);
		if (is_ra_zeroed(view->isa, &insn) && !is_behind_return) {
			*rule = rule_of_kind(RULE_OUTERMOST);
			return SCAN_FOUND;
		}
		struct scan_known *known = known_at(work, at);
		enum scan_end end = SCAN_NOTHING;
		if (makes_frame(view->isa, &insn)) {
			end = execute_from(&execution, beginning_of(view, at, low, work), pc, rule);
		}
		// Behind the frame's making: the place may be the next function's entry.
		if (end == SCAN_NOTHING && known != NULL) {
			end = execute_on(&execution, known, pc, rule);
		}
		// Where ra is pushed a function begins: what is before it is another.
		bool is_entry = view->isa->is_ra_general && insn.op == SCAN_SAVE &&
				insn.ra_at != SCAN_NOT_SAVED && makes_frame(view->isa, &insn);
		if (end != SCAN_NOTHING || is_entry) {
			return end;
		}
	}
	return SCAN_NOTHING;
}
