// SPDX-License-Identifier: LGPL-2.1-or-later
// What the scanner knows of the registers while it follows code: constants, and places of the stack.
#include "unwind/scan_machine.h"

#include "unwind/scan_value.h"

#include <string.h>

void scan_machine_at_return(struct scan_machine *machine, const struct code_view *view)
{
	const struct scan_isa *isa = view->isa;
	memset(machine, 0, sizeof(*machine));
	machine->isa = isa;
	machine->slot_size = view->slot_size;
	machine->regs[scan_zero(isa)] = scan_value_zero;
	machine->regs[scan_sp(isa)] = (struct scan_value){ VALUE_SP, 0 };
	machine->regs[isa->fp] = (struct scan_value){ VALUE_FP, 0 };
	if (scan_has_fp2(isa)) {
		machine->regs[isa->fp2] = (struct scan_value){ VALUE_FP2, 0 };
	}
}

void scan_machine_at_entry(struct scan_machine *machine, const struct code_view *view)
{
	scan_machine_at_return(machine, view);
	machine->is_from_entry = true;
	if (scan_is_ra_pushed(view->isa)) {
		machine->ra_slot = (struct scan_value){ VALUE_SP, -(int32_t)view->slot_size };
		machine->regs[scan_sp(view->isa)] = machine->ra_slot;
	} else {
		machine->regs[scan_ra(view->isa)] = (struct scan_value){ VALUE_RA, 0 };
	}
}

static bool is_followed(const struct scan_machine *machine, unsigned reg)
{
	const struct scan_isa *isa = machine->isa;
	return scan_light(machine) != LIGHT_FORWARD || reg == scan_sp(isa) || reg == isa->fp ||
	       reg == scan_ra(isa) || (scan_has_fp2(isa) && reg == isa->fp2);
}

void scan_machine_lighten(struct scan_machine *machine, enum scan_light light)
{
	const struct scan_isa *isa = machine->isa;
	struct scan_value sp = machine->regs[scan_sp(isa)], fp = machine->regs[isa->fp];
	struct scan_value ra = machine->regs[scan_ra(isa)], fp2 = machine->regs[isa->fp2];
	machine->light = (uint8_t)light;
	machine->is_too_light = machine->has_computed_place = machine->is_fp_in_doubt = false;
	machine->computed = 0;
	if (light != LIGHT_FORWARD) {
		return;
	}
	for (unsigned i = 0; i < SCAN_REGISTERS; i++) {
		machine->regs[i] = (struct scan_value){ VALUE_UNFOLLOWED, 0 };
	}
	machine->regs[isa->fp2] = fp2;
	machine->regs[scan_zero(isa)] = scan_value_zero;
	machine->regs[scan_sp(isa)] = sp;
	machine->regs[isa->fp] = fp;
	machine->regs[scan_ra(isa)] = ra;
}

// Whether the register may hold a number that was not followed.
static bool is_computed(const struct scan_machine *machine, unsigned reg)
{
	return SCAN_HAS_SIEVES && (machine->computed >> reg % 32 & 1) != 0;
}

static void set_register(struct scan_machine *machine, unsigned reg, struct scan_value value)
{
	if (reg == scan_zero(machine->isa)) {
		return;
	}
	if (!is_followed(machine, reg)) {
		return;
	}
	uint32_t bit = UINT32_C(1) << reg % 32;
	machine->regs[reg] = value;
	machine->live = value.kind > VALUE_LOADED ? machine->live | bit : machine->live & ~bit;
	machine->computed &= ~bit;
}

void scan_machine_enter(struct scan_machine *machine, const struct code_view *view)
{
	struct scan_machine before = *machine;
	scan_machine_at_entry(machine, view);
	for (unsigned i = 0; i < 32; i++) {
		if ((view->isa->call_clobbers >> i & 1) != 0 &&
		    before.regs[i].kind == VALUE_CONSTANT) {
			set_register(machine, i, before.regs[i]);
		}
	}
}

static void forget(struct scan_machine *machine, uint32_t clobbers)
{
	machine->computed &= ~clobbers;
	for (; clobbers != 0; clobbers &= clobbers - 1) {
		unsigned reg = (unsigned)__builtin_ctz(clobbers);
		if (reg != scan_zero(machine->isa) && is_followed(machine, reg)) {
			machine->regs[reg] = scan_value_any;
		}
	}
}

void scan_machine_pass(struct scan_machine *machine, const struct scan_dull *dull)
{
	if (scan_light(machine) == LIGHT_BODY) {
		forget(machine, dull->written & machine->live);
		machine->live &= ~dull->written;
		machine->computed = (machine->computed & ~dull->written) | dull->computed;
	}
	if (dull->has_called) {
		scan_machine_call(machine);
	}
}

uint32_t scan_machine_live(const struct scan_machine *machine)
{
	const struct scan_isa *isa = machine->isa;
	const uint8_t set_elsewhere[] = { scan_sp(isa), isa->fp, scan_ra(isa), isa->fp2 };
	uint32_t live = machine->live;
	for (unsigned i = 0; i < sizeof(set_elsewhere); i++) {
		bool is_live = machine->regs[set_elsewhere[i]].kind > VALUE_LOADED;
		live |= (uint32_t)is_live << set_elsewhere[i];
	}
	return live;
}

// Where ra may serve for anything once it is saved, it is saved once, by a push, which is of that instruction,
// or else at the top of the frame.
static bool is_ra_saved(const struct scan_machine *machine, struct scan_value address)
{
	if (!scan_is_ra_general(machine->isa)) {
		return true;
	}
	return machine->ra_slot.kind != VALUE_SP && (machine->is_push || address.number == -4);
}

// Whether sp is still below what was stored there: where return addresses are pushed, what is pushed
// again later is an argument.
static bool is_in_use(const struct scan_machine *machine, struct scan_value slot)
{
	struct scan_value sp = machine->regs[scan_sp(machine->isa)];
	return scan_is_ra_pushed(machine->isa) && slot.kind == VALUE_SP && sp.kind == VALUE_SP &&
	       slot.number >= sp.number;
}

static void store(struct scan_machine *machine, unsigned reg, struct scan_value base,
		  int32_t constant)
{
	struct scan_value value = machine->regs[reg], address;
	if (value.kind <= VALUE_LOADED || scan_value_is_unfollowed(value) ||
	    (base.kind <= VALUE_CONSTANT && !scan_is_ra_pushed(machine->isa))) {
		return; // nothing of the caller's, or nowhere on the stack
	}
	address = scan_value_add(machine, base, constant);
	if (reg == machine->isa->fp && scan_is_ra_pushed(machine->isa) &&
	    (value.kind == VALUE_AT_SP || value.kind == VALUE_AT_FP ||
	     scan_value_is(value, VALUE_FP, 0))) {
		machine->kept = value;
		machine->kept_at = address;
	}
	if (scan_is_ra_pushed(machine->isa) && address.kind == VALUE_ALIGNED &&
	    scan_value_is(value, VALUE_SP, 0) && machine->cfa_slot.kind == VALUE_ANY) {
		machine->cfa_slot = address;
	}
	// No function saves these outside its frame: constants are followed as if they were code.
	bool is_outside = machine->is_from_entry && address.number >= 0;
	if (address.kind != VALUE_SP || (is_outside && value.kind != VALUE_RA)) {
		return;
	}
	if (value.kind == VALUE_RA) {
		if (is_ra_saved(machine, address)) {
			machine->ra_slot = address;
		}
	} else if (value.kind == VALUE_FP2) {
		machine->fp2_slot = address;
	} else if (scan_value_is(value, VALUE_FP, 0) && !is_in_use(machine, machine->fp_slot)) {
		machine->fp_slot = address;
	}
}

static void save(struct scan_machine *machine, const struct scan_insn *insn)
{
	struct scan_value base = machine->regs[insn->rs];
	machine->is_push = insn->constant < 0 && insn->rs == scan_sp(machine->isa);
	if (insn->ra_at != SCAN_NOT_SAVED) {
		store(machine, scan_ra(machine->isa), base, insn->ra_at);
	}
	if (insn->fp_at != SCAN_NOT_SAVED) {
		store(machine, machine->isa->fp, base, insn->fp_at);
	}
	if (scan_has_fp2(machine->isa) && insn->fp2_at != SCAN_NOT_SAVED) {
		store(machine, machine->isa->fp2, base, insn->fp2_at);
	}
	set_register(machine, insn->rd, scan_value_add(machine, base, insn->constant));
	machine->is_push = false;
}

static void restore(struct scan_machine *machine, const struct scan_insn *insn)
{
	struct scan_value base = machine->regs[insn->rs];
	forget(machine, insn->clobbers);
	if (insn->ra_at != SCAN_NOT_SAVED) {
		set_register(machine, scan_ra(machine->isa),
			     scan_value_at(machine, base, insn->ra_at));
	}
	if (insn->fp_at != SCAN_NOT_SAVED) {
		set_register(machine, machine->isa->fp, scan_value_at(machine, base, insn->fp_at));
	}
	if (scan_has_fp2(machine->isa) && insn->fp2_at != SCAN_NOT_SAVED) {
		set_register(machine, machine->isa->fp2,
			     scan_value_at(machine, base, insn->fp2_at));
	}
	set_register(machine, insn->rd, scan_value_add(machine, base, insn->constant));
}

static void push(struct scan_machine *machine, unsigned reg, int32_t constant)
{
	unsigned sp = scan_sp(machine->isa);
	store(machine, reg, machine->regs[sp], constant);
	set_register(machine, sp, scan_value_add(machine, machine->regs[sp], constant));
}

static void pop(struct scan_machine *machine, unsigned reg, int32_t constant)
{
	unsigned sp = scan_sp(machine->isa);
	struct scan_value address = machine->regs[sp];
	set_register(machine, sp, scan_value_add(machine, address, constant));
	set_register(machine, reg, scan_value_at(machine, address, 0));
}

static void enter(struct scan_machine *machine, int32_t constant)
{
	unsigned sp = scan_sp(machine->isa), fp = machine->isa->fp;
	push(machine, fp, -(int32_t)machine->slot_size);
	set_register(machine, fp, machine->regs[sp]);
	set_register(machine, sp, scan_value_add(machine, machine->regs[sp], -(int64_t)constant));
}

// What was a place of the stack is one at an unknown distance, whichever it was.
static void align(struct scan_machine *machine, unsigned reg)
{
	bool is_place = reg == scan_sp(machine->isa) && scan_value_is_address(machine->regs[reg]);
	set_register(machine, reg,
		     is_place ? (struct scan_value){ VALUE_ALIGNED, 0 } : scan_value_any);
}

// Sets a register to what is a number or a place that was not followed, if `is_number`.
static void set_computed(struct scan_machine *machine, unsigned reg, struct scan_value value,
			 bool is_number, bool is_copy_of_unknown)
{
	if (!SCAN_HAS_SIEVES) {
		set_register(machine, reg, value);
		return;
	}
	const struct scan_isa *isa = machine->isa;
	// What was loaded is not followed either, and to sp it makes a difference.
	machine->is_too_light |= scan_light(machine) == LIGHT_BODY && reg == scan_sp(isa) &&
				 (is_number || is_copy_of_unknown);
	machine->is_fp_in_doubt |= is_number && reg == isa->fp && machine->has_computed_place;
	set_register(machine, reg, value);
	machine->computed |= (uint32_t)is_number << reg % 32;
}

static bool is_copy_of_unknown(const struct scan_machine *machine, const struct scan_insn *insn)
{
	struct scan_value a = machine->regs[insn->rs], b = machine->regs[insn->rt];
	return (a.kind <= VALUE_LOADED && scan_value_is(b, VALUE_CONSTANT, 0)) ||
	       (b.kind <= VALUE_LOADED && scan_value_is(a, VALUE_CONSTANT, 0));
}

// Executes a sum, of which dull instructions may have computed a part that was a number.
static void set_sum(struct scan_machine *machine, const struct scan_insn *insn,
		    struct scan_value value)
{
	bool is_a = is_computed(machine, insn->rs), is_b = is_computed(machine, insn->rt);
	struct scan_value other = machine->regs[is_a ? insn->rt : insn->rs];
	bool is_number = (is_a && is_b) || ((is_a || is_b) && other.kind == VALUE_CONSTANT);
	bool is_place = is_a != is_b && other.kind > VALUE_CONSTANT;
	machine->has_computed_place |= is_place;
	set_computed(machine, insn->rd, value, is_number || is_place,
		     is_copy_of_unknown(machine, insn));
}

static bool is_of_caller(struct scan_value value)
{
	return value.kind == VALUE_RA || value.kind == VALUE_FP2 ||
	       scan_value_is(value, VALUE_FP, 0);
}

static void execute(struct scan_machine *machine, const struct scan_insn *insn)
{
	const struct scan_value *regs = machine->regs;
	switch ((enum scan_op)insn->op) {
	case SCAN_ADD_CONSTANT:
		set_computed(machine, insn->rd,
			     scan_value_add(machine, regs[insn->rs], insn->constant),
			     is_computed(machine, insn->rs),
			     insn->constant == 0 && regs[insn->rs].kind <= VALUE_LOADED);
		return;
	case SCAN_OR_CONSTANT:
		set_computed(machine, insn->rd, scan_value_or(regs[insn->rs], insn->constant),
			     is_computed(machine, insn->rs), false);
		return;
	case SCAN_ADD:
		set_sum(machine, insn, scan_value_sum(machine, regs[insn->rs], regs[insn->rt]));
		return;
	case SCAN_SUBTRACT:
		set_sum(machine, insn,
			scan_value_difference(machine, regs[insn->rs], regs[insn->rt]));
		return;
	case SCAN_LOAD:
		set_register(machine, insn->rd,
			     scan_value_at(machine, regs[insn->rs], insn->constant));
		return;
	case SCAN_STORE:
		machine->is_too_light |= machine->has_computed_place &&
					 is_computed(machine, insn->rs) &&
					 is_of_caller(regs[insn->rt]);
		store(machine, insn->rt, regs[insn->rs], insn->constant);
		return;
	case SCAN_SAVE:
		save(machine, insn);
		return;
	case SCAN_RESTORE:
	case SCAN_RETURN:
		restore(machine, insn);
		return;
	case SCAN_PUSH:
		if (scan_is_ra_pushed(machine->isa)) {
			push(machine, insn->rt, insn->constant);
		}
		return;
	case SCAN_POP:
		if (scan_is_ra_pushed(machine->isa)) {
			pop(machine, insn->rd, insn->constant);
		}
		return;
	case SCAN_ENTER:
		if (scan_is_ra_pushed(machine->isa)) {
			enter(machine, insn->constant);
		}
		return;
	case SCAN_ALIGN:
		if (scan_is_ra_pushed(machine->isa)) {
			align(machine, insn->rd);
		}
		return;
	case SCAN_CONDITION:
		machine->n_conditional = (uint8_t)insn->constant;
		return;
	case SCAN_SYSCALL:
		forget(machine, machine->isa->call_clobbers);
		return;
	case SCAN_OTHER:
	case SCAN_BRANCH:
	case SCAN_JUMP:
	case SCAN_JUMP_REGISTER:
	case SCAN_CALL:
	case SCAN_TRAP:
	case SCAN_INVALID:
		forget(machine, insn->clobbers);
		return;
	}
}

void scan_machine_decode(struct scan_machine *machine, const struct code_view *view,
			 code_address pc, struct scan_insn *insn)
{
	scan_decode(view, pc, insn);
	if (scan_has_conditions(machine->isa) && machine->n_conditional > 0) {
		machine->n_conditional--;
		insn->is_conditional = true;
		insn->op = insn->op == SCAN_JUMP ? SCAN_BRANCH : insn->op;
	}
}

void scan_machine_execute(struct scan_machine *machine, const struct scan_insn *insn)
{
	struct scan_value before[SCAN_REGISTERS];
	if (!scan_has_conditions(machine->isa) || !insn->is_conditional) {
		execute(machine, insn);
		return;
	}
	memcpy(before, machine->regs, sizeof(before));
	execute(machine, insn);
	for (unsigned i = 0; i < SCAN_REGISTERS; i++) {
		struct scan_value was = before[i];
		if (!scan_value_is(machine->regs[i], (enum scan_value_kind)was.kind, was.number)) {
			machine->regs[i] = scan_value_is_unfollowed(machine->regs[i])
						   ? machine->regs[i]
						   : scan_value_any;
		}
	}
}

void scan_machine_call(struct scan_machine *machine)
{
	forget(machine, machine->isa->call_clobbers & machine->live);
	machine->live &= ~machine->isa->call_clobbers;
	if (!scan_is_ra_pushed(machine->isa)) {
		set_register(machine, scan_ra(machine->isa), scan_value_any);
	}
}

void scan_rule_fp2(const struct scan_isa *isa, bool is_saved, int32_t offset,
		   struct unwind_rule *rule)
{
	bool fits = offset == (int16_t)offset;
	rule->fp2 = (int16_t)(!is_saved ? RULE_FP2_IN_REGISTER : fits ? offset : RULE_FP2_LOST);
	if (!isa->is_fp2_of_rules) {
		return;
	}
	struct unwind_rule swapped = *rule;
	swapped.base = rule->base == RULE_FP ? RULE_FP2 : rule->base;
	swapped.fp_place = rule->fp2 != 0 ? RULE_AT_CFA : RULE_IN_REGISTER;
	swapped.fp = rule->fp2;
	swapped.fp2 = (int16_t)rule->fp;
	*rule = swapped;
}
