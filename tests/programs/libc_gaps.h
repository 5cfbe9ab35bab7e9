// SPDX-License-Identifier: GPL-3.0-or-later
// What the C libraries differ in as far as test programs mind; tests/golden/known.LIBC.costs has what
// becomes of the known program's costs.
#ifndef TESTS_PROGRAMS_LIBC_GAPS_H
#define TESTS_PROGRAMS_LIBC_GAPS_H

#include <features.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__UCLIBC__) // which says of itself that it is glibc, too
enum { LIBC_HAS_PVALLOC = 0, LIBC_REALLOC_0_FREES = 1 };
#define reallocarray(block, count, size) realloc(block, libc_gaps_product(count, size))

static inline size_t libc_gaps_product(size_t count, size_t size)
{
	return size != 0 && count > (size_t)-1 / size ? (size_t)-1 : count * size;
}
#elif defined(__GLIBC__)
enum { LIBC_HAS_PVALLOC = 1, LIBC_REALLOC_0_FREES = 1 };
#else // musl
enum { LIBC_HAS_PVALLOC = 0, LIBC_REALLOC_0_FREES = 0 };
#endif
#if defined(__GLIBC__)
#define LIBC_HAS_CONTEXTS 1
#else
#define LIBC_HAS_CONTEXTS 0
#endif
#if defined(__UCLIBC__) || !defined(__GLIBC__)
#define pvalloc(size) memalign((size_t)sysconf(_SC_PAGESIZE), size)
#endif

#endif
