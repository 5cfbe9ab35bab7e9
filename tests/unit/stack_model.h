// SPDX-License-Identifier: GPL-3.0-or-later
// A stack made up for the tests of the stepping loop, and walks of it.
#ifndef TESTS_UNIT_STACK_MODEL_H
#define TESTS_UNIT_STACK_MODEL_H

#include "unwind/stepper.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum {
	SLOT = 8, // bytes of a saved register; enough on every machine
	STACK_PAGES = 16,
	DEEP_PAGES = 64,
	KINDS = 6 + 3 * ARCH_HAS_FP2,
	SITES = 2, // call sites of each kind: few, so that stacks differ by little but their frames
	DEPTH = 1500,
	DEPTH_USUAL = 40,
	ROOT = 0x10000,
};

// The model: a program's stack, and what a walk must find.
static struct model {
	uintptr_t low, high; // a stack between two pages that cannot be read
	size_t depth;        // frames in use; frame 0 is the outermost
	uintptr_t pcs[DEPTH], sps[DEPTH], fps[DEPTH], fp2s[DEPTH];
} model;

static struct unwind_thread keeping, plain;
static uintptr_t pcs[2][UNWIND_DEPTH_MAX];
static uint8_t hows[2][UNWIND_DEPTH_MAX];
static uint32_t seed = 1;

static inline uint32_t draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

// Whatever has no rule in the table is unknown here.
static inline bool find_no_code(void *user, uintptr_t pc, struct unwind_code *code)
{
	(void)user;
	(void)pc;
	(void)code;
	return false;
}

static inline uintptr_t site_of(unsigned kind, unsigned i)
{
	return ROOT + 0x1000 * (uintptr_t)(kind + 1) + 16 * (uintptr_t)i;
}

static inline unsigned kind_at(uintptr_t pc)
{
	return (unsigned)((pc - ROOT) / 0x1000 - 1);
}

static inline struct unwind_rule rule_of(unsigned kind)
{
	struct unwind_rule rule = { RULE_FRAME, RULE_SP, RULE_AT_CFA, RULE_IN_REGISTER,
				    0,          0,       -SLOT,       0 };

	// Some are known from tables, some from code.
	rule.kind = kind % 2 == 0 ? RULE_FRAME : RULE_SCANNED;
	if (kind < 2) {
		rule.cfa = (int32_t)(kind * 3 + 1) * SLOT;
	} else {
		rule.fp_place = RULE_AT_CFA;
		rule.fp = -2 * SLOT;
		rule.cfa = 2 * SLOT;
		rule.base = kind < 4 ? RULE_SP : RULE_FP;
	}
	// Those of the second frame pointer: it is saved too, it alone is, and the CFA is counted from it.
	if (kind >= 6) {
		rule.fp2 = -3 * SLOT;
		rule.cfa = (kind == 8 ? 3 : 4) * SLOT;
		rule.base = kind == 8 ? RULE_FP2 : RULE_SP;
		rule.fp_place = kind == 6 ? RULE_AT_CFA : RULE_IN_REGISTER;
		rule.fp = kind == 6 ? -2 * SLOT : 0;
	}
	return rule;
}

// All there are: what a walk has learnt of wild addresses may have taken the place of some.
static inline void add_rules(struct unwind_thread *thread)
{
	struct unwind_rule rule = rule_of_kind(RULE_OUTERMOST);

	rules_clear(&thread->rules);
	rules_add(&thread->rules, ROOT, &rule);
	for (unsigned kind = 0; kind < KINDS; kind++) {
		rule = rule_of(kind);
		for (unsigned i = 0; i < SITES; i++)
			rules_add(&thread->rules, site_of(kind, i), &rule);
	}
}

static inline void store(uintptr_t slot, uintptr_t value)
{
	memcpy((void *)(slot + ARCH_SLOT_SKEW), &value, sizeof(value));
}

static inline bool map_stack(size_t n_pages)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), size = n_pages * page;
	char *pages = mmap(NULL, size + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || mprotect(pages + page, size, PROT_READ | PROT_WRITE) != 0)
		return false;
	model.low = (uintptr_t)pages + page;
	model.high = model.low + size;
	return true;
}

// The model's stack is the thread's own, or one that it is on for a while.
static inline void take_stack(bool is_own)
{
	struct stack_own own = { .is_looked_up = true };

	if (is_own) {
		own.low = model.low;
		own.high = model.high;
	}
	keeping.stack = plain.stack = own;
	unwind_thread_forget_stack(&keeping);
}

static inline void begin(void)
{
	model.depth = 1;
	model.pcs[0] = ROOT;
	model.sps[0] = model.high - 4 * SLOT;
	model.fps[0] = draw(3) == 0 ? model.sps[0] : 12345;
	model.fp2s[0] = draw(3) == 0 ? model.sps[0] : 54321;
}

// Calls a function of the kind; what lies in its frame is left from before.
static inline void enter(unsigned kind)
{
	size_t i = model.depth++;
	uintptr_t cfa = model.sps[i - 1], fp = model.fps[i - 1], fp2 = model.fp2s[i - 1];
	struct unwind_rule rule = rule_of(kind);

	store(cfa - SLOT, model.pcs[i - 1]);
	if (rule.fp_place == RULE_AT_CFA)
		store(cfa - 2 * SLOT, fp);
	if (rule.fp2 != 0)
		store(cfa - 3 * SLOT, fp2);
	model.pcs[i] = site_of(kind, draw(SITES));
	model.fps[i] = rule.fp_place == RULE_AT_CFA ? draw(100) : fp;
	model.fp2s[i] = rule.fp2 != 0 ? draw(100) : fp2;
	model.sps[i] = cfa - (uintptr_t)rule.cfa;
	if (rule.base == RULE_FP) {
		model.fps[i] = cfa - 2 * SLOT;
		model.sps[i] = cfa - (2 + draw(9)) * SLOT;
	} else if (rule.base == RULE_FP2) {
		model.fp2s[i] = cfa - 3 * SLOT;
		model.sps[i] = cfa - (3 + draw(9)) * SLOT;
	}
}

static inline struct unwind_stack walk(struct unwind_thread *thread, size_t max)
{
	struct unwind_context context = { .thread = thread, .find_code = find_no_code };
	unsigned own = thread == &plain;
	struct unwind_stack stack = { .pcs = pcs[own], .hows = hows[own], .max = max };
	size_t i = model.depth - 1;
	struct unwind_start start = { .pc = model.pcs[i], .sp = model.sps[i], .fp = model.fps[i] };
#if ARCH_HAS_FP2
	start.fp2 = model.fp2s[i];
#endif

	unwind_walk(UNWIND_AUTO, &start, &context, &stack);
	return stack;
}

// By the rule of the frame inside it.
static inline unsigned how_of(size_t i)
{
	if (i == model.depth - 1)
		return UNWIND_BY_HOOK;
	return kind_at(model.pcs[i + 1]) % 2 == 0 ? UNWIND_BY_TABLES : UNWIND_BY_SCAN;
}

// The innermost `max` frames.
static inline void check_cut(const struct unwind_stack *stack, size_t max)
{
	size_t n = model.depth < max ? model.depth : max;
	bool is_same = stack->n_pcs == n;

	for (size_t i = 0; is_same && i < n; i++)
		is_same = stack->pcs[i] == model.pcs[model.depth - 1 - i] &&
			  stack->hows[i] == how_of(model.depth - 1 - i);
	CHECK(is_same);
	CHECK_EQ(stack->cut, model.depth > max ? UNWIND_CUT_DEPTH : UNWIND_WHOLE);
}

static inline void check_stack(const struct unwind_stack *stack)
{
	check_cut(stack, DEPTH);
}

#endif
