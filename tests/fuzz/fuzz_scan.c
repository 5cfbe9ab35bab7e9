// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as code, and where return addresses are pushed as words of the stack: the scanner ends, within
// its bound, inside its view, with a rule that can be, for a return address and for an interrupted
// instruction.
//
// Input: instruction set, flags (byte order, slots, entries), the return address in units of the
// instruction set's step (two bytes of input), the code.
#include "unwind/scan.h"
#include "unwind/scan_aarch64.h"
#include "unwind/scan_arm.h"
#include "unwind/scan_mips.h"
#include "unwind/scan_riscv.h"
#include "unwind/scan_x86.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Twice the limit, for what is done again because doing it lightly was not enough.
enum { HEADER = 4, VISITED_MAX = 2 * 140000, EXACT_MAX = 22000, CALLERS_MAX = 8 * 2 * 4000 };
enum { WORDS = 24 }; // of the stack

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

// `is_exact`: at an interrupted instruction, where ra may be in its register.
static void check_rule(const struct code_view *view, const struct unwind_rule *rule, bool is_exact)
{
	require(rule->kind <= RULE_OUTERMOST);
	if (rule->kind != RULE_FRAME) {
		return;
	}
	bool is_aligning = view->isa->is_ra_pushed && rule->base == RULE_WORD_AT_FP;
	bool is_by_fp = rule->base == (view->isa->is_fp2_of_rules ? RULE_FP2 : RULE_FP);
	require(rule->base == RULE_SP || is_by_fp || is_aligning);
	require(view->isa->fp2 != 0 || rule->fp2 == RULE_FP2_IN_REGISTER);
	if (is_exact && rule->ra_place == RULE_IN_REGISTER) {
		require(!view->isa->is_ra_pushed && rule->ra == 0);
	} else {
		require(rule->ra_place == RULE_AT_CFA);
		require(scan_is_ra_offset(view, rule->ra));
	}
	require(rule->cfa >= 0 || rule->base != RULE_SP);
	require(rule->fp_place != RULE_IN_REGISTER || rule->fp == 0);
	require(rule->fp_place != RULE_AT_FP || is_aligning);
}

// The first bytes of the code, two for a word, are addresses on the stack too, behind calls if the input
// wants it so.
static void check_callers(const struct code_view *view, uint64_t pc, struct scan_work *work)
{
	scan_word words[WORDS];
	struct scan_stack stack = { .sp = 0x7fff0000, .words = words };
	struct unwind_rule rule;

	for (; stack.n_words < WORDS && 2 * stack.n_words + 1 < view->size; stack.n_words++) {
		const uint8_t *at = view->bytes + 2 * stack.n_words;

		words[stack.n_words] =
			(scan_word)view->address + (scan_word)at[0] + ((scan_word)at[1] << 8);
	}
	stack.fp = stack.sp + (stack.n_words > 0 ? words[0] % 512 : 0);
	work->n_visited = 0;
	if (scan_callers(view, pc, &stack, work, &rule)) {
		check_rule(view, &rule, false);
		require(scan_holds_return(view, &stack));
	}
	require(work->n_visited <= CALLERS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct scan_isa *const isas[] = {
		&scan_mips,   &scan_mips_r6, &scan_mips16, &scan_micromips, &scan_aarch64,
		&scan_x86_64, &scan_i386,    &scan_arm,    &scan_thumb,     &scan_riscv,
	};
	// Kept between inputs, as a thread keeps it; no thread runs code of two machines.
	static struct scan_work works[sizeof(isas) / sizeof(isas[0])];
	static const uint32_t entries[] = { 0, 64, 200, 1000 };
	struct unwind_rule rule;
	if (size < HEADER) {
		return 0;
	}
	size_t i_isa = data[0] % (sizeof(isas) / sizeof(isas[0]));
	struct scan_work *work = &works[i_isa];
	struct code_view view = {
		.bytes = data + HEADER,
		.size = size - HEADER,
		.address = 0x400000,
		.is_big_endian = (data[1] & 1) != 0,
		.slot_size = (data[1] & 2) != 0 ? 8 : 4,
		.isa = isas[i_isa],
		.entries = entries,
		.n_entries = data[1] >> 2 & 3,
	};
	// Code of some machines has slots of one size.
	if (view.isa == &scan_aarch64 || view.isa == &scan_x86_64) {
		view.slot_size = 8;
	} else if (view.isa == &scan_i386 || view.isa->is_ra_general) {
		view.slot_size = 4;
	}
	uint64_t pc = view.address + view.isa->step * ((uint64_t)data[2] | (uint64_t)data[3] << 8);
	for (int i = 0; i < 2; i++) { // the second time with what the first one remembered
		scan_rule(&view, pc, work, &rule);
		require(work->n_visited <= VISITED_MAX);
		check_rule(&view, &rule, false);
		scan_interrupted(&view, pc, work, &rule);
		require(work->n_visited <= VISITED_MAX + EXACT_MAX);
		check_rule(&view, &rule, true);
		if (view.isa->is_behind_call != NULL) {
			check_callers(&view, pc, work);
		}
	}
	scan_is_uncalled(&view, pc);
	return 0;
}
