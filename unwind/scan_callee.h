// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a function returns, for code in which calls push the return address.
#ifndef UNWIND_SCAN_CALLEE_H
#define UNWIND_SCAN_CALLEE_H

#include "unwind/scan_machine.h"

// Code that was made for a processor whose calls push has many of them to know at once; others have none.
#if defined(__x86_64__) || defined(__i386__)
enum { SCAN_CALLEES_BITS = 11 };
#else
enum { SCAN_CALLEES_BITS = 7 };
#endif

enum scan_callee_end {
	CALLEE_NEVER_RETURNS,
	CALLEE_MAY_RETURN, // it leaves by a jump to who knows where, or is long
	CALLEE_RETURNS,
};

struct scan_callee {
	code_address target; // the function; 0: none
	uint8_t end;         // enum scan_callee_end
	bool is_stub;        // a jump to another module's, of which nothing is told
	uint16_t popped;     // bytes of arguments, if CALLEE_RETURNS
};

// What is known so far; all zero: nothing.
struct scan_callees {
	struct scan_callee list[1 << SCAN_CALLEES_BITS];
};

// How the function at `target`, called at about `pc`, ends. Adds the instructions visited to
// `*n_visited`. Valid until the next call.
const struct scan_callee *scan_callee_at(const struct code_view *view, code_address pc,
					 code_address target, struct scan_callees *callees,
					 uint32_t *n_visited);

// Whether a jump into another module is all there is at `target`.
bool scan_is_stub(const struct code_view *view, code_address target);

// What the code at `pc`, behind a call, tells. Above 0: the call returns, 2: for sure; below: it does not;
// 0: nothing.
int scan_call_evidence(const struct code_view *view, code_address pc);

// What follows the calls of `target` around `pc` tells of the function.
enum scan_callee_end scan_calls_end(const struct code_view *view, code_address pc,
				    code_address target, uint32_t *n_visited);

#endif
