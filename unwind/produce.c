// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds the rule of a frame by asking the producers that a mode allows, one after another.
#include "unwind/produce.h"

#include <elf.h>
#include <string.h>

#include "unwind/auxv.h"
#include "unwind/cfi_rule.h"
#include "unwind/memory.h"
#include "unwind/scan_callee.h"
#include "unwind/scan_isa.h"

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

static struct code_view view_of(const struct unwind_code *code, const struct scan_isa *isa)
{
	return (struct code_view){
		.bytes = (const uint8_t *)code->start,
		.size = code->end - code->start,
		.address = code->start,
		.is_big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__,
		.slot_size = unwind_arch.slot_size,
		.isa = isa,
	};
}

static void by_scan(const struct code_view *view, const struct unwind_state *state,
		    struct scan_work *work, struct unwind_rule *rule)
{
	uintptr_t pc = state->pc & ~(uintptr_t)unwind_arch.isa_bits;

	if (state->is_exact)
		scan_interrupted(view, pc, work, rule);
	else
		scan_rule(view, pc, work, rule);
}

// What a frame made by hand returns to, as the first of a coroutine. Whatever is read from code that is not
// a function's would be wrong.
static bool is_uncalled(const struct unwind_code *code, const struct unwind_state *state)
{
	const uintptr_t pc = state->pc & ~(uintptr_t)unwind_arch.isa_bits;

	if (state->is_exact || unwind_arch.isa_at == NULL)
		return false;
	const struct code_view view = view_of(code, unwind_arch.isa_at(state->pc));
	return scan_is_uncalled(&view, pc);
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
	const struct stack_bounds *stack; // NULL: it is not to be looked at
	struct unwind_rule *rule;
	uintptr_t start; // of the code
};

// Words of the frame's stack, up to `end`, that are worth a look.
static size_t n_words(const struct request *request, uintptr_t end)
{
	enum { WORDS_MAX = 1024 };
	const struct stack_bounds *bounds = request->stack;
	uintptr_t sp = request->state->sp;
	size_t n;

	if (request->state->is_exact || !stack_bounds_hold(bounds, sp, sizeof(uintptr_t)) ||
	    sp >= bounds->high || end < sp)
		return 0;
	n = ((end < bounds->high ? end : bounds->high) - sp) / sizeof(uintptr_t);
	return n < WORDS_MAX ? n : WORDS_MAX;
}

// Where the code alone does not tell.
static void by_callers(const struct code_view *view, const struct request *request,
		       struct unwind_rule *rule)
{
	const struct unwind_state *state = request->state;
	const struct scan_stack stack = { state->sp, state->fp, (const scan_word *)state->sp,
					  n_words(request, UINTPTR_MAX) };

	scan_callers(view, state->pc, &stack, request->work, rule);
}

// Whether a frame pointer that the frame need not have set may be followed: it may be one of a frame
// further out, but then a return address of this module lies before what it points to.
static bool is_linkable(const struct code_view *view, const struct request *request)
{
	const struct unwind_state *state = request->state;
	const struct scan_stack stack = { state->sp, state->fp, (const scan_word *)state->sp,
					  n_words(request, state->fp) };

	return !scan_holds_return(view, &stack);
}

static bool ask_scanner(const struct unwind_code *code, const struct request *request,
			bool *may_be_linked)
{
	const struct unwind_state *state = request->state;
	struct unwind_rule rule = rule_of_kind(RULE_UNKNOWN);

	if ((request->producers & PRODUCE_BY_SCAN) == 0 || unwind_arch.isa_at == NULL)
		return false;
	const struct code_view view = view_of(code, unwind_arch.isa_at(state->pc));
	request->work->is_used = true;
	by_scan(&view, state, request->work, &rule);
	if (scan_is_ra_pushed(view.isa) && rule.kind == RULE_UNKNOWN && request->stack != NULL &&
	    !state->is_exact) {
		by_callers(&view, request, &rule);
		*may_be_linked = is_linkable(&view, request);
	}
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
	bool may_be_linked = true;
	bool has_tables;

	// ARM's tables hold at calls alone.
	if (state->is_exact && unwind_arch.by_tables != NULL && !is_entry(address) &&
	    ask_scanner(code, request, &may_be_linked))
		return;
	has_tables = (request->producers & PRODUCE_BY_TABLES) != 0 &&
		     by_tables(code, address, request->rule);
	// Tables that keep the return address in its register behind a call do not say where it is.
	if (has_tables && is_answer(request->rule) &&
	    (request->rule->kind != RULE_FRAME || request->rule->ra_place == RULE_AT_CFA ||
	     !is_uncalled(code, state)))
		return;
	if (is_entry(address) || is_uncalled(code, state)) {
		*request->rule = rule_of_kind(RULE_OUTERMOST);
		return;
	}
	if (!ask_scanner(code, request, &may_be_linked) && !has_tables && may_be_linked &&
	    (request->producers & PRODUCE_BY_LINKS) != 0)
		*request->rule = unwind_arch.linked;
}

// While the code cannot be unmapped.
static void produce(void *argument, const struct unwind_code *code)
{
	struct request *request = argument;
	const struct unwind_state *state = request->state;

	request->start = code->start;
	if (!state->is_exact && state->pc < code->end && unwind_arch.is_trampoline != NULL &&
	    unwind_arch.is_trampoline(state->pc, code->end))
		*request->rule = rule_of_kind(RULE_SIGNAL);
	else
		ask(code, request);
}

// Hands the code that holds `pc` to `read`. False: there is none.
static bool find_and_read(const struct unwind_context *context, uintptr_t pc,
			  unwind_code_reader *read, void *argument)
{
	struct unwind_code code = { 0 };

	if (context->read_code != NULL)
		return context->read_code(context->user, pc, read, argument);
	if (!context->find_code(context->user, pc, &code))
		return false;
	read(argument, &code);
	return true;
}

struct place {
	uintptr_t pc, start; // of the code that is to be called
	bool is_behind_call;
};

// A call of a function in sight, if it were right, would have told the frame.
static void look_for_call(void *argument, const struct unwind_code *code)
{
	struct place *place = argument;
	const struct scan_isa *isa = unwind_arch.isa_at(place->pc);
	const struct code_view view = view_of(code, isa);
	code_address target;

	place->is_behind_call = isa->is_behind_call(&view, place->pc, &target) &&
				(code->start != place->start || target - code->start >= view.size ||
				 scan_is_stub(&view, target));
}

// Whether the rule leads to a return address. The frame's state and the stack say where.
static bool is_confirmed(const struct unwind_context *context, const struct request *request,
			 const struct unwind_rule *rule)
{
	const struct unwind_state *state = request->state;
	uintptr_t base = rule->base == RULE_SP ? state->sp : state->fp;
	uintptr_t cfa = base + (uintptr_t)(intptr_t)rule->cfa;
	struct place place = { .start = request->start };

	if (rule->base == RULE_WORD_AT_FP && !stack_bounds_load(request->stack, cfa, &cfa))
		return false;
	return cfa > state->sp &&
	       stack_bounds_load(request->stack, cfa + (uintptr_t)(intptr_t)rule->ra, &place.pc) &&
	       find_and_read(context, place.pc - 1, look_for_call, &place) && place.is_behind_call;
}

bool produce_is_behind_call(const struct unwind_context *context, uintptr_t pc)
{
	struct place place = { .pc = pc };

	return find_and_read(context, pc - 1, look_for_call, &place) && place.is_behind_call;
}

// The likeliest of what the code may mean that holds on the stack.
static void guess(const struct unwind_context *context, const struct request *request)
{
	const struct scan_work *work = request->work;

	if (work->n_guesses == 0 || !scan_is_ra_pushed(unwind_arch.isa_at(request->state->pc)))
		return;
	for (uint32_t i = 0; i < work->n_guesses; i++) {
		if (is_confirmed(context, request, &work->guesses[i])) {
			*request->rule = work->guesses[i];
			request->rule->kind = RULE_SCANNED;
			return;
		}
	}
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
		  unsigned *wild_left, const struct unwind_state *state,
		  const struct stack_bounds *stack, struct unwind_rule *rule)
{
	struct request request = { producers, work, state, stack, rule, 0 };

	*rule = rule_of_kind(RULE_UNKNOWN);
	work->n_guesses = 0;
	if (!find_and_read(context, state->pc - !state->is_exact, produce, &request)) {
		bool is_signal = is_wild_trampoline(state->pc, wild_left);

		*rule = rule_of_kind(is_signal ? RULE_SIGNAL : RULE_NO_CODE);
	} else if (stack != NULL && rule->kind != RULE_SCANNED) {
		guess(context, &request);
	}
}

uintptr_t produce_copy_trampoline(uintptr_t pc, struct produce_copy *copy)
{
	uintptr_t isa_bits = pc & unwind_arch.isa_bits;
	bool is_copied = memory_copy(copy, pc - isa_bits, sizeof(*copy));

	return is_copied ? (uintptr_t)copy | isa_bits : 0;
}
