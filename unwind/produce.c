// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the rule of a frame by asking the producers that a mode allows, one after another.
#include "unwind/produce.h"

#include <elf.h>
#include <string.h>

#include "unwind/auxv.h"
#include "unwind/cfi_rule.h"
#include "unwind/memory.h"

// Entry code calls one function, and is done within so many bytes; the loader's own calls several. Behind
// the program's come a few small functions of the compiler's, and then, in dense code soon, its own.
static const uintptr_t program_entry_size = 128, loader_entry_size = 256;

static uintptr_t entry_of_loader(void)
{
	uintptr_t base = auxv_value(AT_BASE);
	Elf32_Ehdr narrow;
	Elf64_Ehdr wide;

	if (base == 0)
		return 0;
	memcpy(&narrow, (const void *)base, sizeof(narrow));
	if (narrow.e_ident[EI_CLASS] != ELFCLASS64)
		return base + narrow.e_entry;
	memcpy(&wide, (const void *)base, sizeof(wide));
	return base + (uintptr_t)wide.e_entry;
}

static bool is_entry(uintptr_t pc)
{
	static uintptr_t program, loader; // the same whoever computes them

	if (program == 0) {
		loader = entry_of_loader();
		program = auxv_value(AT_ENTRY);
	}
	return pc - program < program_entry_size ||
	       (loader != 0 && pc - loader < loader_entry_size);
}

static bool by_tables(const struct unwind_code *code, uintptr_t address, struct unwind_rule *rule)
{
	const struct cfi_table segment = {
		.bytes = (const uint8_t *)code->index_start,
		.size = code->index_end - code->index_start,
		.address = code->index_start,
		.is_eh_frame = true,
		.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.word_size = sizeof(uintptr_t),
		.sp = unwind_arch.dwarf_sp,
		.fp = unwind_arch.dwarf_fp,
		.fp2 = unwind_arch.dwarf_fp2,
	};

	if (code->index == 0)
		return false;
	return unwind_arch.by_tables != NULL ? unwind_arch.by_tables(code, address, rule)
					     : cfi_rule(&segment, code->index, address, rule);
}

static struct code_view view_of(const struct unwind_code *code, const struct unwind_state *state)
{
	return (struct code_view){
		.bytes = (const uint8_t *)code->start,
		.size = code->end - code->start,
		.address = code->start,
		.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.slot_size = unwind_arch.slot_size,
		.isa = unwind_arch.isa_at(state->pc),
	};
}

static void by_scan(const struct unwind_code *code, const struct unwind_state *state,
		    struct scan_work *work, struct unwind_rule *rule)
{
	uintptr_t pc = state->pc & ~(uintptr_t)unwind_arch.isa_bits;
	const struct code_view view = view_of(code, state);

	if (state->is_exact)
		scan_interrupted(&view, pc, work, rule);
	else
		scan_rule(&view, pc, work, rule);
	if (rule->kind == RULE_UNKNOWN && !state->is_exact && scan_is_uncalled(&view, pc))
		*rule = rule_of_kind(RULE_OUTERMOST);
}

static bool is_answer(const struct unwind_rule *rule)
{
	return rule->kind != RULE_UNKNOWN && rule->kind != RULE_BEYOND;
}

// What is wanted of code and tables.
struct request {
	unsigned producers;
	struct scan_work *work;
	const struct unwind_state *state;
	struct unwind_rule *rule;
};

static bool ask_scanner(const struct unwind_code *code, const struct request *request)
{
	struct unwind_rule rule = rule_of_kind(RULE_UNKNOWN);

	if ((request->producers & PRODUCE_BY_SCAN) == 0 || unwind_arch.isa_at == NULL)
		return false;
	by_scan(code, request->state, request->work, &rule);
	if (!is_answer(&rule))
		return false;
	*request->rule = rule;
	if (rule.kind == RULE_FRAME)
		request->rule->kind = RULE_SCANNED;
	return true;
}

static void ask(const struct unwind_code *code, const struct request *request)
{
	const struct unwind_state *state = request->state;
	uintptr_t address = (state->pc & ~(uintptr_t)unwind_arch.isa_bits) - !state->is_exact;
	bool has_tables;

	// ARM's tables hold at calls alone.
	if (state->is_exact && unwind_arch.by_tables != NULL && !is_entry(address) &&
	    ask_scanner(code, request))
		return;
	has_tables = (request->producers & PRODUCE_BY_TABLES) != 0 &&
		     by_tables(code, address, request->rule);
	if (has_tables && is_answer(request->rule))
		return;
	if (is_entry(address)) {
		*request->rule = rule_of_kind(RULE_OUTERMOST);
		return;
	}
	if (!ask_scanner(code, request) && !has_tables &&
	    (request->producers & PRODUCE_BY_LINKS) != 0)
		*request->rule = unwind_arch.linked;
}

// While the code cannot be unmapped.
static void read_code(void *argument, const struct unwind_code *code)
{
	const struct request *request = argument;
	const struct unwind_state *state = request->state;

	if (!state->is_exact && state->pc < code->end && unwind_arch.is_trampoline != NULL &&
	    unwind_arch.is_trampoline(state->pc, code->end))
		*request->rule = rule_of_kind(RULE_SIGNAL);
	else
		ask(code, request);
}

static bool find_and_read(const struct unwind_context *context, uintptr_t pc,
			  struct request *request)
{
	struct unwind_code code = { 0 };

	if (context->read_code != NULL)
		return context->read_code(context->user, pc, read_code, request);
	if (!context->find_code(context->user, pc, &code))
		return false;
	read_code(request, &code);
	return true;
}

// A trampoline where no module is.
static bool is_wild_trampoline(uintptr_t pc, unsigned *wild_left)
{
	struct produce_copy copy;

	if (!unwind_arch.has_wild_trampolines || *wild_left == 0)
		return false;
	(*wild_left)--;
	pc = produce_copy_trampoline(pc, &copy);
	return pc != 0 && unwind_arch.is_trampoline(pc, (uintptr_t)&copy + sizeof(copy));
}

void produce_rule(const struct unwind_context *context, unsigned producers, struct scan_work *work,
		  unsigned *wild_left, const struct unwind_state *state, struct unwind_rule *rule)
{
	struct request request = { producers, work, state, rule };

	*rule = rule_of_kind(RULE_UNKNOWN);
	if (!find_and_read(context, state->pc - !state->is_exact, &request)) {
		bool is_signal = is_wild_trampoline(state->pc, wild_left);

		*rule = rule_of_kind(is_signal ? RULE_SIGNAL : RULE_NO_CODE);
	}
}

uintptr_t produce_copy_trampoline(uintptr_t pc, struct produce_copy *copy)
{
	uintptr_t isa_bits = pc & unwind_arch.isa_bits;
	bool is_copied = memory_copy(copy, pc - isa_bits, sizeof(*copy));

	return is_copied ? (uintptr_t)copy | isa_bits : 0;
}
