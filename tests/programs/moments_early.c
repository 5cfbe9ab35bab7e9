// SPDX-License-Identifier: GPL-3.0-or-later
// A library the program is linked with: its constructors run before a preloaded library's, its destructors after.
#include "moments.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *volatile kept;
static pthread_key_t key;

__attribute__((noinline)) void moments_leak(int n, size_t size)
{
	for (int i = 0; i < n; i++)
		kept = malloc(size);
}

static void prepare(void)
{
	moments_leak(MOMENT_N, MOMENT_EARLY_PREPARE);
}

static void parent(void)
{
	moments_leak(MOMENT_N, MOMENT_EARLY_PARENT);
}

static void child(void)
{
	moments_leak(MOMENT_N, MOMENT_EARLY_CHILD);
}

static void end_key(void *value)
{
	uintptr_t round = (uintptr_t)value;

	moments_leak(MOMENT_N, MOMENT_EARLY_KEY);
	if (round < MOMENT_ROUNDS)
		pthread_setspecific(key, (void *)(round + 1));
}

void moments_await_early_key(void)
{
	pthread_setspecific(key, (void *)(uintptr_t)1);
}

// glibc gives constructors the program's arguments (others do not: then there is no flood).
__attribute__((constructor)) static void begin(int argc, char **argv)
{
	bool is_flood = false;
#if defined(__GLIBC__) && !defined(__UCLIBC__)
	is_flood = argc > 1 && strcmp(argv[1], "flood") == 0;
#else
	(void)argc;
	(void)argv;
#endif
	moments_leak(is_flood ? MOMENT_FLOOD : MOMENT_N, MOMENT_EARLY);
	if (pthread_key_create(&key, end_key) != 0 || pthread_atfork(prepare, parent, child) != 0)
		abort();
}

__attribute__((destructor)) static void end(void)
{
	moments_leak(MOMENT_N, MOMENT_LATE);
}
