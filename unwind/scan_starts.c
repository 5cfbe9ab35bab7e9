// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds where the function of a call begins, in code that cannot be read backward.
//
// Where instructions begin is learnt by reading on from some place before; they fall into step soon.
// Functions begin behind code that does not go on. Every such place is tried, the nearest first.
#include "unwind/scan_linear.h"

enum {
	STARTS_MAX = 64, // of those in a window, the nearest
	WINDOW_FIRST = 512,
	WINDOW_LAST = 1 << 15,
};

struct search {
	const struct code_view *view;
	code_address to;
	uint32_t limit;
	struct scan_work *work;
	code_address before; // far: only starts before that, and aligned as functions are; 0: all
};

// Where functions may begin, in rising order; only the last ones are kept.
struct starts {
	code_address list[STARTS_MAX];
	bool are_padded[STARTS_MAX];
	uint32_t n;
};

// Whether the jump is one of those into other modules: to what is in memory at a place that is constant or,
// in 32-bit code, counted from a register.
static bool is_through_table(const struct code_view *view, const struct scan_insn *insn)
{
	enum { SIZE = 6 };
	bool is_based = view->slot_size == 4 && insn->address_registers != 0;
	return insn->op == SCAN_JUMP_REGISTER && insn->size == SIZE &&
	       (insn->rs == scan_zero(view->isa) || is_based);
}

// Whether the instruction is no function's first one: it reads memory by a register that has no value there.
static bool reads_undefined(const struct scan_isa *isa, const struct scan_insn *insn)
{
	return (insn->address_registers & isa->call_keeps) != 0;
}

// Reads from `pc` on. False: the call is not an instruction then.
static bool find_starts(const struct search *search, code_address pc, struct starts *starts)
{
	const struct code_view *view = search->view;
	struct scan_insn insn;
	bool is_behind_end = pc == view->address, is_behind_call = false, is_padded = false;
	bool is_behind_stub = false; // of a table of jumps into other modules, which is padded too
	starts->n = 0;
	for (; pc < search->to; pc += insn.size) {
		scan_decode(view, pc, &insn);
		search->work->n_visited++;
		if (insn.is_padding) {
			is_padded = !is_behind_stub;
			continue;
		}
		bool is_start = is_behind_end ||
				(is_behind_call &&
				 (pc % 16 == 0 || is_padded || scan_is_first(view->isa, &insn)));
		bool is_left_out = search->before != 0 && (pc >= search->before || pc % 16 != 0);
		if (is_start && !is_left_out && !reads_undefined(view->isa, &insn)) {
			starts->are_padded[starts->n % STARTS_MAX] = is_padded && pc % 16 == 0;
			starts->list[starts->n++ % STARTS_MAX] = pc;
		}
		is_padded = false;
		is_behind_end = insn.op == SCAN_JUMP || insn.op == SCAN_JUMP_REGISTER ||
				insn.op == SCAN_RETURN || insn.op == SCAN_TRAP;
		is_behind_call = insn.op == SCAN_CALL;
		is_behind_stub = insn.op == SCAN_JUMP_REGISTER && is_through_table(view, &insn);
	}
	return pc == search->to;
}

static enum scan_end try_window(const struct search *search, code_address from, code_address to,
				struct unwind_rule *rule)
{
	enum { SHIFTS = 3 }; // other places to begin reading
	struct starts starts;
	unsigned i = 0;
	while (!find_starts(search, from + i, &starts)) {
		if (++i == SHIFTS || from == search->view->address) {
			return SCAN_NOTHING;
		}
	}
	uint32_t oldest = starts.n > STARTS_MAX ? starts.n - STARTS_MAX : 0;
	for (uint32_t k = starts.n; k > oldest; k--) {
		code_address start = starts.list[(k - 1) % STARTS_MAX];
		if (start >= to) {
			continue; // tried before
		}
		bool is_padded = starts.are_padded[(k - 1) % STARTS_MAX];
		enum scan_end end = scan_linear_from(search->view, start, is_padded, search->to,
						     search->limit, search->work, rule);
		if (end != SCAN_NOTHING) {
			return end;
		}
	}
	return SCAN_NOTHING;
}

bool scan_has_padding(const struct code_view *view, code_address pc, struct scan_work *work)
{
	enum { BEFORE = 2048 };
	code_address before = pc - view->address;
	bool is_stub = false; // of a table of jumps into other modules, which is padded
	struct scan_insn insn;
	for (code_address at = pc - (before < BEFORE ? before : BEFORE); at < pc; at += insn.size) {
		scan_decode(view, at, &insn);
		work->n_visited++;
		if (insn.is_padding && !is_stub && (at + insn.size) % 8 == 0) {
			return true;
		}
		is_stub = insn.op == SCAN_JUMP_REGISTER || (is_stub && insn.is_padding);
	}
	return false;
}

enum scan_end scan_linear(const struct code_view *view, code_address pc, uint32_t limit,
			  struct scan_work *work, struct unwind_rule *rule)
{
	const struct search search = { view, pc, limit, work, 0 };
	code_address before = pc - view->address, tried = pc;
	struct unwind_rule found;
	enum scan_end end = SCAN_NOTHING;
	for (code_address window = WINDOW_FIRST; window <= WINDOW_LAST; window *= 4) {
		code_address from = pc - (window < before ? window : before);
		end = try_window(&search, from, tried, &found);
		if (end != SCAN_NOTHING || window >= before || work->n_visited >= limit) {
			break;
		}
		tried = from + 64; // what is read before that may be out of step
	}
	if (end == SCAN_FOUND) {
		*rule = found;
	}
	return end;
}

enum scan_end scan_linear_far(const struct code_view *view, code_address pc, uint32_t limit,
			      struct scan_work *work, struct unwind_rule *rule)
{
	struct search search = { view, pc, work->n_visited + limit, work, pc };
	code_address at = pc - view->address;
	code_address from = pc - (at < WINDOW_LAST ? at : WINDOW_LAST);
	struct starts starts;
	do {
		if (!find_starts(&search, from, &starts)) {
			return SCAN_NOTHING;
		}
		uint32_t oldest = starts.n > STARTS_MAX ? starts.n - STARTS_MAX : 0;
		for (uint32_t k = starts.n; k > oldest; k--) {
			uint32_t i = (k - 1) % STARTS_MAX;
			struct unwind_rule found;
			search.before = starts.list[i];
			enum scan_end end =
				scan_linear_from(view, starts.list[i], starts.are_padded[i], pc,
						 search.limit, work, &found);
			if (end == SCAN_FOUND && work->is_crossed) {
				*rule = found;
			}
			if (end == SCAN_LIMIT || (end == SCAN_FOUND && work->is_crossed)) {
				return end;
			}
		}
	} while (starts.n > STARTS_MAX);
	return SCAN_NOTHING;
}
