// SPDX-License-Identifier: LGPL-2.1-or-later
// Looks at memory that may not be there, or may go away meanwhile: the kernel looks, and says so.
#ifndef UNWIND_MEMORY_H
#define UNWIND_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The unit of what can be there: pages are at least this large.
enum { MEMORY_PAGE = 4096 };

// Whether the page of `address` can be read; as cheap as a system call can be. Keeps errno.
bool memory_is_readable(uintptr_t address);

// Copies `size` bytes, a pipe's capacity at most. False: they cannot all be read, or there are no
// descriptors left; several system calls. May change errno.
bool memory_copy(void *to, uintptr_t from, size_t size);

#endif
