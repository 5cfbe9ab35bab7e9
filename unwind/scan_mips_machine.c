// SPDX-License-Identifier: LGPL-2.1-or-later
// What the scanner knows of the registers while it follows code: constants, and places of the stack.
#include "unwind/scan_mips_machine.h"

#include <string.h>

// v0, v1, a0-a3, t0-t9, ra: not kept by a callee. On n32 and n64 the same numbers.
static const uint32_t call_clobbers = 0x8300fffe;

static const struct mips_value value_any = { VALUE_ANY, 0 };
static const struct mips_value value_zero = { VALUE_CONSTANT, 0 };

// No frame is that large; sums beyond are nonsense and must not wrap into sense.
enum { NUMBER_MAX = 1 << 30 };

void mips_machine_at_return(struct mips_machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	machine->regs[0] = value_zero;
	machine->regs[MIPS_SP] = (struct mips_value){ VALUE_SP, 0 };
	machine->regs[MIPS_FP] = (struct mips_value){ VALUE_FP, 0 };
}

void mips_machine_at_entry(struct mips_machine *machine)
{
	mips_machine_at_return(machine);
	machine->regs[MIPS_RA] = (struct mips_value){ VALUE_RA, 0 };
}

void mips_machine_enter(struct mips_machine *machine)
{
	struct mips_machine before = *machine;
	mips_machine_at_entry(machine);
	for (unsigned i = 0; i < 32; i++) {
		if ((call_clobbers >> i & 1) != 0 && before.regs[i].kind == VALUE_CONSTANT) {
			machine->regs[i] = before.regs[i];
		}
	}
}

static bool is_address(struct mips_value value)
{
	return value.kind == VALUE_SP || value.kind == VALUE_FP;
}

static struct mips_value value_add(struct mips_value a, int64_t number)
{
	int64_t sum = a.number + number;
	if (number == 0) {
		return a;
	}
	// lui gives constants beyond the limit, to be completed by ori, addiu or a subtraction.
	if (a.kind == VALUE_CONSTANT) {
		return (struct mips_value){ VALUE_CONSTANT, (int32_t)(uint32_t)(uint64_t)sum };
	}
	bool holds = is_address(a) && sum < NUMBER_MAX && sum > -NUMBER_MAX;
	return holds ? (struct mips_value){ a.kind, (int32_t)sum } : value_any;
}

// Moves keep whatever value there is; sums need a constant and something to count from.
static struct mips_value value_sum(struct mips_value a, struct mips_value b)
{
	if (mips_value_is(b, VALUE_CONSTANT, 0)) {
		return a;
	}
	if (mips_value_is(a, VALUE_CONSTANT, 0)) {
		return b;
	}
	if (b.kind == VALUE_CONSTANT) {
		return value_add(a, b.number);
	}
	return a.kind == VALUE_CONSTANT ? value_add(b, a.number) : value_any;
}

static struct mips_value value_difference(struct mips_value a, struct mips_value b)
{
	return b.kind == VALUE_CONSTANT ? value_add(a, -(int64_t)b.number) : value_any;
}

static struct mips_value value_or(struct mips_value a, int32_t bits)
{
	if (a.kind != VALUE_CONSTANT) {
		return value_any;
	}
	return (struct mips_value){ VALUE_CONSTANT, a.number | bits };
}

static struct mips_value value_at(struct mips_value address)
{
	if (!is_address(address)) {
		return (struct mips_value){ VALUE_LOADED, 0 };
	}
	enum mips_value_kind kind = address.kind == VALUE_SP ? VALUE_AT_SP : VALUE_AT_FP;
	return (struct mips_value){ (uint8_t)kind, address.number };
}

static void set_register(struct mips_machine *machine, unsigned reg, struct mips_value value)
{
	if (reg != 0) {
		machine->regs[reg] = value;
	}
}

static void forget(struct mips_machine *machine, uint32_t clobbers)
{
	for (clobbers &= ~UINT32_C(1); clobbers != 0; clobbers &= clobbers - 1) {
		machine->regs[__builtin_ctz(clobbers)] = value_any;
	}
}

static void store(struct mips_machine *machine, unsigned reg, struct mips_value address)
{
	struct mips_value value = machine->regs[reg];
	if (address.kind != VALUE_SP) {
		return;
	}
	if (value.kind == VALUE_RA) {
		machine->ra_slot = address;
	} else if (mips_value_is(value, VALUE_FP, 0)) {
		machine->fp_slot = address;
	}
}

static void save(struct mips_machine *machine, const struct mips_insn *insn)
{
	struct mips_value base = machine->regs[insn->rs];
	if (insn->ra_at != MIPS_NOT_SAVED) {
		store(machine, MIPS_RA, value_add(base, insn->ra_at));
	}
	if (insn->fp_at != MIPS_NOT_SAVED) {
		store(machine, MIPS_FP, value_add(base, insn->fp_at));
	}
	set_register(machine, insn->rs, value_add(base, insn->constant));
}

static void restore(struct mips_machine *machine, const struct mips_insn *insn)
{
	struct mips_value base = machine->regs[insn->rs];
	forget(machine, insn->clobbers);
	if (insn->ra_at != MIPS_NOT_SAVED) {
		set_register(machine, MIPS_RA, value_at(value_add(base, insn->ra_at)));
	}
	if (insn->fp_at != MIPS_NOT_SAVED) {
		set_register(machine, MIPS_FP, value_at(value_add(base, insn->fp_at)));
	}
	set_register(machine, insn->rs, value_add(base, insn->constant));
}

void mips_machine_execute(struct mips_machine *machine, const struct mips_insn *insn)
{
	const struct mips_value *regs = machine->regs;
	switch ((enum mips_op)insn->op) {
	case MIPS_ADD_CONSTANT:
		set_register(machine, insn->rd, value_add(regs[insn->rs], insn->constant));
		return;
	case MIPS_OR_CONSTANT:
		set_register(machine, insn->rd, value_or(regs[insn->rs], insn->constant));
		return;
	case MIPS_ADD:
		set_register(machine, insn->rd, value_sum(regs[insn->rs], regs[insn->rt]));
		return;
	case MIPS_SUBTRACT:
		set_register(machine, insn->rd, value_difference(regs[insn->rs], regs[insn->rt]));
		return;
	case MIPS_LOAD:
		set_register(machine, insn->rd,
			     value_at(value_add(regs[insn->rs], insn->constant)));
		return;
	case MIPS_STORE:
		store(machine, insn->rt, value_add(regs[insn->rs], insn->constant));
		return;
	case MIPS_SAVE:
		save(machine, insn);
		return;
	case MIPS_RESTORE:
		restore(machine, insn);
		return;
	case MIPS_JUMP_REGISTER:
		set_register(machine, MIPS_SP, value_add(regs[MIPS_SP], insn->constant));
		return;
	case MIPS_SYSCALL:
		forget(machine, call_clobbers & ~(UINT32_C(1) << MIPS_RA));
		return;
	case MIPS_OTHER:
	case MIPS_BRANCH:
	case MIPS_JUMP:
	case MIPS_CALL:
	case MIPS_TRAP:
	case MIPS_INVALID:
		forget(machine, insn->clobbers);
		return;
	}
}

void mips_machine_call(struct mips_machine *machine)
{
	forget(machine, call_clobbers);
}
