// SPDX-License-Identifier: LGPL-2.1-or-later
// Sums and loads of what the scanner knows of registers.
#include "unwind/scan_value.h"

// No frame is that large; sums beyond are nonsense and must not wrap into sense.
enum { NUMBER_MAX = 1 << 30 };

// A word loaded from the stack, or that less a slot, as the end of a function that aligns has it.
static struct scan_value add_slot(struct scan_value a, int64_t number, int64_t slot)
{
	switch ((enum scan_value_kind)a.kind) {
	case VALUE_AT_SP:
		return number == -slot ? (struct scan_value){ VALUE_UNDER_AT_SP, a.number }
				       : scan_value_any;
	case VALUE_AT_FP:
		return number == -slot ? (struct scan_value){ VALUE_UNDER_AT_FP, a.number }
				       : scan_value_any;
	case VALUE_UNDER_AT_SP:
		return number == slot ? (struct scan_value){ VALUE_AT_SP, a.number }
				      : scan_value_any;
	case VALUE_UNDER_AT_FP:
		return number == slot ? (struct scan_value){ VALUE_AT_FP, a.number }
				      : scan_value_any;
	case VALUE_ANY:
	case VALUE_LOADED:
	case VALUE_CONSTANT:
	case VALUE_SP:
	case VALUE_FP:
	case VALUE_RA:
	case VALUE_FP2:
	case VALUE_ALIGNED:
	case VALUE_UNFOLLOWED:
		break;
	}
	return scan_value_any;
}

struct scan_value scan_value_add(const struct scan_machine *machine, struct scan_value a,
				 int64_t number)
{
	int64_t sum;
	if (number == 0 || scan_value_is_unfollowed(a)) {
		return a;
	}
	if (a.kind <= VALUE_LOADED) {
		return scan_value_any;
	}
	sum = a.number + number;
	// lui gives constants beyond the limit, to be completed by ori, addiu or a subtraction.
	if (a.kind == VALUE_CONSTANT) {
		return (struct scan_value){ VALUE_CONSTANT, (int32_t)(uint32_t)(uint64_t)sum };
	}
	if (!scan_value_is_address(a) && a.kind != VALUE_ALIGNED) {
		return scan_is_ra_pushed(machine->isa) ? add_slot(a, number, machine->slot_size)
						       : scan_value_any;
	}
	bool holds = sum < NUMBER_MAX && sum > -NUMBER_MAX;
	return holds ? (struct scan_value){ a.kind, (int32_t)sum } : scan_value_any;
}

struct scan_value scan_value_sum(const struct scan_machine *machine, struct scan_value a,
				 struct scan_value b)
{
	if (scan_value_is(b, VALUE_CONSTANT, 0)) {
		return a;
	}
	if (scan_value_is(a, VALUE_CONSTANT, 0)) {
		return b;
	}
	if (b.kind == VALUE_CONSTANT) {
		return scan_value_add(machine, a, b.number);
	}
	if (a.kind == VALUE_CONSTANT) {
		return scan_value_add(machine, b, a.number);
	}
	return scan_value_is_unfollowed(a) ? a : scan_value_is_unfollowed(b) ? b : scan_value_any;
}

struct scan_value scan_value_difference(const struct scan_machine *machine, struct scan_value a,
					struct scan_value b)
{
	if (b.kind == VALUE_CONSTANT) {
		return scan_value_add(machine, a, -(int64_t)b.number);
	}
	return scan_value_is_unfollowed(b) ? b : scan_value_any;
}

struct scan_value scan_value_or(struct scan_value a, int32_t bits)
{
	if (a.kind != VALUE_CONSTANT) {
		return scan_value_is_unfollowed(a) ? a : scan_value_any;
	}
	return (struct scan_value){ VALUE_CONSTANT, a.number | bits };
}

struct scan_value scan_value_at(const struct scan_machine *machine, struct scan_value base,
				int64_t constant)
{
	if (scan_value_is_unfollowed(base)) {
		return base;
	}
	// No sum of anything else is an address.
	if (!scan_value_is_address(base)) {
		return (struct scan_value){ VALUE_LOADED, 0 };
	}
	struct scan_value address = scan_value_add(machine, base, constant);
	if (!scan_value_is_address(address)) {
		return (struct scan_value){ VALUE_LOADED, 0 };
	}
	if (scan_value_is(machine->kept_at, (enum scan_value_kind)address.kind, address.number)) {
		return machine->kept;
	}
	enum scan_value_kind kind = address.kind == VALUE_SP ? VALUE_AT_SP : VALUE_AT_FP;
	return (struct scan_value){ (uint8_t)kind, address.number };
}
