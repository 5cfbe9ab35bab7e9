// SPDX-License-Identifier: LGPL-2.1-or-later
// Machines that the stepping loop cannot walk: no producer knows their rules.
#include "unwind/arch.h"

#if !defined(__x86_64__) && !defined(__i386__) && !defined(__aarch64__) && !defined(__mips__) &&   \
	!defined(__arm__)

const struct unwind_arch unwind_arch = { .linked = { .kind = RULE_UNKNOWN } };

#endif
