// SPDX-License-Identifier: LGPL-2.1-or-later
// Rules from ARM's exception tables: the bytes of .ARM.exidx and .ARM.extab.
#ifndef UNWIND_EXIDX_H
#define UNWIND_EXIDX_H

#include "unwind/rule.h"

#include <stddef.h>

// Borrowed bytes at an address of the module.
struct exidx_part {
	const uint8_t *bytes;
	size_t size;
	uint64_t address; // of bytes[0]
};

struct exidx_table {
	struct exidx_part index;   // .ARM.exidx, all of it
	struct exidx_part entries; // what holds .ARM.extab; more than that does no harm
	bool is_big_endian;
};

// The rule of the function that `address` lies in. False: the index has no entry for it, the entry says
// that it cannot be unwound, or is damaged. RULE_BEYOND: the entry says what a rule cannot. The tables
// describe a function between its prologue and its epilogues, where its calls are, and nothing else.
// In these rules fp is r11, and fp2 is r7. Reads nothing outside the two parts.
bool exidx_rule(const struct exidx_table *table, uint64_t address, struct unwind_rule *rule);

#endif
