// SPDX-License-Identifier: GPL-3.0-or-later
// Workloads whose stacks the bench walks. Compiled twice, see workload.h.
#include "tests/bench/workload.h"

#include <stddef.h>
#include <stdint.h>

#define APART __attribute__((noinline))

enum {
	LEAVES = 8,
	LEVELS_FIXED =
		13, // with the leaf, the loop, run, main and three of libc: 20 frames on x86-64
	LEVELS_DEEP = 93,
	NESTING = 4, // of the parser's blocks and of its expressions
};

static unsigned n_left;
static volatile unsigned sink;

static inline __attribute__((always_inline)) void event(void)
{
	n_left -= n_left != 0;
	workload_event();
}

// The same loop calls malloc again and again.
static APART void run_tight(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		workload_event();
		sink = i;
	}
}

// Only the innermost frame differs from stack to stack.
#define LEAF(i)                                                                                    \
	static APART void leaf_##i(void)                                                           \
	{                                                                                          \
		event();                                                                           \
		sink = i;                                                                          \
	}
LEAF(0)
LEAF(1)
LEAF(2)
LEAF(3)
LEAF(4)
LEAF(5)
LEAF(6)
LEAF(7)

static void (*const leaves[LEAVES])(void) = { leaf_0, leaf_1, leaf_2, leaf_3,
					      leaf_4, leaf_5, leaf_6, leaf_7 };

static APART void call_leaves(void)
{
	for (unsigned i = 0; n_left != 0; i++) {
		leaves[i % LEAVES]();
	}
}

static APART void descend(unsigned level)
{
	if (level == 0) {
		call_leaves();
	} else {
		descend(level - 1);
	}
	sink = level;
}

static APART void run_fixed(unsigned n)
{
	n_left = n;
	descend(LEVELS_FIXED - 1);
}

static APART void run_deep(unsigned n)
{
	n_left = n;
	descend(LEVELS_DEEP - 1);
}

// A parser by recursive descent, of a program made up as it goes: inner frames change all the time.
static uint32_t seed;

static uint32_t draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void parse_sum(unsigned level);
static void parse_block(unsigned level);

static APART void text_copy(unsigned size)
{
	event();
	sink = size;
}

static APART void list_grow(unsigned kind)
{
	event();
	sink = kind;
}

static APART void list_add(unsigned kind)
{
	if (draw(4) == 0) {
		list_grow(kind);
	}
	sink = kind;
}

static APART void node_new(unsigned kind)
{
	event();
	if (kind == 1) {
		list_add(kind);
	}
	sink = kind;
}

static APART void parse_name(void)
{
	text_copy(draw(20));
	node_new(0);
	sink = 2;
}

static APART void parse_call(unsigned level)
{
	parse_name();
	for (unsigned i = draw(3); i > 0 && n_left != 0; i--) {
		parse_sum(level);
		list_add(2);
	}
	node_new(1);
}

static APART void parse_value(unsigned level)
{
	uint32_t choice = draw(6);

	if (choice >= 4 || level == 0) {
		parse_name();
	} else if (choice == 0) {
		parse_call(level - 1);
	} else if (choice == 1) {
		node_new(2);
	} else {
		parse_sum(level - 1);
	}
	sink = choice;
}

static APART void parse_product(unsigned level)
{
	parse_value(level);
	while (draw(3) == 0 && n_left != 0) {
		parse_value(level);
		node_new(3);
	}
	sink = level;
}

static void parse_sum(unsigned level)
{
	parse_product(level);
	while (draw(3) == 0 && n_left != 0) {
		parse_product(level);
		node_new(4);
	}
	sink = level;
}

static APART void parse_statement(unsigned level)
{
	uint32_t choice = draw(4);

	if (choice < 2 && level != 0) {
		parse_sum(NESTING);
		parse_block(level - 1);
	} else {
		parse_name();
		parse_sum(NESTING);
	}
	node_new(1);
	sink = level;
}

static void parse_block(unsigned level)
{
	for (unsigned i = draw(6) + 1; i > 0 && n_left != 0; i--) {
		parse_statement(level);
		list_add(3);
	}
	node_new(5);
}

static APART void run_parser(unsigned n)
{
	seed = 1;
	n_left = n;
	while (n_left != 0) {
		parse_block(NESTING);
	}
}

const struct workload WORKLOADS_NAME[WORKLOADS] = {
	{ "tight loop" WORKLOADS_KIND, run_tight },
	{ "20 frames" WORKLOADS_KIND, run_fixed },
	{ "parser" WORKLOADS_KIND, run_parser },
	{ "100 frames" WORKLOADS_KIND, run_deep },
};
