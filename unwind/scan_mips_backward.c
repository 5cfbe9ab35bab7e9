// SPDX-License-Identifier: LGPL-2.1-or-later
// Goes back from a call to its function's prologue and executes the code from there to the call.
//
// For calls that no way out can be followed from: the last one of a function, when it never returns;
// code before a jump by a table. Execution is in order of addresses: what a function's body looks like
// is settled by its prologue, and code behind a jump or return is body again.
#include "unwind/scan_mips.h"

static bool is_barrier(const struct mips_insn *insn)
{
	return insn->op == MIPS_JUMP || insn->op == MIPS_JUMP_REGISTER || insn->op == MIPS_TRAP;
}

static bool is_o32_gp_load(const struct code_view *view, const struct mips_insn *insn)
{
	return insn->is_lui && insn->rd == MIPS_GP && view->slot_size == 4;
}

struct execution {
	const struct code_view *view;
	uint32_t limit;
	struct scan_mips_work *work;
	struct mips_machine machine;
	struct scan_mips_body body;
};

static enum scan_mips_end execute(struct execution *execution, uint64_t from, uint64_t to,
				  struct unwind_rule *rule)
{
	const struct code_view *view = execution->view;
	struct mips_machine *machine = &execution->machine;
	struct mips_insn insn, slot;
	bool is_behind_jump = false; // the instruction is a jump's delay slot
	for (uint64_t pc = from; pc < to; pc += insn.size) {
		if (execution->work->n_visited++ >= execution->limit) {
			return SCAN_MIPS_LIMIT;
		}
		mips_decode(view, pc, &insn);
		mips_machine_execute(machine, &insn);
		scan_mips_body_update(&execution->body, machine, &insn, pc);
		if (is_behind_jump || (is_barrier(&insn) && insn.slot == MIPS_SLOT_NONE)) {
			scan_mips_body_restore(&execution->body, machine);
		}
		is_behind_jump = is_barrier(&insn) && insn.slot != MIPS_SLOT_NONE;
		if (insn.op == MIPS_CALL) {
			mips_machine_call(machine);
		}
		if (insn.slot == MIPS_SLOT_TAKEN) {
			mips_decode(view, pc + insn.size, &slot);
			pc += slot.size; // not executed on the way on
		}
	}
	return scan_mips_body_rule(&execution->body, machine, view->slot_size, rule)
		       ? SCAN_MIPS_FOUND
		       : SCAN_MIPS_NOTHING;
}

// The machine at the instruction that makes the frame: as at the function's entry, but for constants
// loaded before.
static void prepare(struct execution *execution, uint64_t from)
{
	enum { BACK = 10 }; // instructions in which the size of a large frame is loaded
	const struct code_view *view = execution->view;
	struct mips_machine *machine = &execution->machine;
	struct mips_insn insn;
	uint64_t back = BACK * mips_step(view);
	uint64_t pc = from - view->address < back ? view->address : from - back;
	mips_machine_at_entry(machine);
	for (; pc < from; pc += insn.size) {
		mips_decode(view, pc, &insn);
		mips_machine_execute(machine, &insn);
		if (insn.op == MIPS_CALL) {
			mips_machine_call(machine);
		}
	}
	mips_machine_enter(machine);
	execution->body = (struct scan_mips_body){ 0 };
}

// Executes from the instruction that makes the frame.
static enum scan_mips_end execute_from(struct execution *execution, uint64_t from, uint64_t to,
				       struct unwind_rule *rule)
{
	prepare(execution, from);
	enum scan_mips_end end = execute(execution, from, to, rule);
	if (end == SCAN_MIPS_FOUND && to - from >= SCAN_MIPS_LONG) {
		struct scan_mips_work *work = execution->work;
		work->known[work->next_known++ % SCAN_MIPS_KNOWN] =
			(struct scan_mips_known){ to, execution->body };
	}
	return end;
}

// Executes on from where an earlier scan of the same function has come to.
static enum scan_mips_end execute_on(struct execution *execution, struct scan_mips_known *known,
				     uint64_t to, struct unwind_rule *rule)
{
	mips_machine_at_entry(&execution->machine);
	execution->body = known->body;
	scan_mips_body_restore(&execution->body, &execution->machine);
	enum scan_mips_end end = execute(execution, known->to, to, rule);
	if (end == SCAN_MIPS_FOUND) {
		*known = (struct scan_mips_known){ to, execution->body };
	}
	return end;
}

static struct scan_mips_known *known_at(struct scan_mips_work *work, uint64_t pc)
{
	for (unsigned i = 0; i < SCAN_MIPS_KNOWN; i++) {
		if (work->known[i].to == pc) {
			return &work->known[i];
		}
	}
	return NULL;
}

bool scan_mips_known(const struct code_view *view, uint64_t pc, struct scan_mips_work *work,
		     struct unwind_rule *rule)
{
	for (unsigned i = 0; i < SCAN_MIPS_KNOWN; i++) {
		struct scan_mips_body *body = &work->known[i].body;
		if (pc <= body->settled || pc > work->known[i].to) {
			continue;
		}
		struct mips_machine machine;
		mips_machine_at_entry(&machine);
		scan_mips_body_restore(body, &machine);
		work->n_visited++;
		return scan_mips_body_rule(body, &machine, view->slot_size, rule);
	}
	return false;
}

// Whether the instruction may make a function's frame.
static bool makes_frame(const struct mips_insn *insn)
{
	bool is_sum = insn->op == MIPS_ADD || insn->op == MIPS_SUBTRACT;
	if (insn->rs != MIPS_SP) {
		return false;
	}
	if (insn->op == MIPS_SAVE) {
		return insn->constant < 0;
	}
	if (insn->rd != MIPS_SP) {
		return false;
	}
	return (insn->op == MIPS_ADD_CONSTANT && insn->constant < 0) || (is_sum && insn->rt != 0);
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
	struct execution execution = { .view = view, .limit = limit, .work = work };
	bool is_behind_return = false, is_beginning = false;
	struct mips_insn insn;
	for (uint64_t at = pc; at - low >= step && at > low;) {
		if (work->n_visited++ >= limit) {
			return SCAN_MIPS_LIMIT;
		}
		at -= step;
		if (view->isa == CODE_MIPS16 && mips16_is_second_half(view, at)) {
			continue;
		}
		mips_decode(view, at, &insn);
		is_behind_return |= insn.op == MIPS_JUMP_REGISTER;
		if (is_beginning && is_barrier(&insn)) {
			return SCAN_MIPS_NOTHING;
		}
		// o32 loads gp at the function's beginning, and from the stack later on.
		is_beginning |= is_o32_gp_load(view, &insn);
		if (is_ra_zeroed(&insn) && !is_behind_return) {
			*rule = rule_of_kind(RULE_OUTERMOST);
			return SCAN_MIPS_FOUND;
		}
		struct scan_mips_known *known = known_at(work, at);
		enum scan_mips_end end = SCAN_MIPS_NOTHING;
		if (makes_frame(&insn)) {
			end = execute_from(&execution, at, pc, rule);
		}
		// Behind the frame's making: the place may be the next function's entry.
		if (end == SCAN_MIPS_NOTHING && known != NULL) {
			end = execute_on(&execution, known, pc, rule);
		}
		if (end != SCAN_MIPS_NOTHING) {
			return end;
		}
	}
	return SCAN_MIPS_NOTHING;
}
