// SPDX-License-Identifier: LGPL-2.1-or-later
// Rules from ARM's exception tables: the bytes of .ARM.exidx and .ARM.extab.
//
// The encoding is the Exception Handling ABI for the Arm Architecture, sections 6 (index), 7 (entries)
// and 10 (instructions), and, for entries with a personality routine of their own, what the C++ and C
// personality routines of GCC expect: instructions as in the compact model, behind the routine.
#include "unwind/exidx.h"

enum {
	ROW_SIZE = 8,
	CANNOT_UNWIND = 1,
	COMPACT = 0x80, // the upper byte of a word with instructions, less the routine's number
	FINISH = 0xb0,
	FP2 = 7,
	FP = 11,
	SP = 13,
	LR = 14,
	PC = 15,
	VSP_MAX = 1 << 28, // no frame is that large
};

// Instructions: bytes from the most significant of a word to the least.
struct instructions {
	const struct exidx_table *table;
	uint64_t at; // of the next word
	unsigned n_words;
	uint32_t word;
	unsigned n_bytes; // left of `word`
	bool is_bad;      // a word is outside the table
};

// The virtual stack pointer is a register of the frame + number.
struct machine {
	enum rule_base base;
	int64_t vsp;
	uint32_t popped; // registers that were, one bit each
	int64_t at[16];  // from where, counted as vsp is
	bool is_beyond;
	bool is_refused;
	bool is_finished;
};

static bool read_word(const struct exidx_table *table, const struct exidx_part *part,
		      uint64_t address, uint32_t *word)
{
	uint64_t at = address - part->address;
	if (at >= part->size || part->size - at < 4) {
		return false;
	}
	const uint8_t *bytes = part->bytes + at;
	*word = 0;
	for (unsigned i = 0; i < 4; i++) {
		*word = *word << 8 | bytes[table->is_big_endian ? i : 3 - i];
	}
	return true;
}

// What a word of 31 bits, relative to its own place, leads to.
static uint64_t target_of(uint64_t address, uint32_t word)
{
	uint32_t offset = word & 0x7fffffff;
	offset |= (offset & 0x40000000) << 1;
	return (uint32_t)(address + offset);
}

// The last row at or before `address`. False: there is none.
static bool find_row(const struct exidx_table *table, uint64_t address, uint64_t *row)
{
	uint64_t low = 0, high = table->index.size / ROW_SIZE;
	while (low < high) {
		uint64_t middle = low + (high - low) / 2;
		uint64_t at = table->index.address + middle * ROW_SIZE;
		uint32_t word;
		if (!read_word(table, &table->index, at, &word)) {
			return false;
		}
		if (target_of(at, word) <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	*row = table->index.address + (low - 1) * ROW_SIZE;
	return low > 0;
}

static void take_compact(struct instructions *code, uint32_t word)
{
	unsigned routine = word >> 24 & 15;
	// Routine 0 has three bytes; 1 and 2 have a count of words and two bytes.
	code->word = routine == 0 ? word << 8 : word << 16;
	code->n_bytes = routine == 0 ? 3 : 2;
	code->n_words = routine == 0 ? 0 : word >> 16 & 0xff;
	code->is_bad = routine > 2;
}

// Finds the instructions of a row. False: it has none.
static bool open_row(const struct exidx_table *table, uint64_t row, struct instructions *code)
{
	uint32_t word;
	*code = (struct instructions){ .table = table };
	if (!read_word(table, &table->index, row + 4, &word) || word == CANNOT_UNWIND) {
		return false;
	}
	if (word >> 24 == COMPACT) {
		take_compact(code, word);
		return true;
	}
	uint64_t at = target_of(row + 4, word);
	if (word >> 31 != 0 || !read_word(table, &table->entries, at, &word)) {
		return false;
	}
	code->at = at + 4;
	if (word >> 31 != 0) {
		take_compact(code, word);
	} else if (read_word(table, &table->entries, code->at, &word)) {
		code->at += 4;
		code->word = word << 8;
		code->n_bytes = 3;
		code->n_words = word >> 24;
	} else {
		return false;
	}
	return !code->is_bad;
}

// Behind the last instruction is an implicit finish.
static unsigned next_byte(struct instructions *code)
{
	if (code->n_bytes == 0) {
		if (code->n_words == 0) {
			return FINISH;
		}
		code->is_bad |=
			!read_word(code->table, &code->table->entries, code->at, &code->word);
		code->at += 4;
		code->n_words--;
		code->n_bytes = 4;
	}
	unsigned byte = code->word >> 24;
	code->word <<= 8;
	code->n_bytes--;
	return byte;
}

static void add(struct machine *machine, int64_t number)
{
	machine->vsp += number;
	machine->is_beyond |= machine->vsp > VSP_MAX || machine->vsp < -VSP_MAX;
}

static void pop(struct machine *machine, uint32_t mask)
{
	for (unsigned reg = 0; reg < 16; reg++) {
		if ((mask >> reg & 1) != 0) {
			machine->popped |= UINT32_C(1) << reg;
			machine->at[reg] = machine->vsp;
			add(machine, 4);
		}
	}
	machine->is_beyond |= (mask >> SP & 1) != 0;
}

// vsp = a register, which only counts while it is the frame's own.
static void set_vsp(struct machine *machine, unsigned reg)
{
	machine->is_beyond |= machine->popped != 0 || (reg != FP && reg != FP2);
	machine->base = reg == FP ? RULE_FP : RULE_FP2;
	machine->vsp = 0;
}

static int64_t read_uleb(struct instructions *code)
{
	uint32_t number = 0;
	unsigned byte, shift = 0;
	do {
		byte = next_byte(code);
		number |= shift < 28 ? (byte & 0x7f) << shift : 0;
		shift += 7;
	} while (byte >= 0x80 && shift < 35);
	return number;
}

// 0x80 to 0xaf: core registers.
static void execute_core(struct machine *machine, struct instructions *code, unsigned byte)
{
	if (byte < 0x90) {
		uint32_t mask = (byte & 15) << 8 | next_byte(code);
		machine->is_refused |= mask == 0;
		pop(machine, mask << 4);
	} else if (byte < 0xa0) {
		set_vsp(machine, byte & 15);
	} else {
		uint32_t mask = ((UINT32_C(2) << (byte & 7)) - 1) << 4;
		pop(machine, mask | (byte >= 0xa8 ? UINT32_C(1) << LR : 0));
	}
}

// 0xb0 to 0xbf: the end, argument registers, large sums, VFP registers as FSTMX stores them.
static void execute_other(struct machine *machine, struct instructions *code, unsigned byte)
{
	unsigned mask;
	switch (byte) {
	case FINISH:
		machine->is_finished = true;
		return;
	case 0xb1:
		mask = next_byte(code);
		machine->is_beyond |= mask == 0 || mask > 15;
		pop(machine, mask & 15);
		return;
	case 0xb2:
		add(machine, 0x204 + read_uleb(code) * 4);
		return;
	case 0xb3:
		add(machine, ((next_byte(code) & 15) + 1) * 8 + 4);
		return;
	case 0xb4: // a return address authentication code
		add(machine, 4);
		return;
	case 0xb5: // says what the code was made with
		return;
	case 0xb6:
	case 0xb7:
		machine->is_beyond = true;
		return;
	default:
		add(machine, ((byte & 7) + 1) * 8 + 4);
		return;
	}
}

// 0xc0 to 0xff: coprocessor registers, which are of no interest but for their sizes.
static void execute_coprocessor(struct machine *machine, struct instructions *code, unsigned byte)
{
	unsigned mask;
	switch (byte) {
	case 0xc6: // iWMMXt data registers
	case 0xc8: // VFP registers from 16 on, and from 0 on, as VPUSH stores them
	case 0xc9:
		add(machine, ((next_byte(code) & 15) + 1) * 8);
		return;
	case 0xc7: // iWMMXt control registers
		mask = next_byte(code);
		machine->is_beyond |= mask == 0 || mask > 15;
		add(machine, __builtin_popcount(mask & 15) * 4);
		return;
	default:
		if (byte >= 0xd8 || (byte > 0xc9 && byte < 0xd0)) {
			machine->is_beyond = true;
		}
		add(machine, ((byte & 7) + 1) * 8);
		return;
	}
}

static void execute(struct machine *machine, struct instructions *code)
{
	while (!machine->is_finished && !code->is_bad) {
		unsigned byte = next_byte(code);
		int64_t number = (byte & 63) * 4 + 4;
		if (byte < 0x40) {
			add(machine, number);
		} else if (byte < 0x80) {
			add(machine, -number);
		} else if (byte < 0xb0) {
			execute_core(machine, code, byte);
		} else if (byte < 0xc0) {
			execute_other(machine, code, byte);
		} else {
			execute_coprocessor(machine, code, byte);
		}
	}
}

static bool is_popped(const struct machine *machine, unsigned reg)
{
	return (machine->popped >> reg & 1) != 0;
}

// Where a popped register was, counted from the CFA.
static int32_t offset_of(const struct machine *machine, unsigned reg)
{
	return (int32_t)(machine->at[reg] - machine->vsp);
}

static struct unwind_rule rule_of(const struct machine *machine)
{
	struct unwind_rule rule = { .kind = RULE_FRAME, .base = machine->base & 15 };
	unsigned ra = is_popped(machine, PC) ? PC : LR;
	rule.cfa = (int32_t)machine->vsp;
	if (is_popped(machine, ra)) {
		rule.ra_place = RULE_AT_CFA;
		rule.ra = offset_of(machine, ra);
	}
	if (is_popped(machine, FP)) {
		rule.fp_place = RULE_AT_CFA;
		rule.fp = offset_of(machine, FP);
	}
	if (is_popped(machine, FP2)) {
		rule.fp2 = (int16_t)offset_of(machine, FP2);
	}
	bool is_fp2_near = !is_popped(machine, FP2) ||
			   (offset_of(machine, FP2) < 0 && offset_of(machine, FP2) >= INT16_MIN);
	return machine->is_beyond || !is_fp2_near ? rule_of_kind(RULE_BEYOND) : rule;
}

bool exidx_rule(const struct exidx_table *table, uint64_t address, struct unwind_rule *rule)
{
	struct machine machine = { .base = RULE_SP };
	struct instructions code;
	uint64_t row;
	if (!find_row(table, address, &row) || !open_row(table, row, &code)) {
		return false;
	}
	execute(&machine, &code);
	if (code.is_bad || machine.is_refused) {
		return false;
	}
	*rule = rule_of(&machine);
	return true;
}
