// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a function returns, for code in which calls push the return address.
#ifndef UNWIND_SCAN_CALLEE_H
#define UNWIND_SCAN_CALLEE_H

#include "unwind/scan_machine.h"

enum { SCAN_CALLEES_BITS = 7 };

struct scan_callee {
	uint64_t target; // the function; 0: none
	bool returns;
};

// What is known so far; all zero: nothing.
struct scan_callees {
	struct scan_callee list[1 << SCAN_CALLEES_BITS];
};

// Whether the function at `target` may return. Adds the instructions visited to `*n_visited`.
bool scan_callee_returns(const struct code_view *view, uint64_t target,
			 struct scan_callees *callees, uint32_t *n_visited);

#endif
