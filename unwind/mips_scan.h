// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds how to leave a MIPS frame by reading the function's code backward; runs on any host.
#ifndef UNWIND_MIPS_SCAN_H
#define UNWIND_MIPS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mips_frame {
	uint32_t size;      // bytes the prologue took from sp
	uint32_t ra_offset; // where it saved ra, from the lowered sp
	bool ra_is_64_bit;  // saved by sd
};

// `code` holds the `n` instructions that end just before the return address, in the order of
// memory, each in the host's byte order. False: no prologue before the previous function's end.
bool mips_scan(const uint32_t *code, size_t n, struct mips_frame *frame);

#endif
