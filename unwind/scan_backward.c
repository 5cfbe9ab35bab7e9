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

// Passes over dull instructions at `pc`. Returns how many bytes.
static code_address skim(struct execution *execution, code_address pc, code_address to)
{
	const struct scan_isa *isa = execution->view->isa;
	uint32_t left = execution->limit - execution->work->n_visited;
	code_address n_code = (to - pc) / isa->step;
	uint32_t n = n_code < left ? (uint32_t)n_code : left;
	struct scan_sieve sieve = { .is_body = true };
	struct scan_dull dull;
	sieve.live = scan_machine_live(&execution->machine);
	sieve.based = scan_body_based(&execution->body, isa);
	n = isa->count_dull(execution->view, pc, n, &sieve, &dull);
	execution->work->n_visited += n;
	if (dull.has_called) {
		scan_body_call(&execution->body, &execution->machine);
	}
	scan_machine_pass(&execution->machine, &dull);
	return (code_address)n * isa->step;
}

// Whether fp serves for anything, and can make no frame any more.
static bool is_fp_settled(const struct execution *execution)
{
	const struct scan_machine *machine = &execution->machine;
	return execution->body.is_fp_changed && execution->body.is_fp_general &&
	       machine->regs[scan_sp(machine->isa)].kind == VALUE_SP;
}

static enum scan_end execute(struct execution *execution, code_address from, code_address to,
			     struct unwind_rule *rule)
{
	const struct code_view *view = execution->view;
	struct scan_machine *machine = &execution->machine;
	struct scan_insn insn, slot;
	bool is_behind_jump = false; // the instruction is a jump's delay slot
	for (code_address pc = from; pc < to; pc += insn.size) {
		if (scan_light(machine) != LIGHT_NOT && !is_behind_jump) {
			pc += skim(execution, pc, to);
			if (pc == to) {
				break;
			}
		}
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
		if (SCAN_HAS_SIEVES && (machine->is_too_light ||
					(machine->is_fp_in_doubt && !is_fp_settled(execution)))) {
			execution->work->must_follow_all = true;
			return SCAN_NOTHING;
		}
		machine->is_fp_in_doubt = false;
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
static bool prepare(struct execution *execution, code_address from, const struct scan_body *body)
{
	enum {
		BACK = 10, // instructions in which the size of a large frame is loaded
		RA_ANYWHERE = 1 << 16,
	};
	const struct code_view *view = execution->view;
	struct scan_machine *machine = &execution->machine;
	struct scan_insn insn;
	(void)body;
	code_address back = BACK * view->isa->step;
	code_address pc = from - view->address < back ? view->address : from - back;
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
	struct scan_value sp = machine->regs[scan_sp(view->isa)];
	bool is_made = machine->ra_slot.kind == VALUE_SP || (sp.kind == VALUE_SP && sp.number < 0);
	scan_machine_enter(machine, view);
	execution->body = (struct scan_body){ 0 };
	return !is_made || view->isa->ra_reach < RA_ANYWHERE;
}

typedef bool begin_function(struct execution *execution, code_address from,
			    const struct scan_body *body);

// Executes on from where an earlier scan of the same function has come to.
static bool begin_on(struct execution *execution, code_address from, const struct scan_body *body)
{
	(void)from;
	scan_machine_at_entry(&execution->machine, execution->view);
	execution->body = *body;
	scan_body_restore(&execution->body, execution->view, &execution->machine);
	return true;
}

// Executes, lightly if that is enough.
static enum scan_end execute_begun(struct execution *execution, begin_function *begin,
				   code_address from, const struct scan_body *body, code_address to,
				   struct unwind_rule *rule)
{
	struct scan_work *work = execution->work;
	uint32_t n_before = work->n_visited;
	if (!begin(execution, from, body)) {
		return SCAN_NOTHING;
	}
	work->must_follow_all = false;
	if (scan_has_sieve(execution->view->isa)) {
		scan_machine_lighten(&execution->machine, LIGHT_BODY);
		enum scan_end end = execute(execution, from, to, rule);
		if (!work->must_follow_all) {
			return end;
		}
		work->n_aside += work->n_visited - n_before;
		work->n_visited = n_before;
		begin(execution, from, body);
	}
	return execute(execution, from, to, rule);
}

// Executes from the instruction that makes the frame.
static enum scan_end execute_from(struct execution *execution, code_address from, code_address to,
				  struct unwind_rule *rule)
{
	enum scan_end end = execute_begun(execution, prepare, from, NULL, to, rule);
	if (end == SCAN_FOUND && to - from >= SCAN_LONG) {
		struct scan_work *work = execution->work;
		work->known[work->next_known++ % SCAN_KNOWN] =
			(struct scan_known){ to, execution->body };
	}
	return end;
}

static enum scan_end execute_on(struct execution *execution, struct scan_known *known,
				code_address to, struct unwind_rule *rule)
{
	enum scan_end end = execute_begun(execution, begin_on, known->to, &known->body, to, rule);
	if (end == SCAN_FOUND) {
		*known = (struct scan_known){ to, execution->body };
	}
	return end;
}

static bool has_known(const struct scan_work *work, code_address from, code_address to)
{
	for (unsigned i = 0; i < SCAN_KNOWN; i++) {
		if (work->known[i].to - from < to - from) {
			return true;
		}
	}
	return false;
}

static struct scan_known *known_at(struct scan_work *work, code_address pc)
{
	for (unsigned i = 0; i < SCAN_KNOWN; i++) {
		if (work->known[i].to == pc) {
			return &work->known[i];
		}
	}
	return NULL;
}

bool scan_known(const struct code_view *view, code_address pc, struct scan_work *work,
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
	if (insn->rs != scan_sp(isa)) {
		return false;
	}
	if (insn->op == SCAN_SAVE) {
		return insn->constant < 0;
	}
	if (insn->rd != scan_sp(isa)) {
		return false;
	}
	return (insn->op == SCAN_ADD_CONSTANT && insn->constant < 0) ||
	       (is_sum && insn->rt != scan_zero(isa));
}

static void mark_literals(const struct code_view *view, code_address pc, struct scan_work *work)
{
	if (view->isa->mark_literals != NULL) {
		view->isa->mark_literals(view, pc, work);
	}
}

// Whether the instruction stores some of a variadic function's register arguments.
static bool stores_arguments(const struct scan_isa *isa, const struct scan_insn *insn)
{
	bool is_push = insn->op == SCAN_SAVE && insn->ra_at == SCAN_NOT_SAVED;
	return (is_push || insn->op == SCAN_ADD_CONSTANT) && insn->rd == scan_sp(isa) &&
	       insn->rs == scan_sp(isa) && insn->constant < 0 &&
	       insn->constant >= -(int32_t)scan_arguments_size(isa);
}

// Where the function begins of which the instruction at `at` makes the frame: a variadic one has stored
// its register arguments before, and the old ARM procedure call standard copies sp.
static code_address beginning_of(const struct code_view *view, code_address at, code_address low,
				 struct scan_work *work)
{
	enum { STEPS = 8 };
	const struct scan_isa *isa = view->isa;
	code_address beginning = at;
	struct scan_insn insn;
	if (scan_arguments_size(isa) == 0) {
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
		bool is_copy = insn.op == SCAN_ADD_CONSTANT && insn.rs == scan_sp(isa) &&
			       insn.rd != scan_sp(isa) && insn.constant == 0;
		if (is_copy || stores_arguments(isa, &insn)) {
			beginning = at;
		}
	}
	return beginning;
}

// __start and a thread's first code: no return address, and none to look for.
static bool is_ra_zeroed(const struct scan_isa *isa, const struct scan_insn *insn)
{
	if (scan_is_ra_pushed(isa) || scan_is_ra_general(isa) || insn->rd != scan_ra(isa) ||
	    insn->rs != scan_zero(isa)) {
		return false;
	}
	return (insn->op == SCAN_ADD && insn->rt == scan_zero(isa)) ||
	       (insn->op == SCAN_ADD_CONSTANT && insn->constant == 0);
}

// Passes over dull instructions before `at`, none of which is a place to begin at. Returns how many bytes.
static code_address pass_dull(const struct code_view *view, code_address at, code_address low,
			      uint32_t limit, struct scan_work *work)
{
	enum { BLOCK = 8 }; // instructions
	static const struct scan_sieve sieve = { .is_body = true };
	unsigned step = view->isa->step;
	code_address from = at;
	struct scan_dull dull;
	uint32_t n = BLOCK;
	while (scan_has_sieve(view->isa) && n != 0 && at - low > n * step &&
	       work->n_visited + n <= limit && !has_known(work, at - n * step, at)) {
		uint32_t n_dull = view->isa->count_dull(view, at - n * step, n, &sieve, &dull);
		if (n_dull < n) { // what is behind that one
			n -= n_dull + 1;
			continue;
		}
		at -= n * step;
		work->n_visited += n;
		n = n < BLOCK ? 0 : BLOCK;
	}
	return from - at;
}

enum scan_end scan_backward(const struct code_view *view, code_address pc, uint32_t limit,
			    struct scan_work *work, struct unwind_rule *rule)
{
	unsigned step = view->isa->step;
	size_t entry = code_entry_from(view, pc);
	code_address low = entry > 0 ? view->address + view->entries[entry - 1] : view->address;
	struct execution execution = { .view = view, .limit = limit, .work = work };
	bool is_behind_return = false, is_beginning = false;
	struct scan_insn insn;
	scan_seen_clear(work, view, pc);
	mark_literals(view, pc, work);
	for (code_address at = pc; at - low >= step && at > low;) {
		at -= pass_dull(view, at, low, limit, work);
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
		struct scan_known *known = known_at(work, at);
		scan_decode(view, at, &insn);
		is_behind_return |= insn.op == SCAN_JUMP_REGISTER || insn.op == SCAN_RETURN;
		if (is_beginning && is_barrier(&insn)) {
			return SCAN_NOTHING;
		}
		is_beginning |= insn.is_beginning;
		if (is_ra_zeroed(view->isa, &insn) && !is_behind_return) {
			*rule = rule_of_kind(RULE_OUTERMOST);
			return SCAN_FOUND;
		}
		enum scan_end end = SCAN_NOTHING;
		if (makes_frame(view->isa, &insn)) {
			end = execute_from(&execution, beginning_of(view, at, low, work), pc, rule);
		}
		// Behind the frame's making: the place may be the next function's entry.
		if (end == SCAN_NOTHING && known != NULL) {
			end = execute_on(&execution, known, pc, rule);
		}
		// Where ra is pushed a function begins: what is before it is another.
		bool is_entry = scan_is_ra_general(view->isa) && insn.op == SCAN_SAVE &&
				insn.ra_at != SCAN_NOT_SAVED && makes_frame(view->isa, &insn);
		if (end != SCAN_NOTHING || is_entry) {
			return end;
		}
	}
	return SCAN_NOTHING;
}
