// SPDX-License-Identifier: GPL-3.0-or-later
// Workloads whose stacks the bench walks.
#ifndef TESTS_BENCH_WORKLOAD_H
#define TESTS_BENCH_WORKLOAD_H

enum { WORKLOADS = 4 };

struct workload {
	const char *name;
	void (*run)(
		unsigned n); // calls workload_event so many times, each time from the same stacks
};

// As compilers make code by default, and compiled with frame pointers.
extern const struct workload workloads[WORKLOADS], workloads_linked[WORKLOADS];

// Stands for a hook: defined by the bench.
void workload_event(void);

#endif
