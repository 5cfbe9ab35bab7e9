// SPDX-License-Identifier: GPL-3.0-or-later
// The floor: what the walkers' method costs at least, on x86-64.
#ifndef TESTS_BENCH_FLOOR_H
#define TESTS_BENCH_FLOOR_H

#include "tests/bench/mode.h"

// Cached rules without the memo, with it, and frame pointers. No bounds, no signals, no unmapped
// code, no other stacks, one thread.
bench_walk floor_rows, floor_memo, floor_links;

#endif
