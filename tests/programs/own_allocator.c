// SPDX-License-Identifier: GPL-3.0-or-later
// A program with an allocator of its own, which maps memory and names it with its lock held: whoever
// allocates then would wait for ever. Its first block is asked for by a library's constructor, before a preloaded library's.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "moments.h"

#ifndef PR_SET_VMA
#define PR_SET_VMA           0x53564d41
#define PR_SET_VMA_ANON_NAME 0
#endif

enum { ARENA = 1 << 20 };

static char *at, *end;
static int is_locked;

static void *take(size_t size)
{
	if (__atomic_exchange_n(&is_locked, 1, __ATOMIC_ACQUIRE)) {
		__builtin_trap();
	}
	size = (size + 31) & ~(size_t)15;
	if (size > (size_t)(end - at)) {
		at = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		end = at == MAP_FAILED ? (at = NULL) : at + ARENA;
		prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, at, ARENA, "own");
	}
	char *block = at != NULL && size <= (size_t)(end - at) ? at + 16 : NULL;
	at += block != NULL ? size : 0;
	if (block != NULL) {
		memcpy(block - sizeof(size), &size, sizeof(size));
	}
	__atomic_store_n(&is_locked, 0, __ATOMIC_RELEASE);
	return block;
}

void *malloc(size_t size)
{
	return take(size);
}

void *calloc(size_t count, size_t size)
{
	return take(count * size); // fresh memory is 0
}

void *realloc(void *block, size_t size)
{
	size_t old = 0;
	void *moved = take(size);
	if (block != NULL && moved != NULL) {
		memcpy(&old, (char *)block - sizeof(old), sizeof(old));
		memcpy(moved, block, size < old - 16 ? size : old - 16);
	}
	return moved;
}

void free(void *block)
{
	(void)block;
}

int main(void)
{
	void *volatile block = NULL;
	for (size_t i = 1; i < 1000; i++) {
		block = malloc(i * 10);
		free(block);
	}
	moments_leak(1, 1);
	return block == NULL;
}
