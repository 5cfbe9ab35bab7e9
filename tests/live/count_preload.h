// SPDX-License-Identifier: GPL-3.0-or-later
// The counters of count_preload.c as they lie in the file, and what its C++ part needs.
#ifndef TESTS_LIVE_COUNT_PRELOAD_H
#define TESTS_LIVE_COUNT_PRELOAD_H

#include <stddef.h>
#include <stdint.h>

// Read back by tests/lib/counted.py, in this order.
enum count_field {
	COUNT_ALLOCATIONS,
	COUNT_ALLOCATED,
	COUNT_FREES,
	COUNT_FOREIGN_FREES,
	COUNT_FAILURES,
	COUNT_LIVE_BLOCKS,
	COUNT_LIVE_BYTES,
	COUNT_MALLOC,
	COUNT_CALLOC,
	COUNT_REALLOC,
	COUNT_REALLOCARRAY,
	COUNT_MEMALIGN,
	COUNT_POSIX_MEMALIGN,
	COUNT_ALIGNED_ALLOC,
	COUNT_VALLOC,
	COUNT_PVALLOC,
	COUNT_NEW,
	COUNT_NEW_ARRAY,
	COUNT_NEW_ALIGNED,
	COUNT_NEW_ARRAY_ALIGNED,
	N_COUNTS,
};

#define COUNT_MAGIC 0x636f756e746572u

struct count_file {
	uint64_t magic; // in the target's byte order, which it tells
	uint64_t field[N_COUNTS];
	char program[112];
};

// The next definition of the function `name` after this library's; ends the process when there is none.
void *count_real(const char *name);
// Around each real call; count_enter is true when no other counted call is on the way.
int count_enter(void);
void count_leave(void);
// `block` NULL: a failed call.
void count_block(int kind, void *block, size_t size);
void count_free(void *block);
// operator new returned `block`: it was counted when the real operator got it from another function.
void count_as_new(int kind, void *block, size_t size);

#endif
