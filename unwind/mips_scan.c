// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds how to leave a MIPS frame by reading the function's code backward; runs on any host.
#include "unwind/mips_scan.h"

// Instructions whose low 16 bits are an immediate or an offset.
static const uint32_t immediate_mask = 0xffff0000;
static const uint32_t addiu_sp_sp = 0x27bd0000;
static const uint32_t daddiu_sp_sp = 0x67bd0000;
static const uint32_t sw_ra_sp = 0xafbf0000;
static const uint32_t sd_ra_sp = 0xffbf0000;
static const uint32_t jr_ra = 0x03e00008;
static const uint32_t jr_ra_r6 = 0x03e00009; // release 6: jalr zero,ra

// 16 KiB of instructions: prologues lie further away only in generated code.
static const size_t scan_max = 4096;

bool mips_scan(const uint32_t *code, size_t n, struct mips_frame *frame)
{
	bool has_ra = false;

	for (size_t i = n; i > 0 && n - i < scan_max; i--) {
		uint32_t insn = code[i - 1];
		uint32_t op = insn & immediate_mask;
		int32_t immediate = (int16_t)(insn & 0xffff);

		if ((op == addiu_sp_sp || op == daddiu_sp_sp) && immediate < 0) {
			frame->size = (uint32_t)-immediate;
			return has_ra && frame->ra_offset < frame->size;
		}
		if (op == sw_ra_sp || op == sd_ra_sp) {
			has_ra = immediate >= 0;
			frame->ra_offset = (uint32_t)immediate;
			frame->ra_is_64_bit = op == sd_ra_sp;
		}
		// The delay slot of the call itself may not hold one, so this is a function's end.
		if (insn == jr_ra || insn == jr_ra_r6)
			return false;
	}
	return false;
}
