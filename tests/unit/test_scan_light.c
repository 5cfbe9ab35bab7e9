// SPDX-License-Identifier: GPL-3.0-or-later
// Passing over dull instructions changes no rule.
//
// Functions made up of what compilers write and what they hardly would, scanned with the means to tell dull
// instructions and without.
#include "check.h"
#include "mips_words.h"
#include "unwind/scan.h"
#include "unwind/scan_mips.h"

enum {
	ADDRESS = 0x400000,
	FUNCTIONS = 3000,
	LENGTH_MAX = 160,
	FRAME = 48,
};

static uint32_t state = 1;

static uint32_t random_below(uint32_t n)
{
	state = state * 1664525u + 1013904223u;
	return (state >> 8) % n;
}

static uint32_t any_register(void)
{
	static const uint8_t registers[] = { V0, V1, A0, T0, S0, S0 + 1, S8 };
	return registers[random_below(sizeof(registers))];
}

// Mostly dull; some set the frame pointer, store what is the caller's, or compute with addresses.
static uint32_t any_word(uint32_t left)
{
	uint32_t a = any_register(), b = any_register(), c = any_register();
	uint32_t at = 4 * random_below(FRAME / 4);
	switch (random_below(20)) {
	case 0:
	case 1:
		return LW(a, at, SP);
	case 2:
		return SW(a, at, SP);
	case 3:
		return LW(a, at, b);
	case 4:
		return SW(a, at, b);
	case 5:
		return ADDIU(a, SP, at);
	case 6:
		return ADDIU(a, b, 4);
	case 7:
		return ADDIU(a, ZERO, at);
	case 8:
		return LUI(a, 1);
	case 9:
		return ORI(a, b, 0x10);
	case 10:
		return ADDU(a, b, c);
	case 11:
		return SUBU(a, b, c);
	case 12:
	case 13:
		return MOVE(a, b);
	case 14:
	case 15:
		return left > 4 ? BNE(a, b, random_below(left - 3)) : NOP;
	case 16:
	case 17:
		return JALR(T9);
	case 18:
		return MOVE(S8, SP);
	default:
		return NOP;
	}
}

// Returns its length.
static uint32_t make_function(uint32_t *code)
{
	uint32_t n = 0, length = 16 + random_below(LENGTH_MAX - 16);
	bool has_fp = random_below(2) != 0;
	code[n++] = ADDIU(SP, SP, -FRAME);
	code[n++] = SW(RA, FRAME - 4, SP);
	if (has_fp) {
		code[n++] = SW(S8, FRAME - 8, SP);
	}
	if (random_below(8) == 0) { // of a size that is not known, or is
		code[n++] = random_below(2) != 0 ? ADDIU(V0, ZERO, 4096) : LW(V0, 0, A0);
		code[n++] = SUBU(SP, SP, V0);
	}
	while (n < length - 5) {
		code[n] = any_word(length - n);
		n++;
	}
	code[n++] = NOP;
	code[n++] = random_below(4) != 0 ? LW(RA, FRAME - 4, SP) : B(-10);
	code[n++] = has_fp ? LW(S8, FRAME - 8, SP) : NOP;
	code[n++] = JR(RA);
	code[n++] = ADDIU(SP, SP, FRAME);
	return n;
}

static void dull_instructions_change_nothing(void)
{
	static uint32_t words[3 * LENGTH_MAX];
	static struct scan_work light_work, work;
	struct scan_isa whole = scan_mips;
	unsigned n_frames = 0, n_different = 0;
	const char *emulator = getenv("EMULATOR");
	// Emulated, the first of the same functions.
	unsigned n_functions = emulator != NULL && *emulator != 0 ? FUNCTIONS / 6 : FUNCTIONS;
	whole.count_dull = NULL;
	for (unsigned i = 0; i < n_functions; i++) {
		uint32_t n = make_function(words);
		n += make_function(words + n);
		struct code_view view = {
			.bytes = (const uint8_t *)words,
			.size = 4 * n,
			.address = ADDRESS,
			.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
			.slot_size = 4,
		};
		memset(&light_work, 0, sizeof(light_work));
		memset(&work, 0, sizeof(work));
		for (uint32_t k = 2; k < n; k++) {
			struct unwind_rule light, rule;
			if (words[k - 2] != JALR(T9)) {
				continue;
			}
			view.isa = &scan_mips;
			scan_rule(&view, ADDRESS + 4 * k, &light_work, &light);
			view.isa = &whole;
			scan_rule(&view, ADDRESS + 4 * k, &work, &rule);
			n_frames += rule.kind == RULE_FRAME;
			n_different += !rule_is_equal(&light, &rule);
		}
	}
	CHECK(n_frames > n_functions / 4);
	CHECK_EQ(n_different, 0);
}

int main(void)
{
	dull_instructions_change_nothing();
	return check_result();
}
