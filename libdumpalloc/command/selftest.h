// SPDX-License-Identifier: LGPL-2.1-or-later
// What selftest and the program it traces, its own child, agree on.
#ifndef LIBDUMPALLOC_COMMAND_SELFTEST_H
#define LIBDUMPALLOC_COMMAND_SELFTEST_H

#include <stdint.h>

// The shapes of call chains, and what each is for people. An allocation of SELFTEST_SIZE plus its number marks the
// end of each chain.
#define SELFTEST_SHAPE_LIST(X)                                                                     \
	X(nested, "nested calls")                                                                  \
	X(moving, "a function with alloca")                                                        \
	X(callback, "a callback of qsort")                                                         \
	X(handler, "a signal handler")                                                             \
	X(thread, "a thread")

enum selftest_shape {
#define X(name, title) SELFTEST_##name,
	SELFTEST_SHAPE_LIST(X)
#undef X
		SELFTEST_SHAPES,
};

enum {
	SELFTEST_SIZE = 54321,
	SELFTEST_PAIRS = 20000, // allocations that are freed again, of SELFTEST_PAIR_SIZE
	SELFTEST_PAIR_SIZE = 77,
	SELFTEST_PAUSE_MS = 100, // before the last mark: SELFTEST_SIZE + SELFTEST_SHAPES
	SELFTEST_CALLS_MAX = 32,
};

// What the child writes to its standard output: for each shape the return addresses of its functions, outermost first.
struct selftest_calls {
	uint32_t n[SELFTEST_SHAPES];
	uint64_t returns[SELFTEST_SHAPES][SELFTEST_CALLS_MAX];
};

#endif
