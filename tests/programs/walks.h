// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the program `walks` share: each part calls walks_use from frames of its kind.
#ifndef TESTS_PROGRAMS_WALKS_H
#define TESTS_PROGRAMS_WALKS_H

#define NOINLINE __attribute__((noinline))

#ifdef __cplusplus
extern "C" {
#endif

// Keeps results alive, so that calls are not optimised away.
extern volatile int walks_sum;

// Allocates and frees a block: the stack is walked here.
void walks_use(int n);

// Frames of many shapes.
void walks_shapes(void);

// Calls through the C library back to the program.
void walks_callbacks(void);

// Ways to come to a frame other than by a call: longjmp, signals, coroutines.
void walks_jumps(void);

// C++: exceptions, destructors, virtual calls. Absent where there is no C++ compiler.
void walks_cxx(void) __attribute__((weak));

#ifdef __cplusplus
}
#endif

#endif
