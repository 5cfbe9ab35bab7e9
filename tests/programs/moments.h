// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks allocated at the odd moments of a process's life. A test counts them by their size.
#ifndef TESTS_PROGRAMS_MOMENTS_H
#define TESTS_PROGRAMS_MOMENTS_H

#include <stddef.h>

enum moment {
	MOMENT_EARLY = 4201,         // a constructor that runs before the tracer's
	MOMENT_LATE,                 // a destructor that runs after the tracer's
	MOMENT_EARLY_KEY,            // the destructor of a key made before the tracer's
	MOMENT_LATE_KEY,             // of one made after it
	MOMENT_STORAGE,              // the destructor of a thread_local object
	MOMENT_EXIT,                 // a function given to atexit
	MOMENT_MAIN = 4210,          // main
	MOMENT_CHILD,                // a fork child
	MOMENT_EARLY_PREPARE = 4220, // the atfork handlers registered before the tracer's
	MOMENT_EARLY_PARENT,
	MOMENT_EARLY_CHILD,
	MOMENT_LATE_PREPARE, // and after
	MOMENT_LATE_PARENT,
	MOMENT_LATE_CHILD,
};

enum {
	MOMENT_N = 10,         // blocks of each
	MOMENT_FLOOD = 200000, // of MOMENT_EARLY, more than a buffer holds
	MOMENT_ROUNDS = 4, // in which the destructors of keys run: PTHREAD_DESTRUCTOR_ITERATIONS
};

// libmoments_early.so: allocates and keeps `n` blocks of `size` bytes.
void moments_leak(int n, size_t size);
// From now on the thread's end is one of the moments.
void moments_await_early_key(void);

#endif
