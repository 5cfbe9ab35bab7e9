// SPDX-License-Identifier: GPL-3.0-or-later
// From a return address back to the call.
#ifndef READALLOC_CALL_SITE_H
#define READALLOC_CALL_SITE_H

#include <stdbool.h>
#include <stdint.h>

// Reads the 32-bit word of code at an address. False: there is none.
typedef bool (*call_site_code)(void *context, uint64_t address, uint32_t *word);

struct call_site {
	uint64_t code; // an address within the call instruction, without the ISA bit
	uint64_t line; // the same as line tables have it: for MIPS16 and microMIPS with the ISA bit
};

// The call that returns to `return_address` on the ELF machine `machine`.
struct call_site call_site_find(unsigned machine, uint64_t return_address, call_site_code code,
				void *context);

// The same for an instruction that was not called from: the one at `address`.
struct call_site call_site_exact(unsigned machine, uint64_t address);

#endif
