// SPDX-License-Identifier: LGPL-2.1-or-later
// A small arena that serves allocations while the real functions are being looked up.
#include "libdumpalloc/boot.h"

#include <errno.h>

#include "libdumpalloc/atomics.h"

_Alignas(BOOT_ALIGNMENT) char boot_arena[BOOT_SIZE];

// Bytes handed out; blocks are never taken back, so what they hold is zero at first.
static atomic_size_t boot_used;

// In front of each block, its size.
union boot_header {
	size_t size;
	_Alignas(BOOT_ALIGNMENT) char padding[BOOT_ALIGNMENT];
};

void *boot_malloc(size_t size)
{
	size_t used = atomic_load(&boot_used);
	size_t room = sizeof(union boot_header);
	union boot_header *header;

	if (size > BOOT_SIZE - room) {
		errno = ENOMEM;
		return NULL;
	}
	room += (size + BOOT_ALIGNMENT - 1) & ~(size_t)(BOOT_ALIGNMENT - 1);
	do {
		if (room > BOOT_SIZE - used) {
			errno = ENOMEM;
			return NULL;
		}
	} while (!atomic_compare_exchange_weak(&boot_used, &used, used + room));
	header = (union boot_header *)(void *)(boot_arena + used);
	header->size = size;
	return header + 1;
}

size_t boot_usable(const void *block)
{
	return ((const union boot_header *)block - 1)->size;
}
