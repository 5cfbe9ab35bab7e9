// SPDX-License-Identifier: GPL-3.0-or-later
// The rule at an address from .eh_frame_hdr and .eh_frame, of any target on any host.
#include "unwind/cfi_rule.h"

#include <stdlib.h>

#include "check.h"

enum {
	BASE = 0x400000, // of the segment
	INDEX = 16,      // offsets within it
	FRAMES = 64,
	CODE = 0x1000,
	SIZE = 256,
	SP = 7,
	FP = 6,
	FP2 = 12,
	RA = 16,
	ENTRY_MAX = 64,
};

// A segment is made byte by byte, in either byte order.
static struct maker {
	uint8_t bytes[SIZE];
	size_t at;
	bool is_big_endian;
	size_t entries[2];
} maker;

static void put(uint64_t number, unsigned size)
{
	for (unsigned i = 0; i < size; i++) {
		unsigned shift = 8 * (maker.is_big_endian ? size - 1 - i : i);
		maker.bytes[maker.at++] = (uint8_t)(number >> shift);
	}
}

static void put_all(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		maker.bytes[maker.at++] = bytes[i];
}

// Writes the length of what has been put since `start`, padded to 4.
static void close_entry(size_t start)
{
	size_t end;

	while (maker.at % 4 != 0)
		put(0, 1);
	end = maker.at;
	maker.at = start;
	put(end - start - 4, 4);
	maker.at = end;
}

static void put_entry(unsigned i, uint64_t code, uint64_t size, const uint8_t *rows, size_t n)
{
	size_t start = maker.at;

	maker.entries[i] = start;
	put(0, 4);
	put(start + 4 - FRAMES, 4); // back to the common part
	put(code - (BASE + maker.at), 4);
	put(size, 4);
	put(0, 1);
	put_all(rows, n);
	close_entry(start);
}

// Two functions: a plain one of 0x20 bytes, and one that aligns the stack, after a gap.
static void make(bool is_big_endian)
{
	static const uint8_t plain[] = {
		0x41,       0x0e,       16, 0x80 | FP,
		2,                             // after 1 byte: CFA = sp + 16, fp at CFA - 16
		0x80 | FP2, 3,                 // fp2 at CFA - 24
		0x44,       0x0d,       FP,    // after 4 more: CFA = fp + 16
		0x50,       0x0c,       SP, 8, // after 16 more: CFA = sp + 8
		0xc0 | FP,  0xc0 | FP2,
	};
	static const uint8_t aligning[] = {
		0x44, 0x10, FP,   2,    0x76, 0, // fp at fp + 0
		0x0f, 3,    0x76, 0x78, 0x06,    // CFA = *(fp - 8)
		0x48, 0x0f, 2,    0x77, 8,       // CFA = sp + 8, as an expression: none we read
		0x48, 0x07, RA,                  // no return address
	};
	static const uint8_t head[] = { 1, 'z',  'R',  0,  1, 0x78,      RA,
					1, 0x1b, 0x0c, SP, 8, 0x80 | RA, 1 };

	maker = (struct maker){ .at = FRAMES, .is_big_endian = is_big_endian };
	put(0, 4);
	put(0, 4);
	put_all(head, sizeof(head));
	close_entry(FRAMES);
	put_entry(0, BASE + CODE, 0x20, plain, sizeof(plain));
	put_entry(1, BASE + CODE + 0x40, 0x20, aligning, sizeof(aligning));
	maker.at = INDEX;
	put(0x3b031b01, 4);
	if (is_big_endian) {
		maker.at = INDEX;
		put(0x011b033b, 4);
	}
	put(FRAMES - maker.at, 4);
	put(2, 4);
	for (unsigned i = 0; i < 2; i++) {
		put((uint64_t)CODE + 0x40 * i - INDEX, 4);
		put(maker.entries[i] - INDEX, 4);
	}
}

static struct cfi_table segment(void)
{
	return (struct cfi_table){
		.bytes = maker.bytes,
		.size = sizeof(maker.bytes),
		.address = BASE,
		.is_eh_frame = true,
		.is_big_endian = maker.is_big_endian,
		.word_size = 4,
		.sp = SP,
		.fp = FP,
		.fp2 = FP2,
	};
}

static bool ask(uint64_t offset, struct unwind_rule *rule)
{
	struct cfi_table table = segment();

	return cfi_rule(&table, BASE + INDEX, BASE + CODE + offset, rule);
}

static void check_rule(uint64_t offset, struct unwind_rule expected)
{
	struct unwind_rule rule;

	CHECK(ask(offset, &rule));
	CHECK(rule_is_equal(&rule, &expected));
}

static void rows_become_rules(void)
{
	struct unwind_rule rule = {
		RULE_FRAME, RULE_SP, RULE_AT_CFA, RULE_IN_REGISTER, 0, 8, -8, 0
	};

	check_rule(0, rule);
	check_rule(0x15, rule);
	check_rule(0x1f, rule);
	rule.fp_place = RULE_AT_CFA;
	rule.cfa = 16;
	rule.fp = -16;
	rule.fp2 = -24;
	check_rule(1, rule);
	check_rule(4, rule);
	rule.base = RULE_FP;
	check_rule(5, rule);
	check_rule(0x14, rule);
}

static void frames_that_align_the_stack_have_rules(void)
{
	check_rule(0x44, (struct unwind_rule){ RULE_FRAME, RULE_WORD_AT_FP, RULE_AT_CFA, RULE_AT_FP,
					       0, -8, -8, 0 });
}

static void other_expressions_are_beyond_rules(void)
{
	check_rule(0x4c, rule_of_kind(RULE_BEYOND));
}

static void no_return_address_is_the_outermost_frame(void)
{
	check_rule(0x54, rule_of_kind(RULE_OUTERMOST));
}

static void code_without_entry_has_no_rule(void)
{
	struct unwind_rule rule;

	CHECK(!ask((uint64_t)-1, &rule));
	CHECK(!ask(0x20, &rule));
	CHECK(!ask(0x3f, &rule));
	CHECK(!ask(0x60, &rule));
}

// Each byte damaged in turn, and the segment cut anywhere: bounded, as the sanitizers see.
static void damage_does_no_harm(void)
{
	struct unwind_rule rule;
	unsigned n = 0;

	for (size_t i = 0; i < SIZE; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			maker.bytes[i] ^= (uint8_t)(1u << bit);
			n += ask(5, &rule);
			maker.bytes[i] ^= (uint8_t)(1u << bit);
		}
	}
	CHECK(n > 0 && n < SIZE * 8);
	for (size_t size = 0; size < maker.entries[1]; size++) {
		struct cfi_table table = segment();
		uint8_t *bytes = malloc(size + 1);

		CHECK(bytes != NULL);
		if (bytes == NULL)
			return;
		// To the last byte before memory that is not ours.
		memcpy(bytes + 1, maker.bytes, size);
		table.bytes = bytes + 1;
		table.size = size;
		CHECK(!cfi_rule(&table, BASE + INDEX, BASE + CODE + 0x44, &rule));
		free(bytes);
	}
}

int main(void)
{
	for (int is_big_endian = 0; is_big_endian < 2; is_big_endian++) {
		make(is_big_endian != 0);
		rows_become_rules();
		frames_that_align_the_stack_have_rules();
		other_expressions_are_beyond_rules();
		no_return_address_is_the_outermost_frame();
		code_without_entry_has_no_rule();
		damage_does_no_harm();
	}
	return check_result();
}
