// SPDX-License-Identifier: GPL-3.0-or-later
// The classic MIPS scan on instruction arrays, on any host.
#include "check.h"
#include "unwind/mips_scan.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void plain_o32_frame(void)
{
	const uint32_t code[] = {
		0x03e00008, // jr ra (the function before)
		0x00000000, // nop
		0x27bdffe0, // addiu sp,sp,-32
		0xafbf001c, // sw ra,28(sp)
		0xafb00018, // sw s0,24(sp)
		0x0320f809, // jalr t9
		0x00000000, // nop
	};
	struct mips_frame frame = { 0 };

	CHECK(mips_scan(code, COUNT(code), &frame));
	CHECK_EQ(frame.size, 32);
	CHECK_EQ(frame.ra_offset, 28);
	CHECK(!frame.ra_is_64_bit);
}

static void n64_frame_saves_64_bits(void)
{
	const uint32_t code[] = {
		0x67bdffd0, // daddiu sp,sp,-48
		0xffbf0028, // sd ra,40(sp)
		0x0c000000, // jal
		0x00000000, // nop
	};
	struct mips_frame frame = { 0 };

	CHECK(mips_scan(code, COUNT(code), &frame));
	CHECK_EQ(frame.size, 48);
	CHECK_EQ(frame.ra_offset, 40);
	CHECK(frame.ra_is_64_bit);
}

static void n32_frame_mixes_widths(void)
{
	const uint32_t code[] = { 0x27bdffe0, 0xffbf0018, 0x0c000000, 0 };
	struct mips_frame frame = { 0 };

	CHECK(mips_scan(code, COUNT(code), &frame));
	CHECK_EQ(frame.size, 32);
	CHECK_EQ(frame.ra_offset, 24);
	CHECK(frame.ra_is_64_bit);
}

static void ends_at_the_function_before(void)
{
	const uint32_t classic[] = {
		0x27bdffe0, 0xafbf001c, 0x03e00008, 0x27bd0020, 0x0c000000, 0
	};
	const uint32_t release_6[] = {
		0x27bdffe0, 0xafbf001c, 0x03e00009, 0x27bd0020, 0x0c000000, 0
	};
	struct mips_frame frame = { 0 };

	CHECK(!mips_scan(classic, COUNT(classic), &frame));
	CHECK(!mips_scan(release_6, COUNT(release_6), &frame));
}

static void refuses_frames_that_make_no_sense(void)
{
	const uint32_t no_ra[] = { 0x27bdffe0, 0x0c000000, 0 };
	const uint32_t ra_outside[] = { 0x27bdffe0, 0xafbf0020, 0x0c000000, 0 };
	const uint32_t ra_below[] = { 0x27bdffe0, 0xafbffffc, 0x0c000000, 0 };
	const uint32_t no_prologue[] = { 0xafbf001c, 0x0c000000, 0 };
	const uint32_t epilogue_only[] = { 0x27bd0020, 0xafbf001c, 0x0c000000, 0 };
	struct mips_frame frame = { 0 };

	CHECK(!mips_scan(no_ra, COUNT(no_ra), &frame));
	CHECK(!mips_scan(ra_outside, COUNT(ra_outside), &frame));
	CHECK(!mips_scan(ra_below, COUNT(ra_below), &frame));
	CHECK(!mips_scan(no_prologue, COUNT(no_prologue), &frame));
	CHECK(!mips_scan(epilogue_only, COUNT(epilogue_only), &frame));
	CHECK(!mips_scan(no_ra, 0, &frame));
}

static void largest_frame(void)
{
	const uint32_t code[] = { 0x27bd8000, 0xafbf7ffc, 0x0c000000, 0 };
	struct mips_frame frame = { 0 };

	CHECK(mips_scan(code, COUNT(code), &frame));
	CHECK_EQ(frame.size, 32768);
	CHECK_EQ(frame.ra_offset, 32764);
}

// A prologue that lies further back than the scanner looks.
static void far_prologue_is_not_found(void)
{
	static uint32_t code[5000] = { 0x27bdffe0, 0xafbf001c };
	struct mips_frame frame = { 0 };

	CHECK(mips_scan(code, 4000, &frame));
	CHECK(!mips_scan(code, COUNT(code), &frame));
}

int main(void)
{
	plain_o32_frame();
	n64_frame_saves_64_bits();
	n32_frame_mixes_widths();
	ends_at_the_function_before();
	refuses_frames_that_make_no_sense();
	largest_frame();
	far_prologue_is_not_found();
	return check_result();
}
