// SPDX-License-Identifier: LGPL-2.1-or-later
// No rules from tables, in a minimal build for machines whose code tells nearly all.
#include "unwind/cfi_rule.h"

bool cfi_rule(const struct cfi_table *segment, uint64_t index, uint64_t address,
	      struct unwind_rule *rule)
{
	(void)segment;
	(void)index;
	(void)address;
	(void)rule;
	return false;
}
