// SPDX-License-Identifier: GPL-3.0-or-later
// Any stack, rules, code and tables: a walk ends within its depth, reads nothing but its stack and code,
// and finds the same whether it keeps what it found before or not.
//
// Input: mode, number of rules, of walks, of words of the stack, of bytes of code; then the rules, the
// stack, the walks with what is stored between them, the code, and the tables. Stack, code and tables lie
// between pages that cannot be read.
#include "unwind/stepper.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	PAGE = 4096,
	WORDS = PAGE / sizeof(uintptr_t),
	WALKS_MAX = 8,
	STORES_MAX = 4,
};

struct input {
	const uint8_t *at;
	size_t left;
};

// What a walk may read, each page between two that it may not.
static struct places {
	uint8_t *stack, *code, *tables;
} places;

static struct unwind_thread keeping, plain;
static uintptr_t pcs[2][UNWIND_DEPTH_MAX];
static uint8_t hows[2][UNWIND_DEPTH_MAX];
static size_t tables_size;

static void require(bool holds)
{
	if (!holds) {
		abort();
	}
}

static uint8_t *map_page(void)
{
	uint8_t *pages = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(pages != MAP_FAILED);
	require(mprotect(pages + PAGE, PAGE, PROT_READ | PROT_WRITE) == 0);
	return pages + PAGE;
}

// 0 when the input is at its end.
static unsigned take(struct input *input, unsigned n_bytes)
{
	unsigned number = 0;
	for (; n_bytes > 0 && input->left > 0; n_bytes--, input->left--) {
		number = number << 8 | *input->at++;
	}
	return number;
}

// A word as stacks hold them: a place in the code, one in the stack, a small number, a wild one.
static uintptr_t take_word(struct input *input)
{
	unsigned number = take(input, 2), low = number & 0x3fff;
	switch (number >> 14) {
	case 0:
		return (uintptr_t)places.code + low % PAGE;
	case 1:
		return (uintptr_t)places.stack + low % (PAGE + 64);
	case 2:
		return low;
	default:
		return (uintptr_t)low * (UINTPTR_MAX / 0x3fff);
	}
}

static uint8_t take_kind(struct input *input)
{
	static const uint8_t kinds[] = {
		RULE_FRAME,   RULE_SCANNED, RULE_OUTERMOST, RULE_LINKED,
		RULE_UNKNOWN, RULE_SIGNAL,  RULE_BEYOND,    RULE_NO_CODE,
	};
	return kinds[take(input, 1) % sizeof(kinds)];
}

static void take_rule(struct input *input)
{
	struct unwind_rule rule = { .kind = take_kind(input) };
	uintptr_t pc = (uintptr_t)places.code + take(input, 2) % PAGE;
	unsigned form = take(input, 1);
	rule.base = form % 3;
	rule.ra_place = form / 3 % 4 != 0 ? RULE_AT_CFA : RULE_IN_REGISTER;
	rule.fp_place = form / 12 % 3;
	rule.cfa = (int8_t)take(input, 1) * 4;
	rule.ra = rule.ra_place == RULE_AT_CFA ? (int8_t)take(input, 1) * 4 : 0;
	rule.fp = rule.fp_place != RULE_IN_REGISTER ? (int8_t)take(input, 1) * 4 : 0;
	if (rules_find(&plain.rules, pc) == NULL) {
		rules_add(&plain.rules, pc, &rule);
	}
}

static bool find_code(void *user, uintptr_t pc, struct unwind_code *code)
{
	uintptr_t start = (uintptr_t)places.code, end = (uintptr_t)places.tables + PAGE;
	(void)user;
	if (pc - start >= PAGE) {
		return false;
	}
	*code = (struct unwind_code){ .start = start, .end = start + PAGE };
	if (tables_size > 0) {
		code->index = code->index_start = end - tables_size;
		code->index_size = tables_size;
		code->index_end = end;
	}
	return true;
}

static bool read_code(void *user, uintptr_t pc, unwind_code_reader *read, void *argument)
{
	struct unwind_code code;
	bool is_found = find_code(user, pc, &code);
	if (is_found) {
		read(argument, &code);
	}
	return is_found;
}

static struct unwind_stack walk(struct unwind_thread *thread, enum unwind_mode mode,
				const struct unwind_start *start, size_t max)
{
	unsigned own = thread == &plain;
	struct unwind_context context = { .thread = thread,
					  .find_code = find_code,
					  .read_code = read_code };
	struct unwind_stack stack = { .pcs = pcs[own], .hows = hows[own], .max = max };
	unwind_walk(mode, start, &context, &stack);
	require(stack.n_pcs <= max && stack.n_kept <= stack.n_pcs);
	for (size_t i = 0; i < stack.n_pcs; i++) {
		require(stack.pcs[i] != 0);
	}
	return stack;
}

static void walk_both_ways(struct input *input, enum unwind_mode mode)
{
	size_t max = 1 + take(input, 1);
	struct unwind_start start = { .pc = take_word(input) };
	start.sp = take_word(input);
	start.fp = take_word(input);
	unwind_thread_forget_stack(&plain);
	struct unwind_stack truth = walk(&plain, mode, &start, max);
	// What a scan remembers of long functions depends on what it was asked before.
	keeping.rules = plain.rules;
	keeping.work = plain.work;
	struct unwind_stack kept = walk(&keeping, mode, &start, max);
	require(kept.n_pcs == truth.n_pcs && kept.cut == truth.cut);
	require(memcmp(kept.pcs, truth.pcs, kept.n_pcs * sizeof(kept.pcs[0])) == 0);
	require(memcmp(kept.hows, truth.hows, kept.n_pcs) == 0);
}

static void set_up(void)
{
	if (places.stack == NULL) {
		places = (struct places){ map_page(), map_page(), map_page() };
	}
	struct stack_own own = { .low = (uintptr_t)places.stack, .is_looked_up = true };
	own.high = own.low + PAGE;
	unwind_thread_forget_code(&plain);
	unwind_thread_forget_code(&keeping);
	plain.stack = keeping.stack = own;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum unwind_mode modes[] = { UNWIND_AUTO, UNWIND_TABLES, UNWIND_SCAN };
	struct input input = { data, size };
	set_up();
	enum unwind_mode mode = modes[take(&input, 1) % 3];
	unsigned n_rules = take(&input, 1), n_walks = 1 + take(&input, 1) % WALKS_MAX;
	unsigned n_words = take(&input, 2) % (WORDS + 1), n_code = take(&input, 2) % (PAGE + 1);
	uintptr_t *words = (uintptr_t *)(void *)places.stack;
	memset(places.stack, 0, PAGE);
	memset(places.code, 0, PAGE);
	for (unsigned i = 0; i < n_rules; i++) {
		take_rule(&input);
	}
	for (unsigned i = 0; i < n_words; i++) {
		words[WORDS - 1 - i] = take_word(&input);
	}
	// Code and tables come last; the walks are read before them.
	struct input walks = input;
	size_t n_walk_bytes = n_walks * (1 + 6 + 1 + 4 * STORES_MAX);
	n_walk_bytes = n_walk_bytes < input.left ? n_walk_bytes : input.left;
	walks.left = n_walk_bytes;
	input.at += n_walk_bytes;
	input.left -= n_walk_bytes;
	n_code = n_code < input.left ? n_code : (unsigned)input.left;
	memcpy(places.code, input.at, n_code);
	tables_size = input.left - n_code < PAGE ? input.left - n_code : PAGE;
	if (tables_size > 0) {
		memcpy(places.tables + PAGE - tables_size, input.at + n_code, tables_size);
	}
	for (unsigned i = 0; i < n_walks; i++) {
		walk_both_ways(&walks, mode);
		for (unsigned n = take(&walks, 1) % (STORES_MAX + 1); n > 0; n--) {
			unsigned at = take(&walks, 2) % WORDS;
			words[at] = take_word(&walks);
		}
	}
	return 0;
}
