// SPDX-License-Identifier: LGPL-2.1-or-later
// Following code from a return address: where a function ends, between the files that do it.
#ifndef UNWIND_SCAN_FORWARD_H
#define UNWIND_SCAN_FORWARD_H

#include "unwind/scan.h"
#include "unwind/scan_isa.h"
#include "unwind/scan_machine.h"

struct forward {
	const struct code_view *view;
	code_address pc; // where the scan began
	uint32_t limit;
	struct scan_work *work;
	struct unwind_rule *rule;
	uint32_t turn_end;
};

// A callee may pop what is not in sight: i386's do, of functions that return a structure. By the next
// call, or the end, sp has to be aligned again: what it lacks.
int32_t scan_forward_correction(const struct scan_machine *machine);

// Whether the function can end in this state: sp is back at the CFA, ra and fp are the caller's. Then the rule is filled in.
bool scan_forward_is_end(const struct forward *forward, const struct scan_machine *machine);

// The same at a jump out of the function: the return address is still there for the next one.
bool scan_forward_is_tail_end(const struct forward *forward, const struct scan_machine *machine);

#endif
