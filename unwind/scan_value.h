// SPDX-License-Identifier: LGPL-2.1-or-later
// Sums and loads of what the scanner knows of registers.
#ifndef UNWIND_SCAN_VALUE_H
#define UNWIND_SCAN_VALUE_H

#include "unwind/scan_machine.h"

static const struct scan_value scan_value_any = { VALUE_ANY, 0 };
static const struct scan_value scan_value_zero = { VALUE_CONSTANT, 0 };

// Of a place of the stack, at a known distance.
static inline bool scan_value_is_address(struct scan_value value)
{
	return value.kind == VALUE_SP || value.kind == VALUE_FP;
}

struct scan_value scan_value_add(const struct scan_machine *machine, struct scan_value a,
				 int64_t number);

// Moves keep whatever value there is; sums need a constant and something to count from.
struct scan_value scan_value_sum(const struct scan_machine *machine, struct scan_value a,
				 struct scan_value b);

struct scan_value scan_value_difference(const struct scan_machine *machine, struct scan_value a,
					struct scan_value b);

struct scan_value scan_value_or(struct scan_value a, int32_t bits);

// The word at base + constant.
struct scan_value scan_value_at(const struct scan_machine *machine, struct scan_value base,
				int64_t constant);

#endif
