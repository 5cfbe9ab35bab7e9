// SPDX-License-Identifier: LGPL-2.1-or-later
// Machines that the stepping loop cannot walk: no producer knows their rules.
#include "unwind/arch.h"

// Any other file's definition takes its place.
__attribute__((weak)) const struct unwind_arch unwind_arch = { .linked = { .kind = RULE_UNKNOWN } };
