// SPDX-License-Identifier: LGPL-2.1-or-later
// What the hooks of the C allocation functions share, and those that no header of an older libc declares.
#ifndef LIBDUMPALLOC_HOOKS_H
#define LIBDUMPALLOC_HOOKS_H

#include <stddef.h>
#include <stdint.h>

// What exports.map lets out.
#define EXPORT __attribute__((visibility("default")))

EXPORT void *reallocarray(void *block, size_t count, size_t size);
EXPORT void *aligned_alloc(size_t alignment, size_t size);
EXPORT void *memalign(size_t alignment, size_t size);
EXPORT void *valloc(size_t size);
EXPORT void *pvalloc(size_t size);
EXPORT void cfree(void *block);
EXPORT void free_sized(void *block, size_t size);
EXPORT void free_aligned_sized(void *block, size_t alignment, size_t size);

// What a hook that is called most does where it does more than call the real function. To capture its caller takes a frame
// on some machines; there it is a function of its own, to which the hook jumps: it has the hook's place on the stack.
#ifdef HOOKS_ARE_SPLIT
#define HOOK_REST static __attribute__((noinline))
#else
#define HOOK_REST static inline __attribute__((always_inline))
#endif

// What hooks that are called seldom have in common, of at most four words: one copy, to which they jump, where the compiler does
// that and code is to be small.
#ifdef HOOKS_JUMP
#define HOOK_SHARED static __attribute__((noinline))
#else
#define HOOK_SHARED static inline __attribute__((always_inline))
#endif

// What the caller asks for in all; a product that overflows is recorded as the largest size.
static inline size_t hooks_product(size_t count, size_t size)
{
	size_t total;

	return __builtin_mul_overflow(count, size, &total) ? SIZE_MAX : total;
}

#endif
