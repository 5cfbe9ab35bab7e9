// SPDX-License-Identifier: GPL-3.0-or-later
// Where calls and jumps go, also those through the register that MIPS has for that.
#include <stdlib.h>

#include "code_private.h"
#include "elf_file.h"
#include "plt_stub.h"
#include "util.h"

enum {
	T9 = 25,            // the register that a function finds its own address in (MIPS psABI)
	GP = 28,            // the one that leads to the table of addresses
	GP_OFFSET = 0x7ff0, // from there
	LOOK_BACK = 20,     // instructions
};

struct code_target code_target_at(const struct code_module *code, uint64_t address)
{
	const char *name = plt_stub_name(code->file.elf, &code->linkage, address);
	return name != NULL ? (struct code_target){ TARGET_NAME, 0, name }
			    : (struct code_target){ TARGET_ADDRESS, address, NULL };
}

static bool is_flow(const struct scan_insn *insn)
{
	return insn->op == SCAN_BRANCH || insn->op == SCAN_JUMP || insn->op == SCAN_CALL ||
	       insn->op == SCAN_JUMP_REGISTER || insn->op == SCAN_RETURN;
}

// Marks all places of the view that branches and jumps lead to.
static void landings_find(struct code_module *code)
{
	const struct code_view *view = &code->check.view;
	struct scan_insn insn;
	free(code->landings);
	code->landings_start = view->address;
	code->landings_n = view->size / 4;
	code->landings = xcalloc(code->landings_n / 32 + 1, sizeof(*code->landings));
	for (uint64_t i = 0; i < code->landings_n; i++) {
		scan_decode(view, view->address + 4 * i, &insn);
		uint64_t at = (insn.target - view->address) / 4;
		bool leads_on = insn.op == SCAN_BRANCH || insn.op == SCAN_JUMP;
		if (leads_on && at < code->landings_n) {
			code->landings[at / 32] |= UINT32_C(1) << at % 32;
		}
	}
}

// Whether registers may hold at `pc` what they do elsewhere.
static bool is_landing(struct code_module *code, uint64_t pc)
{
	if (code->landings == NULL || code->landings_start != code->check.view.address) {
		landings_find(code);
	}
	uint64_t at = (pc - code->landings_start) / 4;
	return at < code->landings_n && (code->landings[at / 32] >> at % 32 & 1) != 0;
}

static uint64_t word_at(const struct code_module *code, uint64_t address)
{
	uint32_t low = 0, high = 0;
	elf_file_code32(code->file.elf, address, &low);
	if (!code->image.is_wide) {
		return low;
	}
	elf_file_code32(code->file.elf, address + 4, &high);
	return code->image.is_big_endian ? (uint64_t)low << 32 | high : (uint64_t)high << 32 | low;
}

// What MIPS's table of addresses holds for code, at `offset` from where gp points to, `added` to an address.
static struct code_target table_target(const struct code_module *code, int64_t offset,
				       int64_t added)
{
	const struct elf_linkage *linkage = &code->linkage;
	unsigned word = code->image.is_wide ? 8 : 4;
	uint64_t at = (uint64_t)(GP_OFFSET + offset);
	uint64_t i = at / word;
	if (linkage->got != 0 && i < linkage->n_local) {
		uint64_t address = word_at(code, linkage->got + at) + (uint64_t)added;
		return code_target_at(code, code->image.is_wide ? address : (uint32_t)address);
	}
	uint64_t symbol = linkage->first_global + i - linkage->n_local;
	if (linkage->got != 0 && symbol < linkage->n_symbols && linkage->symbols[symbol] != 0) {
		return (struct code_target){ TARGET_NAME, 0,
					     linkage->names + linkage->symbols[symbol] };
	}
	return (struct code_target){ .kind = TARGET_UNKNOWN };
}

// Where MIPS code goes at `pc` through t9, as the instructions before it load that.
static struct code_target register_target(struct code_module *code, uint64_t pc)
{
	const struct code_view *view = &code->check.view;
	const struct code_target unknown = { .kind = TARGET_UNKNOWN };
	struct scan_insn insn;
	int64_t added = 0;
	for (uint64_t at = pc - 4; at >= pc - 4 * LOOK_BACK; at -= 4) {
		scan_decode(view, at, &insn);
		if (is_flow(&insn) || insn.op == SCAN_INVALID || is_landing(code, at + 4)) {
			return unknown;
		}
		if (insn.op == SCAN_ADD_CONSTANT && insn.rd == T9 && insn.rs == T9) {
			added += insn.constant;
		} else if (insn.op == SCAN_LOAD && insn.rd == T9) {
			return insn.rs == GP ? table_target(code, insn.constant, added) : unknown;
		} else if (insn.rd == T9 || (insn.clobbers >> T9 & 1) != 0) {
			return unknown;
		}
	}
	return unknown;
}

struct code_target code_target_of(struct code_module *code, uint64_t pc,
				  const struct scan_insn *insn, uint64_t isa_bit)
{
	if (insn->target != 0) {
		// Calls of ARM code by blx, and of MIPS by jalx, change the ISA; that is not told here.
		return code_target_at(code, insn->target | isa_bit);
	}
	bool is_by_t9 = code->image.machine == EM_MIPS && isa_bit == 0 && insn->rs == T9;
	return is_by_t9 ? register_target(code, pc)
			: (struct code_target){ .kind = TARGET_UNKNOWN };
}
