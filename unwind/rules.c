// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules a thread has met, by program counter: a table of fixed size, without locks.
#include "unwind/rules.h"

#include <string.h>

#include "unwind/arch.h"

// A word so far from the CFA lies below it, aligned as the CFA is.
static bool is_below(int32_t offset)
{
	const int32_t size = sizeof(uintptr_t), at = offset + ARCH_SLOT_SKEW;

	return offset > INT16_MIN && at <= -size && at % size == 0;
}

static bool is_plain(const struct unwind_rule *rule)
{
	return (rule->kind == RULE_FRAME || rule->kind == RULE_SCANNED) &&
	       rule->base != RULE_WORD_AT_FP && rule->ra_place == RULE_AT_CFA &&
	       is_below(rule->ra) && rule->fp_place != RULE_AT_FP &&
	       (rule->fp_place == RULE_IN_REGISTER || is_below(rule->fp)) &&
	       (rule->fp2 == RULE_FP2_IN_REGISTER || rule->fp2 == RULE_FP2_LOST ||
		is_below(rule->fp2));
}

// Of a plain rule.
static enum rule_use use_of(const struct unwind_rule *rule)
{
	if (rule->base != RULE_SP)
		return RULE_NEEDS_FP;
	return rule->fp_place == RULE_IN_REGISTER ? RULE_PASSES_FP : RULE_DROPS_FP;
}

void rules_add(struct rules *rules, uintptr_t pc, struct unwind_rule *rule)
{
	struct rules_entry *bucket = rules_bucket(rules, pc);
	unsigned i = 0;
	while (i < RULES_WAYS && bucket[i].pc != 0) {
		i++;
	}
	if (i == RULES_WAYS) {
		i = rules->n_added % RULES_WAYS;
	}
	rules->n_added++;
	if (is_plain(rule))
		rule->kind |= (uint8_t)(RULES_PLAIN | use_of(rule));
	bucket[i] = (struct rules_entry){ pc, *rule };
}

void rules_clear(struct rules *rules)
{
	// Untouched pages stay untouched.
	if (rules->n_added != 0) {
		memset(rules, 0, sizeof(*rules));
	}
}
