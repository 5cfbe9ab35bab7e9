// SPDX-License-Identifier: LGPL-2.1-or-later
// The rules a thread has met, by program counter: a table of fixed size, without locks.
#ifndef UNWIND_RULES_H
#define UNWIND_RULES_H

#include "unwind/rule.h"

#include <stddef.h>

enum {
	RULES_BITS = sizeof(uintptr_t) == 8 ? 12 : 10,
	RULES_WAYS = 4, // entries a program counter may be in
};

// Or'ed to the kind of a rule in the table that is like most, so that one look tells: RULE_FRAME or
// RULE_SCANNED, the CFA counted from a register, all words in whole slots below the CFA or in registers
// but the return address, which is in such a slot. Beside it is what such a rule does with frame pointers: rule_use.
enum { RULES_PLAIN = 0x80, RULES_MARKS = RULES_PLAIN | RULE_PASSES_FP | RULE_DROPS_FP };

struct rules_entry {
	uintptr_t pc; // 0: empty
	struct unwind_rule rule;
};

// All zero: empty.
struct rules {
	uint32_t n_added;
	_Alignas(64) struct rules_entry
		entries[1 << RULES_BITS]; // a bucket fills lines of the cache
};

static inline struct rules_entry *rules_bucket(struct rules *rules, uintptr_t pc)
{
	// Fibonacci hashing: the upper bits of the product depend on all bits of the address.
	uint32_t hash = (uint32_t)pc * UINT32_C(0x9e3779b1);
	return &rules->entries[(hash >> (32 - RULES_BITS)) & ~(uint32_t)(RULES_WAYS - 1)];
}

// NULL: not there. Valid until the next rules_add.
static inline const struct unwind_rule *rules_find(struct rules *rules, uintptr_t pc)
{
	const struct rules_entry *bucket = rules_bucket(rules, pc);
	for (unsigned i = 0; i < RULES_WAYS; i++) {
		if (bucket[i].pc == pc) {
			return &bucket[i].rule;
		}
	}
	return NULL;
}

// Adds a rule that is not there, which it marks if it is plain, in place of an older one if there is no room.
void rules_add(struct rules *rules, uintptr_t pc, struct unwind_rule *rule);

// Forgets all: code has been mapped or unmapped.
void rules_clear(struct rules *rules);

#endif
