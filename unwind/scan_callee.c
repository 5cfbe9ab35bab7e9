// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a function returns, for code in which calls push the return address.
//
// Follows the function from its entry to a return. What lies behind a call that never returns is
// followed too: it is the next function's code, and the stack is not balanced where that returns.
#include "unwind/scan_callee.h"

#include <string.h>

enum {
	ASIDE_MAX = 20000, // instructions visited in callees for one rule
	VISITED_MAX = 400, // then it is taken to return
	STUB_MAX = 4,      // instructions of one that jumps into another module
	PATHS_MAX = 24,
	SEEN_SIZE = 512, // more than VISITED_MAX
};

struct callee {
	const struct code_view *view;
	struct scan_callees *callees;
	uint32_t n_visited, popped;
	bool is_stub;
	uint32_t seen[SEEN_SIZE]; // the addresses visited, hashed; the lower halves tell them apart
	struct {
		code_address pc;
		struct scan_value sp, fp;
	} paths[PATHS_MAX];
	uint32_t n_paths;
};

static bool see(struct callee *callee, code_address pc)
{
	uint32_t i = (uint32_t)pc * UINT32_C(0x9e3779b1) >> 23;
	for (; callee->seen[i] != 0; i = (i + 1) % SEEN_SIZE) {
		if (callee->seen[i] == (uint32_t)pc) {
			return false;
		}
	}
	callee->seen[i] = (uint32_t)pc;
	return true;
}

static bool add_path(struct callee *callee, code_address pc, const struct scan_machine *machine)
{
	if (callee->n_paths == PATHS_MAX) {
		return false;
	}
	callee->paths[callee->n_paths].pc = pc;
	callee->paths[callee->n_paths].sp = machine->regs[scan_sp(machine->isa)];
	callee->paths[callee->n_paths++].fp = machine->regs[machine->isa->fp];
	return true;
}

// Whether sp may be what it was at the entry, less `below`.
static bool is_balanced(const struct scan_machine *machine, int32_t below)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	return sp.kind != VALUE_SP || sp.number == -below;
}

static uint32_t slot_in(const struct scan_callees *callees, code_address target)
{
	(void)callees;
	return (uint32_t)target * UINT32_C(0x9e3779b1) >> (32 - SCAN_CALLEES_BITS);
}

// Whether that is known already; of a call through a register nothing is.
static bool is_known_not_to_return(const struct scan_callees *callees, code_address target)
{
	const struct scan_callee *known = &callees->list[slot_in(callees, target)];
	return target != 0 && known->target == target && known->end == CALLEE_NEVER_RETURNS;
}

// Whether the jump is all there is, to an address in memory: at a constant place, or, in 32-bit code, by
// the register that points to the module's table.
static bool is_stub(const struct callee *callee, const struct scan_insn *jump)
{
	bool is_by_table = jump->rs == scan_zero(callee->view->isa) || callee->view->slot_size == 4;
	return callee->n_visited <= STUB_MAX && is_by_table;
}

static enum scan_callee_end follow(struct callee *callee, code_address pc,
				   struct scan_machine *machine)
{
	const struct code_view *view = callee->view;
	struct scan_insn insn;
	for (; see(callee, pc); pc += insn.size) {
		if (pc - view->address >= view->size || callee->n_visited++ >= VISITED_MAX) {
			return CALLEE_MAY_RETURN;
		}
		scan_decode(view, pc, &insn);
		scan_machine_execute(machine, &insn);
		switch ((enum scan_op)insn.op) {
		case SCAN_RETURN:
			callee->popped = insn.popped;
			return is_balanced(machine, 0) ? CALLEE_RETURNS : CALLEE_NEVER_RETURNS;
		case SCAN_JUMP_REGISTER: // a tail call, or by a table
			callee->is_stub = is_stub(callee, &insn);
			return insn.rs != scan_zero(view->isa) ||
					       is_balanced(machine, view->slot_size)
				       ? CALLEE_MAY_RETURN
				       : CALLEE_NEVER_RETURNS;
		case SCAN_JUMP:
			pc = insn.target - insn.size;
			break;
		case SCAN_BRANCH:
			if (!add_path(callee, insn.target, machine)) {
				return CALLEE_MAY_RETURN;
			}
			break;
		case SCAN_CALL:
			if (is_known_not_to_return(callee->callees, insn.target)) {
				return CALLEE_NEVER_RETURNS;
			}
			scan_machine_call(machine);
			break;
		case SCAN_TRAP:
		case SCAN_INVALID:
			return CALLEE_NEVER_RETURNS;
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
	}
	return CALLEE_NEVER_RETURNS;
}

static enum scan_callee_end end_of(struct callee *callee, code_address target)
{
	enum scan_callee_end end = CALLEE_NEVER_RETURNS;
	struct scan_machine machine;
	scan_machine_at_entry(&machine, callee->view);
	if (!add_path(callee, target, &machine)) {
		return CALLEE_MAY_RETURN;
	}
	while (callee->n_paths > 0) {
		uint32_t i = --callee->n_paths;
		scan_machine_at_entry(&machine, callee->view);
		machine.regs[scan_sp(machine.isa)] = callee->paths[i].sp;
		machine.regs[machine.isa->fp] = callee->paths[i].fp;
		end = follow(callee, callee->paths[i].pc, &machine);
		if (end != CALLEE_NEVER_RETURNS) {
			break;
		}
	}
	return end;
}

bool scan_is_stub(const struct code_view *view, code_address target)
{
	struct callee callee = { .view = view };
	struct scan_insn insn;
	for (code_address pc = target; callee.n_visited++ < STUB_MAX; pc += insn.size) {
		scan_decode(view, pc, &insn);
		if (insn.op == SCAN_JUMP_REGISTER) {
			return is_stub(&callee, &insn);
		}
		if (insn.op > SCAN_CONDITION) {
			break;
		}
	}
	return false;
}

const struct scan_callee *scan_callee_at(const struct code_view *view, code_address pc,
					 code_address target, struct scan_callees *callees,
					 uint32_t *n_visited)
{
	static const struct scan_callee elsewhere = { .end = CALLEE_MAY_RETURN };
	struct scan_callee *known = &callees->list[slot_in(callees, target)];
	struct callee callee;
	if (target == 0 || target - view->address >= view->size) {
		return &elsewhere;
	}
	if (known->target != target && *n_visited > ASIDE_MAX) {
		return &elsewhere;
	}
	if (known->target != target) {
		callee.view = view;
		callee.callees = callees;
		callee.n_visited = callee.n_paths = callee.popped = 0;
		callee.is_stub = false;
		memset(callee.seen, 0, sizeof(callee.seen));
		known->end = (uint8_t)end_of(&callee, target);
		known->target = target;
		known->popped = (uint16_t)callee.popped;
		*n_visited += callee.n_visited;
		known->is_stub = callee.is_stub;
		if (known->is_stub) {
			enum scan_callee_end end = scan_calls_end(view, pc, target, n_visited);
			known->is_stub = end == CALLEE_MAY_RETURN;
			known->end = end == CALLEE_NEVER_RETURNS ? CALLEE_NEVER_RETURNS
								 : CALLEE_MAY_RETURN;
		}
	}
	return known;
}
