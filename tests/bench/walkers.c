// SPDX-License-Identifier: GPL-3.0-or-later
// walkers [ROUNDS]: what a stack costs by each walker, in rounds of one after another.
//
// First each stack of each workload is walked by all of them and compared: exit 1 if one of ours
// finds other frames than the truth. With 0 rounds that is all. Else prints, separated by tabs, a
// line per workload and walker: "stack", workload, walker, frames a stack in the mean, and the
// nanoseconds a stack took in each round; and what production.h says.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/mode.h"
#include "tests/bench/production.h"
#include "tests/bench/workload.h"

enum {
	STACKS_CHECKED = 4000,
	STACKS = 40000,
	MODES_MAX = 16,
	ROUNDS_MAX = 1000,
	WARM_UP = 2000,
};

// What one mode does on one workload.
struct series {
	double n_frames; // of a stack, in the mean
	unsigned n_wrong,
		n_short;       // stacks with a frame that is not true; with fewer than the truth
	double ns[ROUNDS_MAX]; // of a stack
};

static struct series series[MODES_MAX];
static bool is_there[MODES_MAX];
static unsigned n_checked;

static uintptr_t frame_at(size_t i)
{
	return bench_stack.pcs[i * bench_stack.stride];
}

// How many frames are the hook's own.
static size_t hook_frames(const struct unwind_start *start)
{
	size_t n = 0;

	while (n < bench_stack.n && frame_at(n) != start->pc)
		n++;
	return n;
}

static void check_mode(const struct unwind_start *start, size_t i)
{
	static uintptr_t truth[UNWIND_DEPTH_MAX];
	static size_t n_truth;
	struct series *mode = &series[i];
	size_t n_hook, n, n_equal = 0;

	bench_modes[i].walk(start, &bench_stack);
	n_hook = hook_frames(start);
	n = bench_stack.n - n_hook;
	if (i == MODE_TRUTH) {
		for (n_truth = 0; n_truth < n; n_truth++)
			truth[n_truth] = frame_at(n_hook + n_truth);
	}
	while (n_equal < n && n_equal < n_truth && frame_at(n_hook + n_equal) == truth[n_equal])
		n_equal++;
	// Tables end where a program has none; to see further is no fault.
	mode->n_wrong += n_equal < n && n_equal < n_truth;
	mode->n_short += n < n_truth;
	mode->n_frames += (double)n;
}

static void check_stack(const struct unwind_start *start, struct bench_stack *unused)
{
	(void)unused;
	n_checked++;
	for (size_t i = MODE_TRUTH; i < bench_n_modes; i++) {
		if (is_there[i])
			check_mode(start, i);
	}
}

static bool is_well(const struct bench_mode *mode, const struct series *of, bool is_linked)
{
	switch (mode->sight) {
	case BENCH_ALL:
		return of->n_wrong == 0 && of->n_short == 0;
	case BENCH_TRUE:
		return of->n_wrong == 0;
	case BENCH_LINKED:
		break;
	}
	return !is_linked || of->n_wrong == 0;
}

// False: a mode does not find what it must.
static bool check(const struct workload *workload, bool is_linked)
{
	bool are_well = true;

	memset(series, 0, sizeof(series));
	n_checked = 0;
	bench_current = check_stack;
	workload->run(STACKS_CHECKED);
	for (size_t i = MODE_TRUTH; i < bench_n_modes; i++) {
		if (!is_there[i] || is_well(&bench_modes[i], &series[i], is_linked))
			continue;
		fprintf(stderr, "%s: %s: of %u stacks %u wrong, %u short\n", workload->name,
			bench_modes[i].name, n_checked, series[i].n_wrong, series[i].n_short);
		are_well = false;
	}
	return are_well;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double time_of(const struct workload *workload, const struct bench_mode *mode)
{
	unsigned n = STACKS / mode->fewer;
	double start;

	bench_current = mode->walk;
	workload->run(WARM_UP / mode->fewer);
	start = now();
	workload->run(n);
	return (now() - start) / n;
}

static void measure(const struct workload *workload, unsigned n_rounds)
{
	double nothing[ROUNDS_MAX];

	for (unsigned round = 0; round < n_rounds; round++) {
		for (size_t i = 0; i < bench_n_modes; i++) {
			if (is_there[i])
				series[i].ns[round] = time_of(workload, &bench_modes[i]);
		}
	}
	memcpy(nothing, series[MODE_NONE].ns, sizeof(nothing));
	for (size_t i = MODE_TRUTH; i < bench_n_modes; i++) {
		if (!is_there[i])
			continue;
		printf("stack\t%s\t%s\t%.1f", workload->name, bench_modes[i].name,
		       series[i].n_frames / n_checked);
		for (unsigned round = 0; round < n_rounds; round++)
			printf("\t%.1f", series[i].ns[round] - nothing[round]);
		printf("\n");
	}
}

static bool run(const struct workload *workload, bool is_linked, unsigned n_rounds)
{
	bool are_well = check(workload, is_linked);

	if (n_rounds != 0)
		measure(workload, n_rounds);
	return are_well;
}

int main(int argc, char **argv)
{
	unsigned n_rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 10;
	bool are_well = true;

	n_rounds = n_rounds < ROUNDS_MAX ? n_rounds : ROUNDS_MAX;
	for (size_t i = 0; i < bench_n_modes; i++)
		is_there[i] = bench_modes[i].is_there == NULL || bench_modes[i].is_there();
	for (size_t i = 0; i < WORKLOADS; i++) {
		are_well = run(&workloads[i], false, n_rounds) && are_well;
		are_well = run(&workloads_linked[i], true, n_rounds) && are_well;
	}
	if (n_rounds != 0)
		production_print();
	return are_well ? 0 : 1;
}
