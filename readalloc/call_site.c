// SPDX-License-Identifier: GPL-3.0-or-later
// From a return address back to the call.
#include "call_site.h"

#include <elf.h>
#include <stddef.h>

// Whether the MIPS instruction is a call with a delay slot.
static bool mips_calls_with_slot(uint32_t word)
{
	uint32_t opcode = word >> 26;
	uint32_t function = word & 0x3f, condition = word >> 16 & 0x1f;
	switch (opcode) {
	case 0: // SPECIAL: jalr, jalr.hb
		return function == 0x09;
	case 1: // REGIMM: bltzal, bgezal (bal), bltzall, bgezall
		return condition >= 0x10 && condition <= 0x13;
	case 3:    // jal
	case 0x1d: // jalx
		return true;
	default:
		return false;
	}
}

struct call_site call_site_find(unsigned machine, uint64_t return_address, call_site_code code,
				void *context)
{
	struct call_site site = { return_address - 1, return_address - 1 };
	uint32_t word;
	if (machine == EM_MIPS && (return_address & 1) != 0) {
		// The shortest call is two bytes; line tables hold the odd addresses of this ISA mode.
		site.line = (return_address - 2) | 1;
		site.code = site.line & ~1ull;
	} else if (machine == EM_MIPS && code != NULL && code(context, return_address - 8, &word) &&
		   mips_calls_with_slot(word)) {
		// The instruction in the delay slot may be of another line than the call before it.
		site.code = site.line = return_address - 8;
	} else if (machine == EM_ARM) {
		site.code = site.line = (return_address & ~1ull) - 1;
	}
	return site;
}

struct call_site call_site_exact(unsigned machine, uint64_t address)
{
	bool has_isa_bit = machine == EM_MIPS || machine == EM_ARM;
	uint64_t code = has_isa_bit ? address & ~1ull : address;
	return (struct call_site){ code, machine == EM_MIPS ? address : code };
}
