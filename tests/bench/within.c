// SPDX-License-Identifier: GPL-3.0-or-later
// How long the calls of a program take that allocate and release: a preload library for x86-64 that stands before a
// tracer's, `LD_PRELOAD="within.so TRACER.so"`, and reads the time stamp counter before and after each.
//
// WITHIN names a file, to which "CALLS NANOSECONDS" is appended at the end. The program's own time, hundreds of times
// as much in a server, is not in it and adds no noise; neither is what the tracer's work costs the program after the call
// has returned, nor the rarer forms of the allocation family. A call within a call, as of operator new to malloc, belongs
// to the outer one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

struct call {
	bool is_outer;
	uint64_t start;
};

static _Atomic uint64_t within_ticks, within_calls;
static uint64_t within_first_tick, within_first_time;
static __thread bool within_is_inside __attribute__((tls_model("initial-exec")));
static __thread bool within_is_finding __attribute__((tls_model("initial-exec")));

static uint64_t nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC_RAW, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

// Everything before has ended, and nothing after has begun.
static inline uint64_t tick(void)
{
	uint64_t now;

	_mm_lfence();
	now = __rdtsc();
	_mm_lfence();
	return now;
}

static inline struct call enter(void)
{
	struct call call = { .is_outer = !within_is_inside };

	within_is_inside = true;
	if (call.is_outer)
		call.start = tick();
	return call;
}

static inline void leave(const struct call *call)
{
	if (!call->is_outer)
		return;
	atomic_fetch_add_explicit(&within_ticks, tick() - call->start, memory_order_relaxed);
	atomic_fetch_add_explicit(&within_calls, 1, memory_order_relaxed);
	within_is_inside = false;
}

// What comes after this library and has that name: there is one, or nobody had called it. NULL while it is looked for:
// dlsym() releases what an earlier error left.
static inline void *find(_Atomic(void *) *found, const char *name)
{
	void *next = atomic_load_explicit(found, memory_order_relaxed);

	if (next == NULL && !within_is_finding) {
		within_is_finding = true;
		next = dlsym(RTLD_NEXT, name);
		atomic_store_explicit(found, next, memory_order_relaxed);
		within_is_finding = false;
	}
	return next;
}

static __attribute__((constructor)) void start(void)
{
	within_first_tick = tick();
	within_first_time = nanoseconds();
}

static __attribute__((destructor)) void end(void)
{
	const char *path = getenv("WITHIN");
	double ticks = (double)(tick() - within_first_tick);
	double time = (double)(nanoseconds() - within_first_time);
	double taken = (double)atomic_load(&within_ticks) * time / ticks;
	unsigned long long n_calls = atomic_load(&within_calls);
	int fd;

	within_is_inside = true; // what dprintf() asks for is not the program's
	if (path == NULL || n_calls == 0)
		return;
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	dprintf(fd, "%llu %.0f\n", n_calls, taken);
	close(fd);
}

#define EXPORT __attribute__((visibility("default")))

#define TAKE(function, symbol, parameters, arguments)                                              \
	EXPORT void *function parameters __asm__(symbol);                                          \
	void *function parameters                                                                  \
	{                                                                                          \
		static _Atomic(void *) found;                                                      \
		void *(*next)parameters = find(&found, symbol);                                    \
		struct call call = enter();                                                        \
		void *result = next arguments;                                                     \
                                                                                                   \
		leave(&call);                                                                      \
		return result;                                                                     \
	}

#define GIVE(function, symbol, parameters, arguments)                                              \
	EXPORT void function parameters __asm__(symbol);                                           \
	void function parameters                                                                   \
	{                                                                                          \
		static _Atomic(void *) found;                                                      \
		void(*next) parameters = find(&found, symbol);                                     \
		struct call call = enter();                                                        \
                                                                                                   \
		if (next != NULL)                                                                  \
			next arguments;                                                            \
		leave(&call);                                                                      \
	}

TAKE(within_malloc, "malloc", (size_t size), (size))
TAKE(within_calloc, "calloc", (size_t count, size_t size), (count, size))
TAKE(within_realloc, "realloc", (void *block, size_t size), (block, size))
TAKE(within_memalign, "memalign", (size_t align, size_t size), (align, size))
TAKE(within_aligned_alloc, "aligned_alloc", (size_t align, size_t size), (align, size))
TAKE(within_new, "_Znwm", (size_t size), (size))
TAKE(within_new_array, "_Znam", (size_t size), (size))
GIVE(within_free, "free", (void *block), (block))
GIVE(within_delete, "_ZdlPv", (void *block), (block))
GIVE(within_delete_array, "_ZdaPv", (void *block), (block))
GIVE(within_delete_sized, "_ZdlPvm", (void *block, size_t size), (block, size))
