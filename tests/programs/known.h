// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the known program share: a place to keep blocks, and checks of the C library's promises.
#ifndef TESTS_PROGRAMS_KNOWN_H
#define TESTS_PROGRAMS_KNOWN_H

#include "libc_gaps.h"

#ifdef __cplusplus
extern "C" {
#endif

// A function that stands in the golden numbers under its own name.
#ifdef __clang__
#define KNOWN __attribute__((noinline)) // clang makes no clones
#else
#define KNOWN __attribute__((noinline, noclone))
#endif

// A store the compiler must make: a block that is only kept is never optimised away.
extern void *volatile known_sink;

// A size no allocator can give, hidden from the compiler.
extern volatile unsigned long known_huge;

// Counts a broken promise of the allocator and says which: the program then ends with 1.
void known_check(int is_true, const char *promise);

// known_cxx.cpp
void known_cxx(void);

#ifdef __cplusplus
}
#endif

#endif
