// SPDX-License-Identifier: LGPL-2.1-or-later
// The instruction set of AArch64.
#ifndef UNWIND_SCAN_AARCH64_H
#define UNWIND_SCAN_AARCH64_H

#include "unwind/scan_isa.h"

extern const struct scan_isa scan_aarch64;

#endif
