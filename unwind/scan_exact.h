// SPDX-License-Identifier: LGPL-2.1-or-later
// Following code from any instruction: where a function ends, between the files that do it.
#ifndef UNWIND_SCAN_EXACT_H
#define UNWIND_SCAN_EXACT_H

#include "unwind/rule.h"
#include "unwind/scan_machine.h"

// Whether the function can end in this state: sp is back at the CFA, ra and fp are the caller's. Then the rule is filled in.
bool scan_exact_is_end(const struct code_view *view, const struct scan_machine *machine,
		       struct unwind_rule *rule);

#endif
