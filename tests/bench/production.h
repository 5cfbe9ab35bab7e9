// SPDX-License-Identifier: GPL-3.0-or-later
// What a rule costs the first time, and what a thread keeps.
#ifndef TESTS_BENCH_PRODUCTION_H
#define TESTS_BENCH_PRODUCTION_H

// Prints, separated by tabs, a line per producer: "rule", its name, the mean and the longest time in
// nanoseconds, and of how many rules; and a line "thread" with the bytes a thread keeps
// for rules, for the memo, in all, and how many of them the workloads have touched.
void production_print(void);

#endif
