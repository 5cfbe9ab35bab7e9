// SPDX-License-Identifier: LGPL-2.1-or-later
// The hooked functions that no header of an older libc declares.
#ifndef LIBDUMPALLOC_HOOKS_H
#define LIBDUMPALLOC_HOOKS_H

#include <stddef.h>

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

#endif
