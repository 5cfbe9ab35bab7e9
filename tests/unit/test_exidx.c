// SPDX-License-Identifier: GPL-3.0-or-later
// Rules from ARM's exception tables, of either byte order: every kind of entry, every instruction.
#include "unwind/exidx.h"

#include <string.h>

#include "check.h"

enum {
	INDEX = 0x20000,
	ENTRIES = 0x21000,
	CODE = 0x10000,
	ROWS = 4,
	ROW_SIZE = 8,
	ENTRY_WORDS = 16,
	CANNOT_UNWIND = 1,
};

// Functions of 0x100 bytes each; the first is the one that most tests describe.
static uint8_t index_bytes[ROWS * ROW_SIZE];
static uint8_t entry_bytes[4 * ENTRY_WORDS];
static bool is_big_endian;

static void put(uint8_t *bytes, uint32_t word)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(word >> 8 * (is_big_endian ? 3 - i : i));
}

static uint32_t relative(uint32_t place, uint32_t target)
{
	return (target - place) & 0x7fffffff;
}

static struct exidx_table make(uint32_t content)
{
	struct exidx_table table = {
		.index = { index_bytes, sizeof(index_bytes), INDEX },
		.entries = { entry_bytes, sizeof(entry_bytes), ENTRIES },
		.is_big_endian = is_big_endian,
	};

	for (uint32_t row = 0; row < ROWS; row++) {
		uint32_t place = INDEX + row * ROW_SIZE;

		put(index_bytes + row * ROW_SIZE, relative(place, CODE + row * 0x100));
		put(index_bytes + row * ROW_SIZE + 4, row == 0 ? content : CANNOT_UNWIND);
	}
	return table;
}

// Asks for the first function, whose instructions are in the index.
static bool ask_inline(uint32_t instructions, struct unwind_rule *rule)
{
	const struct exidx_table table = make(0x80000000 | instructions);

	return exidx_rule(&table, CODE + 0x10, rule);
}

// The same, with an entry of `n` words.
static bool ask_entry(const uint32_t *words, size_t n, struct unwind_rule *rule)
{
	const struct exidx_table table = make(relative(INDEX + 4, ENTRIES));

	memset(entry_bytes, 0, sizeof(entry_bytes));
	for (size_t i = 0; i < n; i++)
		put(entry_bytes + 4 * i, words[i]);
	return exidx_rule(&table, CODE + 0x10, rule);
}

// Up to 15 instruction bytes, as the entry of a personality routine has them.
static bool ask(const uint8_t *code, size_t n, struct unwind_rule *rule)
{
	uint32_t words[5] = { relative(ENTRIES, CODE), 0x03b0b0b0, 0xb0b0b0b0, 0xb0b0b0b0,
			      0xb0b0b0b0 };

	for (size_t i = 0; i < n; i++) {
		unsigned shift = 24 - 8 * ((i + 1) % 4);
		uint32_t *word = &words[1 + (i + 1) / 4];

		*word = (*word & ~(UINT32_C(0xff) << shift)) | (uint32_t)code[i] << shift;
	}
	return ask_entry(words, 5, rule);
}

static struct unwind_rule frame(int32_t cfa, int32_t ra, int32_t fp, int16_t fp2)
{
	return (struct unwind_rule){
		.kind = RULE_FRAME,
		.base = RULE_SP,
		.ra_place = ra != 0 ? RULE_AT_CFA : RULE_IN_REGISTER,
		.fp_place = fp != 0 ? RULE_AT_CFA : RULE_IN_REGISTER,
		.fp2 = fp2,
		.cfa = cfa,
		.ra = ra,
		.fp = fp,
	};
}

#define CHECK_CODE(expected, ...)                                                                  \
	do {                                                                                       \
		static const uint8_t code[] = { __VA_ARGS__ };                                     \
		struct unwind_rule rule, by_code = (expected);                                     \
		CHECK(ask(code, sizeof(code), &rule) && rule_is_equal(&rule, &by_code));           \
	} while (0)

static void every_model_of_entry_is_read(void)
{
	static const uint32_t su16[] = { 0x8084c0b0 };             // pop {r10, r11, lr}
	static const uint32_t lu16[] = { 0x81018480, 0x01b0b0b0 }; // pop {r11, lr}; vsp += 8
	static const uint32_t lu32[] = { 0x82013fab, 0xb0b0b0b0 }; // vsp += 256; pop {r4-r7, lr}
	static const uint32_t own[] = { 0x7fff0000, 0x01a8b1, 0 };
	struct unwind_rule rule, wanted;

	CHECK(ask_inline(0xa8b0b0, &rule)); // pop {r4, lr}
	wanted = frame(8, -4, 0, 0);
	CHECK(rule_is_equal(&rule, &wanted));
	CHECK(ask_entry(su16, 1, &rule));
	wanted = frame(12, -4, -8, 0);
	CHECK(rule_is_equal(&rule, &wanted));
	CHECK(ask_entry(lu16, 2, &rule));
	wanted = frame(16, -12, -16, 0);
	CHECK(rule_is_equal(&rule, &wanted));
	CHECK(ask_entry(lu32, 2, &rule));
	wanted = frame(276, -4, 0, -8);
	CHECK(rule_is_equal(&rule, &wanted));
	// A personality routine's: one more word behind the three bytes.
	CHECK(ask_entry((const uint32_t[]){ own[0], 0x0101a8b1, 0x0fb0b0b0 }, 3, &rule));
	wanted = frame(32, -20, 0, 0); // vsp += 8; pop {r4, lr}; pop {r0-r3}
	CHECK(rule_is_equal(&rule, &wanted));
}

static void sums_and_pops(void)
{
	CHECK_CODE(frame(4, 0, 0, 0), 0x00);
	CHECK_CODE(frame(256, 0, 0, 0), 0x3f);
	CHECK_CODE(frame(12, -4, 0, 0), 0x02, 0x41, 0xa8);          // vsp += 12; vsp -= 8
	CHECK_CODE(frame(36, -4, -8, -24), 0x8f - 7, 0xff, 0xb0);   // pop {r4-r11}, no lr
	CHECK_CODE(frame(0x204 + 4 * 200, 0, 0, 0), 0xb2, 0xc8, 1); // a number of two bytes
	CHECK_CODE(frame(16, 0, 0, -4), 0xa3);                      // pop {r4-r7}
	CHECK_CODE(frame(36, -4, -8, -24), 0xaf);                   // pop {r4-r11, lr}
	CHECK_CODE(frame(12, -4, 0, 0), 0x88, 0x03);                // pop {r4, r5, pc}
	CHECK_CODE(frame(8, -4, 0, 0), 0xb1, 0x08, 0x84, 0x00);     // pop {r3}; pop {lr}
}

static void coprocessor_registers_have_sizes(void)
{
	CHECK_CODE(frame(20, 0, 0, 0), 0xb3, 0x81);         // d8, d9 as FSTMX has them
	CHECK_CODE(frame(68, 0, 0, 0), 0xbf);               // d8-d15
	CHECK_CODE(frame(16, 0, 0, 0), 0xc8, 0x01);         // d16, d17
	CHECK_CODE(frame(24, 0, 0, 0), 0xc9, 0x82);         // d8-d10
	CHECK_CODE(frame(64, 0, 0, 0), 0xd7);               // d8-d15
	CHECK_CODE(frame(48, 0, 0, 0), 0xc5);               // wR10-wR15
	CHECK_CODE(frame(24, 0, 0, 0), 0xc6, 0x02);         // wR0-wR2
	CHECK_CODE(frame(12, 0, 0, 0), 0xc7, 0x0d);         // three control registers
	CHECK_CODE(frame(16, -12, 0, 0), 0xa8, 0xb4, 0x00); // a code that signs ra
	CHECK_CODE(frame(8, -4, 0, 0), 0xb5, 0xa8);
}

static void frame_pointers_are_bases(void)
{
	struct unwind_rule wanted = frame(4, -4, 0, 0);

	wanted.base = RULE_FP;
	wanted.fp_place = RULE_AT_CFA;
	wanted.fp = -8;
	CHECK_CODE(wanted, 0x9b, 0x40, 0x84, 0x80); // vsp = r11; vsp -= 4; pop {r11, lr}
	wanted = frame(28, -4, 0, -8);
	wanted.base = RULE_FP2;
	CHECK_CODE(wanted, 0x97, 0x01, 0xab); // vsp = r7; vsp += 8; pop {r4-r7, lr}
}

static void what_a_rule_cannot_say_is_beyond(void)
{
	struct unwind_rule beyond = rule_of_kind(RULE_BEYOND);

	CHECK_CODE(beyond, 0x94);       // vsp = r4
	CHECK_CODE(beyond, 0xa8, 0x97); // vsp = r7 behind a pop
	CHECK_CODE(beyond, 0x82, 0x00); // pop {r13}
	CHECK_CODE(beyond, 0xb1, 0x00); // spare
	CHECK_CODE(beyond, 0xb1, 0x10); // spare
	CHECK_CODE(beyond, 0xb6);       // spare
	CHECK_CODE(beyond, 0xca);       // spare
	CHECK_CODE(beyond, 0xd8);       // spare
	CHECK_CODE(beyond, 0xc7, 0x00); // spare
	CHECK_CODE(beyond, 0xb2, 0xff, 0xff, 0xff, 0xff, 0x0f);
	CHECK_CODE(beyond, 0x9d); // reserved
}

static void some_functions_have_no_answer(void)
{
	static const uint8_t refused[] = { 0x80, 0x00 };
	static const uint32_t unknown_model[] = { 0x83b0b0b0 };
	static const uint32_t too_long[] = { 0x81ff8480 }; // ends outside the table
	struct exidx_table table = make(0x80a8b0b0);
	struct unwind_rule rule;

	CHECK(!ask(refused, 2, &rule));
	CHECK(!ask_entry(unknown_model, 1, &rule));
	memset(entry_bytes, 0, sizeof(entry_bytes));
	put(entry_bytes, too_long[0]);
	table = make(relative(INDEX + 4, ENTRIES));
	table.entries.size = 16;
	CHECK(!exidx_rule(&table, CODE, &rule));
	table = make(relative(INDEX + 4, ENTRIES - 4));
	CHECK(!exidx_rule(&table, CODE, &rule));
	table = make(relative(INDEX + 4, ENTRIES + sizeof(entry_bytes) - 2));
	CHECK(!exidx_rule(&table, CODE, &rule));
	table = make(0x90a8b0b0); // a reserved kind
	CHECK(!exidx_rule(&table, CODE, &rule));
}

static void functions_are_found(void)
{
	struct exidx_table table = make(0x80a8b0b0);
	struct unwind_rule rule;

	CHECK(!exidx_rule(&table, CODE - 1, &rule));
	CHECK(exidx_rule(&table, CODE, &rule));
	CHECK(exidx_rule(&table, CODE + 0xff, &rule));
	CHECK(!exidx_rule(&table, CODE + 0x100, &rule)); // cannot be unwound
	table.index.size = ROW_SIZE;
	CHECK(exidx_rule(&table, CODE + 0x100, &rule)); // the last has no end
	table.index.size = 0;
	CHECK(!exidx_rule(&table, CODE, &rule));
}

int main(void)
{
	for (int order = 0; order < 2; order++) {
		is_big_endian = order != 0;
		every_model_of_entry_is_read();
		sums_and_pops();
		coprocessor_registers_have_sizes();
		frame_pointers_are_bases();
		what_a_rule_cannot_say_is_beyond();
		some_functions_have_no_answer();
		functions_are_found();
	}
	return check_result();
}
