// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the frame of a function by the call that it is to return to.
//
// Code that is reached from nowhere in sight, as a landing pad in a function's cold part, does not tell
// its frame. On the stack the return address lies at the frame's end, and the call before it names the
// function. What else looks like a return address was left behind by functions that have returned: their
// frames do not end there, seen from this frame's sp.
#include "unwind/scan_linear.h"

enum {
	CALLERS_MAX = 8, // functions looked at
	LIMIT_CALLER = 4000,
	LIMIT_TAIL = 64,      // instructions of a function in which a jump out of it is looked for
	WITHIN_MAX = 1 << 16, // bytes of a function
};

// Whether the frame of `rule` ends behind the word numbered `i`.
static bool ends_at(const struct code_view *view, const struct scan_stack *stack, size_t i,
		    const struct unwind_rule *rule)
{
	code_address end = stack->sp + (i + 1) * view->slot_size;
	code_address base = rule->base == RULE_SP ? stack->sp : stack->fp;
	return rule->kind == RULE_FRAME && rule->base != RULE_WORD_AT_FP &&
	       base + (code_address)(int64_t)rule->cfa == end;
}

static bool is_frame_of(const struct code_view *view, code_address pc, code_address target,
			const struct scan_stack *stack, size_t i, struct scan_work *work,
			struct unwind_rule *rule)
{
	uint32_t before = work->n_visited;
	if (target < pc && pc - target < WITHIN_MAX &&
	    scan_linear_from(view, target, false, pc, before + LIMIT_CALLER, work, rule) ==
		    SCAN_FOUND &&
	    ends_at(view, stack, i, rule)) {
		return true;
	}
	before = work->n_visited;
	return scan_linear_body(view, target, before + LIMIT_CALLER, work, rule) &&
	       ends_at(view, stack, i, rule);
}

// The same of the functions that the called one jumps to as its last deed.
static bool is_frame_of_tail(const struct code_view *view, code_address pc, code_address target,
			     const struct scan_stack *stack, size_t i, struct scan_work *work,
			     struct unwind_rule *rule)
{
	enum { TAILS_MAX = 2 };
	unsigned n_tails = 0;
	code_address at = target;
	struct scan_insn insn;
	for (unsigned n = 0; n < LIMIT_TAIL && n_tails < TAILS_MAX; n++, at += insn.size) {
		scan_decode(view, at, &insn);
		if (insn.op == SCAN_INVALID) {
			return false;
		}
		bool is_within = insn.target - target <= at - target;
		if (insn.op != SCAN_JUMP || is_within || insn.target >= pc) {
			continue;
		}
		n_tails++;
		if (is_frame_of(view, pc, insn.target, stack, i, work, rule)) {
			return true;
		}
	}
	return false;
}

// Words of other functions' frames, which they may not want to be read.
static __attribute__((no_sanitize("address"))) code_address word_at(const struct scan_stack *stack,
								    size_t i)
{
	return stack->words[i];
}

bool scan_callers(const struct code_view *view, code_address pc, const struct scan_stack *stack,
		  struct scan_work *work, struct unwind_rule *rule)
{
	unsigned n_tried = 0;
	for (size_t i = 0; i < stack->n_words && n_tried < CALLERS_MAX; i++) {
		code_address word = word_at(stack, i), target;
		struct unwind_rule found;
		if (word - view->address > view->size ||
		    !view->isa->is_behind_call(view, word, &target) ||
		    target - view->address >= view->size || scan_is_stub(view, target)) {
			continue;
		}
		n_tried++;
		if (is_frame_of(view, pc, target, stack, i, work, &found) ||
		    is_frame_of_tail(view, pc, target, stack, i, work, &found)) {
			*rule = found;
			return true;
		}
	}
	return false;
}

bool scan_holds_return(const struct code_view *view, const struct scan_stack *stack)
{
	for (size_t i = 0; i < stack->n_words; i++) {
		code_address word = word_at(stack, i), target;
		if (word - view->address <= view->size &&
		    view->isa->is_behind_call(view, word, &target)) {
			return true;
		}
	}
	return false;
}
