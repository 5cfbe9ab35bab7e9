// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as MIPS code: the scanner ends, within its bound, inside its view, with a rule that can be.
//
// Input: flags (instruction set, byte order, slots, entries), the return address in units of two
// bytes, the code.
#include "unwind/scan_mips.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HEADER = 3, VISITED_MAX = 140000 };

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_rule(const struct code_view *view, const struct unwind_rule *rule)
{
	require(rule->kind <= RULE_OUTERMOST);
	if (rule->kind != RULE_FRAME) {
		return;
	}
	require(rule->base == RULE_SP || rule->base == RULE_FP);
	require(rule->ra_place == RULE_AT_CFA);
	require(rule->ra <= -(int)view->slot_size && rule->ra >= -160);
	require(rule->ra % (int)view->slot_size == 0);
	require(rule->cfa >= 0 || rule->base == RULE_FP);
	require(rule->fp_place == RULE_AT_CFA || rule->fp == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct scan_mips_work work; // kept between inputs, as a thread keeps it
	static const uint32_t entries[] = { 0, 64, 200, 1000 };
	struct unwind_rule rule;
	if (size < HEADER) {
		return 0;
	}
	struct code_view view = {
		.bytes = data + HEADER,
		.size = size - HEADER,
		.address = 0x400000,
		.is_big_endian = (data[0] & 4) != 0,
		.slot_size = (data[0] & 8) != 0 ? 8 : 4,
		.isa = (enum code_isa)(data[0] & 3),
		.entries = entries,
		.n_entries = data[0] >> 4 & 3,
	};
	uint64_t pc = view.address + 2 * ((uint64_t)data[1] | (uint64_t)data[2] << 8);
	for (int i = 0; i < 2; i++) { // the second time with what the first one remembered
		scan_mips(&view, pc & ~(uint64_t)(mips_step(&view) - 1), &work, &rule);
		require(work.n_visited <= VISITED_MAX);
		check_rule(&view, &rule);
	}
	return 0;
}
