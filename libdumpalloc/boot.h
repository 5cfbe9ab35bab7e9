// SPDX-License-Identifier: LGPL-2.1-or-later
// A small arena that serves allocations while the real functions are being looked up.
#ifndef LIBDUMPALLOC_BOOT_H
#define LIBDUMPALLOC_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BOOT_SIZE = 64 << 10,
	BOOT_ALIGNMENT = 16,
};

extern char boot_arena[BOOT_SIZE];

// Memory for ever, all zero; NULL with ENOMEM when the arena is used up.
void *boot_malloc(size_t size);

// The bytes asked for.
size_t boot_usable(const void *block);

// True for blocks of the arena: they must never reach a real function. Inline, as every free asks.
static inline bool boot_owns(const void *block)
{
	return (uintptr_t)block - (uintptr_t)boot_arena < BOOT_SIZE;
}

#endif
