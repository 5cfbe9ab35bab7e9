// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether a function of another module returns, told by what compilers put behind its calls.
//
// Behind a call that never returns comes anything: padding, another function, a landing pad. Behind
// one that returns its result is tested, its arguments are popped, or the caller ends.
#include "unwind/scan_callee.h"

enum {
	LASTS_MIN = 2,
	RETURNS_MIN = 2,
	AROUND = 1 << 14, // bytes on either side that are searched
	CALL_OPCODE = 0xe8,
	CALL_SIZE = 5,
	COST = 16, // bytes searched in the time of an instruction visited
};

int scan_call_evidence(const struct code_view *view, code_address pc)
{
	const struct scan_isa *isa = view->isa;
	struct scan_insn insn;
	scan_decode(view, pc, &insn);
	if (insn.is_padding || insn.is_landing || insn.op == SCAN_INVALID || insn.op == SCAN_TRAP) {
		return -1;
	}
	if (insn.op == SCAN_JUMP) { // a landing pad may be one jump
		return 1;
	}
	if (insn.op == SCAN_RETURN || insn.op == SCAN_RESTORE || insn.op == SCAN_POP ||
	    insn.tests_result) {
		return 2;
	}
	return 2 * (insn.op == SCAN_ADD_CONSTANT && insn.rd == scan_sp(isa) &&
		    insn.rs == scan_sp(isa) && insn.constant > 0);
}

enum scan_callee_end scan_calls_end(const struct code_view *view, code_address pc,
				    code_address target, uint32_t *n_visited)
{
	code_address at = pc - view->address;
	code_address from = at > AROUND ? at - AROUND : 0;
	code_address to = at < view->size ? at + AROUND : view->size;
	int n_returns = 0, n_jumps = 0, n_lasts = 0, n_all = 0;
	to = to > view->size ? view->size : to;
	for (code_address i = from; i + CALL_SIZE <= to; i++) {
		uint32_t distance;
		code_address next = view->address + i + CALL_SIZE;
		if (view->bytes[i] != CALL_OPCODE || !code_read32(view, next - 4, &distance) ||
		    (uint32_t)next + distance != (uint32_t)target) {
			continue;
		}
		int told = scan_call_evidence(view, next);
		n_all++;
		n_returns += told > 1;
		n_jumps += told == 1;
		n_lasts += told < 0;
	}
	*n_visited += (uint32_t)((to - from) / COST);
	if (n_lasts >= LASTS_MIN && n_lasts > 2 * (n_returns + n_jumps) && 4 * n_lasts >= n_all) {
		return CALLEE_NEVER_RETURNS;
	}
	if (n_returns >= RETURNS_MIN && n_returns > n_lasts && 8 * n_returns >= n_all) {
		return CALLEE_RETURNS;
	}
	return CALLEE_MAY_RETURN;
}
