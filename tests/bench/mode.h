// SPDX-License-Identifier: GPL-3.0-or-later
// The ways to walk a stack that the bench compares.
#ifndef TESTS_BENCH_MODE_H
#define TESTS_BENCH_MODE_H

#include "unwind/stepper.h"

struct bench_stack {
	const uintptr_t *pcs; // innermost first; some begin inside the hook
	size_t n;
	size_t stride; // from one to the next
};

typedef void bench_walk(const struct unwind_start *start, struct bench_stack *stack);

// Which frames a mode must find, of a program that has tables.
enum bench_sight {
	BENCH_ALL,
	BENCH_TRUE,   // no other, but it may end early
	BENCH_LINKED, // the same, where there are frame pointers; else anything
};

struct bench_mode {
	const char *name;
	bench_walk *walk;
	bool (*is_there)(void); // NULL: on every machine
	enum bench_sight sight;
	unsigned fewer; // walks so many times fewer stacks, being slow
};

// The first is that of nothing at all, the second the truth.
enum { MODE_NONE, MODE_TRUTH };
extern const struct bench_mode bench_modes[];
extern const size_t bench_n_modes;

// What workload_event walks by, and what that found.
extern bench_walk *bench_current;
extern struct bench_stack bench_stack;

// What mode `auto` keeps for this thread.
const struct unwind_thread *bench_thread(void);

#endif
