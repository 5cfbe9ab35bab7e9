// SPDX-License-Identifier: LGPL-2.1-or-later
// The rule at one address, from a module's .eh_frame as it is mapped.
#ifndef UNWIND_CFI_RULE_H
#define UNWIND_CFI_RULE_H

#include "unwind/cfi.h"

// `segment` is the segment that holds .eh_frame_hdr, at `index`, and .eh_frame. False: no entry of
// the index covers `address`, or there is none that can be searched. Otherwise the entry's rule, which
// is RULE_BEYOND where the entry says what a rule cannot. Reads nothing outside the segment.
bool cfi_rule(const struct cfi_table *segment, uint64_t index, uint64_t address,
	      struct unwind_rule *rule);

#endif
