// SPDX-License-Identifier: LGPL-2.1-or-later
// Follows MIPS code from a return address, on both sides of every branch, to where the function ends.
//
// What the epilogue undoes tells what the frame is. Paths are followed first come, first served, a few
// instructions at a time, each instruction once; the first end that makes sense is the answer. Code
// that follows a call which never returns is another function's, or another part of this one: a path
// that meets signs of that is dropped.
#include "unwind/scan_mips.h"

#include <string.h>

enum {
	TURN = 40, // instructions after which a path lets others go first, at its next branch
};

struct forward {
	const struct code_view *view;
	uint64_t pc; // where the scan began
	uint32_t limit;
	struct scan_mips_work *work;
	struct unwind_rule *rule;
	uint32_t turn_end;
};

enum step {
	STEP_ON,
	STEP_END, // of this path
	STEP_FOUND,
};

// The instruction's number in `seen`, counted from the return address in the middle; false: too far.
static bool seen_index(const struct forward *forward, uint64_t pc, uint32_t *index)
{
	uint64_t distance = (pc - forward->pc) / mips_step(forward->view) + MIPS_SEEN_BITS / 2;
	uint64_t below = (forward->pc - pc) / mips_step(forward->view);
	if (pc < forward->pc) {
		distance = below <= MIPS_SEEN_BITS / 2 ? MIPS_SEEN_BITS / 2 - below : UINT64_MAX;
	}
	*index = (uint32_t)distance;
	return distance < MIPS_SEEN_BITS;
}

static bool is_seen(const struct forward *forward, uint64_t pc)
{
	uint32_t i;
	return !seen_index(forward, pc, &i) ||
	       (forward->work->seen[i / 32] & UINT32_C(1) << i % 32) != 0;
}

static void mark_seen(const struct forward *forward, uint64_t pc)
{
	struct scan_mips_work *work = forward->work;
	uint32_t i;
	if (!seen_index(forward, pc, &i)) {
		return;
	}
	work->seen[i / 32] |= UINT32_C(1) << i % 32;
	work->seen_low = i / 32 < work->seen_low ? i / 32 : work->seen_low;
	work->seen_high = i / 32 >= work->seen_high ? i / 32 + 1 : work->seen_high;
}

static bool add_path(const struct forward *forward, uint64_t pc, const struct mips_machine *machine)
{
	struct scan_mips_work *work = forward->work;
	if (is_seen(forward, pc)) {
		return true;
	}
	if (work->n_paths == MIPS_PATHS_MAX) {
		return false;
	}
	work->paths[(work->first_path + work->n_paths++) % MIPS_PATHS_MAX] =
		(struct mips_path){ pc, machine->regs[MIPS_SP], machine->regs[MIPS_FP],
				    machine->regs[MIPS_RA] };
	return true;
}

static struct mips_path take_path(struct scan_mips_work *work)
{
	struct mips_path path = work->paths[work->first_path];
	work->first_path = (work->first_path + 1) % MIPS_PATHS_MAX;
	work->n_paths--;
	return path;
}

// The rule, if the function ends in this state: sp is back at the CFA, ra and fp are the caller's.
static bool is_end(const struct forward *forward, const struct mips_machine *machine)
{
	struct mips_value sp = machine->regs[MIPS_SP];
	struct mips_value ra = machine->regs[MIPS_RA];
	struct mips_value fp = machine->regs[MIPS_FP];
	if (sp.kind != VALUE_SP && sp.kind != VALUE_FP) {
		return false;
	}
	bool is_sp = sp.kind == VALUE_SP;
	enum mips_value_kind loaded = is_sp ? VALUE_AT_SP : VALUE_AT_FP;
	int64_t ra_offset = (int64_t)ra.number - sp.number;
	bool is_saved = fp.kind == loaded;
	if (ra.kind != loaded || ra.number < 0 || sp.number % forward->view->slot_size != 0 ||
	    !mips_is_ra_offset(forward->view->slot_size, ra_offset)) {
		return false;
	}
	if (!is_saved && !mips_value_is(fp, VALUE_FP, 0)) {
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
	return true;
}

static bool is_reloaded(const struct mips_machine *machine)
{
	uint8_t kind = machine->regs[MIPS_RA].kind;
	return kind == VALUE_AT_SP || kind == VALUE_AT_FP;
}

// Whether the instruction belongs to a function's beginning. Behind a call that does not return it is
// the next function's; behind a reloaded ra it is reached by a tail call.
static bool is_entry_code(const struct forward *forward, const struct mips_machine *machine,
			  const struct mips_insn *insn)
{
	switch ((enum mips_op)insn->op) {
	case MIPS_STORE:
		return insn->rt == MIPS_RA;
	case MIPS_SAVE:
		return insn->ra_at != MIPS_NOT_SAVED;
	case MIPS_ADD_CONSTANT:
		// o32 reloads gp from the stack after calls.
		return (insn->is_lui && insn->rd == MIPS_GP && forward->view->slot_size == 4) ||
		       (insn->rd == MIPS_SP && insn->rs == MIPS_SP && insn->constant < 0 &&
			is_reloaded(machine));
	case MIPS_ADD:
	case MIPS_SUBTRACT:
	case MIPS_OR_CONSTANT:
	case MIPS_LOAD:
	case MIPS_RESTORE:
	case MIPS_OTHER:
	case MIPS_BRANCH:
	case MIPS_JUMP:
	case MIPS_JUMP_REGISTER:
	case MIPS_CALL:
	case MIPS_SYSCALL:
	case MIPS_TRAP:
	case MIPS_INVALID:
		return false;
	}
	return false;
}

static enum step end_if(bool holds)
{
	return holds ? STEP_FOUND : STEP_END;
}

static bool is_plain(const struct mips_insn *insn)
{
	return insn->op <= MIPS_RESTORE;
}

// Executes an instruction that does not branch.
static enum step step_plain(struct forward *forward, struct mips_machine *machine,
			    const struct mips_insn *insn)
{
	if (is_entry_code(forward, machine, insn)) {
		return end_if(is_end(forward, machine));
	}
	mips_machine_execute(machine, insn);
	return STEP_ON;
}

// Executes the delay slot of the branch at `pc`; `next` is the address behind it.
static enum step step_slot(struct forward *forward, struct mips_machine *machine, uint64_t pc,
			   const struct mips_insn *branch, uint64_t *next)
{
	struct mips_insn slot;
	*next = pc + branch->size;
	if (branch->slot == MIPS_SLOT_NONE) {
		return STEP_ON;
	}
	mips_decode(forward->view, *next, &slot);
	*next += slot.size;
	forward->work->n_visited++;
	return is_plain(&slot) ? step_plain(forward, machine, &slot) : STEP_END;
}

static enum step step_branch(struct forward *forward, struct mips_machine *machine, uint64_t *pc,
			     const struct mips_insn *insn)
{
	struct mips_machine taken = *machine;
	enum step step = step_slot(forward, &taken, *pc, insn, pc);
	if (step != STEP_ON) {
		return step;
	}
	bool is_added = add_path(forward, insn->target, &taken);
	if (insn->slot == MIPS_SLOT_ALWAYS) {
		*machine = taken;
	}
	bool is_turn_over = forward->work->n_visited >= forward->turn_end;
	if (is_added && is_turn_over && add_path(forward, *pc, machine)) {
		return STEP_END;
	}
	return STEP_ON;
}

static enum step step_jump(struct forward *forward, struct mips_machine *machine, uint64_t *pc,
			   const struct mips_insn *insn)
{
	uint64_t next;
	enum step step = step_slot(forward, machine, *pc, insn, &next);
	if (step != STEP_ON) {
		return step;
	}
	*pc = insn->target;
	bool is_outside = *pc - forward->view->address >= forward->view->size;
	if (is_outside || code_is_entry(forward->view, *pc)) {
		return end_if(is_end(forward, machine)); // a tail call
	}
	return STEP_ON;
}

// A return, a tail call, or a jump by a table, which leads nowhere here.
static enum step step_jump_register(struct forward *forward, struct mips_machine *machine,
				    uint64_t pc, const struct mips_insn *insn)
{
	uint64_t next;
	struct mips_value to = machine->regs[insn->rs];
	enum step step = step_slot(forward, machine, pc, insn, &next);
	if (step != STEP_ON) {
		return step;
	}
	mips_machine_execute(machine, insn);
	// MIPS16 without RESTORE loads the return address into another register.
	if (insn->rs == MIPS_RA || (forward->view->isa == CODE_MIPS16 && !is_reloaded(machine))) {
		machine->regs[MIPS_RA] = to;
	}
	return end_if(is_end(forward, machine));
}

static enum step step_call(struct forward *forward, struct mips_machine *machine, uint64_t *pc,
			   const struct mips_insn *insn)
{
	enum step step = step_slot(forward, machine, *pc, insn, pc);
	if (step == STEP_ON) {
		mips_machine_call(machine);
	}
	return step;
}

static enum step step_insn(struct forward *forward, struct mips_machine *machine, uint64_t *pc)
{
	struct mips_insn insn;
	mips_decode(forward->view, *pc, &insn);
	switch ((enum mips_op)insn.op) {
	case MIPS_BRANCH:
		return step_branch(forward, machine, pc, &insn);
	case MIPS_JUMP:
		return step_jump(forward, machine, pc, &insn);
	case MIPS_JUMP_REGISTER:
		return step_jump_register(forward, machine, *pc, &insn);
	case MIPS_CALL:
		return step_call(forward, machine, pc, &insn);
	case MIPS_TRAP:
	case MIPS_INVALID:
		return STEP_END;
	case MIPS_SYSCALL:
		*pc += insn.size;
		if (machine->regs[MIPS_V0].kind == VALUE_CONSTANT &&
		    mips_is_exit(machine->regs[MIPS_V0].number)) {
			return STEP_END;
		}
		mips_machine_execute(machine, &insn);
		return STEP_ON;
	case MIPS_OTHER:
	case MIPS_ADD_CONSTANT:
	case MIPS_OR_CONSTANT:
	case MIPS_ADD:
	case MIPS_SUBTRACT:
	case MIPS_LOAD:
	case MIPS_STORE:
	case MIPS_SAVE:
	case MIPS_RESTORE:
		*pc += insn.size;
		return step_plain(forward, machine, &insn);
	}
	return STEP_END;
}

static enum scan_mips_end follow(struct forward *forward, const struct mips_path *path)
{
	struct scan_mips_work *work = forward->work;
	struct mips_machine machine;
	mips_machine_at_return(&machine);
	machine.regs[MIPS_SP] = path->sp;
	machine.regs[MIPS_FP] = path->fp;
	machine.regs[MIPS_RA] = path->ra;
	forward->turn_end = work->n_visited + TURN;
	for (uint64_t pc = path->pc; !is_seen(forward, pc);) {
		if (work->n_visited >= forward->limit) {
			return SCAN_MIPS_LIMIT;
		}
		if (code_is_entry(forward->view, pc)) {
			return is_end(forward, &machine) ? SCAN_MIPS_FOUND : SCAN_MIPS_NOTHING;
		}
		work->n_visited++;
		mark_seen(forward, pc);
		enum step step = step_insn(forward, &machine, &pc);
		if (step != STEP_ON) {
			return step == STEP_FOUND ? SCAN_MIPS_FOUND : SCAN_MIPS_NOTHING;
		}
	}
	return SCAN_MIPS_NOTHING;
}

static void clear_work(struct scan_mips_work *work)
{
	if (work->seen_low < work->seen_high) {
		memset(&work->seen[work->seen_low], 0,
		       (work->seen_high - work->seen_low) * sizeof(work->seen[0]));
	}
	work->seen_low = MIPS_SEEN_BITS / 32;
	work->seen_high = 0;
	work->n_paths = 0;
	work->first_path = 0;
}

enum scan_mips_end scan_mips_forward(const struct code_view *view, uint64_t pc, uint32_t limit,
				     struct scan_mips_work *work, struct unwind_rule *rule)
{
	struct forward forward = { view, pc, limit, work, rule, 0 };
	struct mips_machine machine;
	enum scan_mips_end end = SCAN_MIPS_NOTHING;
	clear_work(work);
	mips_machine_at_return(&machine);
	add_path(&forward, pc, &machine);
	while (work->n_paths > 0 && end == SCAN_MIPS_NOTHING) {
		struct mips_path path = take_path(work);
		end = follow(&forward, &path);
	}
	clear_work(work);
	return end;
}
