// SPDX-License-Identifier: GPL-3.0-or-later
// A program whose every allocation is known: tests/golden/known.costs has the costs of its functions.
//
// Sizes do not depend on the size of a pointer, nothing here uses stdio, and whatever allocates in
// a library on the way (pthread_create, dlopen) is called by a function named outer_*, which has no
// golden numbers. The highest moment is the last allocation of known_peak.
#define _GNU_SOURCE
#include "known.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	N_THREADS = 4,
	N_GIVEN = 20,
	N_RECURSION = 8,
	N_PEAK = 4,
};

void *volatile known_sink;
volatile unsigned long known_huge = PTRDIFF_MAX;

static void *given[N_GIVEN];
static void *recursion[N_RECURSION + 1];
static void *peak[N_PEAK];
static int n_broken;

void known_check(int is_true, const char *promise)
{
	if (is_true)
		return;
	n_broken++;
	if (write(2, promise, strlen(promise)) < 0 || write(2, "\n", 1) < 0)
		_exit(3);
}

static KNOWN void known_leak_small(void)
{
	for (int i = 0; i < 5; i++)
		known_sink = malloc(100);
}

static KNOWN void known_leak_calloc(void)
{
	for (int i = 0; i < 3; i++) {
		char *block = calloc(10, 100);
		known_check(block && block[0] == 0 && block[999] == 0, "calloc clears");
		known_sink = block;
	}
}

static KNOWN void known_realloc_chain(void)
{
	static const size_t sizes[] = { 10, 20, 40, 5000, 30 };
	char *block = NULL;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		block = realloc(block, sizes[i]);
		known_check(block && (i == 0 || block[0] == 'x'), "realloc keeps the contents");
		block[0] = 'x';
	}
	free(block);
}

static KNOWN void known_reallocarray_chain(void)
{
	void *block = reallocarray(NULL, 4, 25); // realloc, where there is none
	block = reallocarray(block, 10, 50);     // realloc
	known_sink = block;
}

static KNOWN int is_aligned(const void *block, uintptr_t alignment)
{
	return block && (uintptr_t)block % alignment == 0;
}

static KNOWN void known_aligned(void)
{
	void *posix = NULL;
	known_check(posix_memalign(&posix, 64, 1000) == 0 && is_aligned(posix, 64),
		    "posix_memalign aligns");
	void *aligned = aligned_alloc(32, 320);
	known_check(is_aligned(aligned, 32), "aligned_alloc aligns");
	void *memory = memalign(128, 50);
	known_check(is_aligned(memory, 128), "memalign aligns");
	void *page = valloc(100);
	known_check(is_aligned(page, (uintptr_t)sysconf(_SC_PAGESIZE)), "valloc aligns");
	void *pages = pvalloc(100); // memalign, where there is none
	known_check(is_aligned(pages, (uintptr_t)sysconf(_SC_PAGESIZE)), "pvalloc aligns");
	known_check(!LIBC_HAS_PVALLOC || malloc_usable_size(pages) >= (size_t)sysconf(_SC_PAGESIZE),
		    "pvalloc gives whole pages");
	known_sink = posix;
	known_sink = page;
	free(aligned);
	free(memory);
	free(pages);
}

static KNOWN void known_zero(void)
{
	void *block = malloc(0);
	known_check(block != NULL, "malloc(0) is a block");
	free(block);
	block = calloc(0, 5);
	known_check(block != NULL, "calloc(0, n) is a block");
	free(block);
	block = realloc(NULL, 0);
	known_check(block != NULL, "realloc(NULL, 0) is a block");
	free(block);
	block = malloc(48);
	block = realloc(block, 0);
	known_check((block == NULL) == LIBC_REALLOC_0_FREES, "realloc(p, 0) frees, or does not");
	free(block);
	block = malloc(60);
	block = reallocarray(block, 0, 8); // realloc
	known_check((block == NULL) == LIBC_REALLOC_0_FREES,
		    "reallocarray(p, 0, n) does as realloc");
	free(block);
}

static KNOWN void known_failures(void)
{
	char *volatile kept = malloc(77);
	kept[76] = 'k';
	size_t huge = (size_t)known_huge + 1;

	errno = 0;
	known_check(!malloc(huge) && errno == ENOMEM, "malloc fails with ENOMEM");
	errno = 0;
	known_check(!calloc(huge, 4) && errno == ENOMEM, "calloc sees the overflow");
	errno = 0;
	known_check(!realloc(kept, huge) && errno == ENOMEM, "realloc fails with ENOMEM");
	known_check(kept[76] == 'k', "a failed realloc leaves the block");
	errno = 0;
	known_check(!reallocarray(kept, huge, 4) && errno == ENOMEM,
		    "reallocarray sees the overflow");
	known_check(kept[76] == 'k', "a failed reallocarray leaves the block");
	void *block = &block;
	errno = 4321;
	known_check(posix_memalign(&block, 3, 10) == EINVAL && block == &block && errno == 4321,
		    "posix_memalign refuses an alignment of 3 and leaves errno");
	known_check(posix_memalign(&block, 64, huge) == ENOMEM && block == &block,
		    "posix_memalign fails with ENOMEM");
	errno = 0;
	known_check(!aligned_alloc(64, huge) && errno == ENOMEM, "aligned_alloc fails with ENOMEM");
	errno = 0;
	known_check(!memalign(64, huge) && errno == ENOMEM, "memalign fails with ENOMEM");
	errno = 0;
	known_check(!valloc(huge) && errno == ENOMEM, "valloc fails with ENOMEM");
	errno = 0;
	known_check(!pvalloc(huge) && errno == ENOMEM, "pvalloc fails with ENOMEM");
	known_sink = kept;
}

static KNOWN void known_recurse(int depth)
{
	if (depth == 0)
		return;
	recursion[depth] = malloc((size_t)depth * 10);
	known_recurse(depth - 1);
}

static KNOWN void known_free_recursion(void)
{
	for (int i = 1; i <= N_RECURSION; i++)
		free(recursion[i]);
}

static KNOWN void known_pong(int depth);

static KNOWN void known_ping(int depth)
{
	if (depth == 0)
		return;
	known_sink = malloc(7);
	known_pong(depth - 1);
}

static KNOWN void known_pong(int depth)
{
	if (depth == 0)
		return;
	known_sink = malloc(11);
	known_ping(depth - 1);
}

static KNOWN void known_thread_leak(int number)
{
	for (int i = 0; i < 10; i++)
		known_sink = malloc(32 + (size_t)number);
}

static KNOWN void known_thread_temporary(void)
{
	for (int i = 0; i < 50; i++) {
		void *block = malloc(64);
		known_sink = block;
		free(block);
	}
}

static KNOWN void known_thread_give(void)
{
	for (int i = 0; i < N_GIVEN; i++)
		given[i] = malloc(24);
}

static KNOWN void *known_thread(void *argument)
{
	int number = *(int *)argument;
	known_thread_leak(number);
	known_thread_temporary();
	if (number == 0)
		known_thread_give();
	return NULL;
}

static KNOWN void outer_threads(void)
{
	pthread_t threads[N_THREADS];
	int numbers[N_THREADS];
	for (int i = 0; i < N_THREADS; i++) {
		numbers[i] = i;
		known_check(pthread_create(&threads[i], NULL, known_thread, &numbers[i]) == 0,
			    "pthread_create");
	}
	for (int i = 0; i < N_THREADS; i++)
		known_check(pthread_join(threads[i], NULL) == 0, "pthread_join");
	for (int i = 0; i < N_GIVEN; i++)
		free(given[i]);
}

// Loads a plugin, lets it allocate, closes it; returns where its code was.
static KNOWN uintptr_t outer_plugin(const char *name, const char *function)
{
	void *plugin = dlopen(name, RTLD_NOW);
	known_check(plugin != NULL, "dlopen");
	if (!plugin)
		return 0;
	void *symbol = dlsym(plugin, function);
	void (*call)(void);
	memcpy(&call, &symbol, sizeof call);
	call();
	known_check(dlclose(plugin) == 0, "dlclose");
	return (uintptr_t)symbol;
}

static KNOWN void known_peak(void)
{
	for (int i = 0; i < N_PEAK; i++)
		peak[i] = malloc(262144);
}

static KNOWN void known_free_peak(void)
{
	for (int i = 0; i < N_PEAK; i++)
		free(peak[i]);
}

static KNOWN void known_temporary(void)
{
	for (int i = 0; i < 10; i++) {
		char *block = malloc(16);
		known_sink = block;
		free(block);
	}
	void *first = malloc(40);
	void *second = malloc(50);
	free(first);
	free(second);
}

static KNOWN void known_leak_late(void)
{
	for (int i = 0; i < 3; i++)
		known_sink = malloc(9);
}

int main(void)
{
	known_leak_small();
	known_leak_calloc();
	known_realloc_chain();
	known_reallocarray_chain();
	known_aligned();
	known_zero();
	known_failures();
	known_recurse(N_RECURSION);
	known_ping(6);
	known_cxx();
	outer_threads();
	uintptr_t first = outer_plugin("libknown_plugin_a.so", "known_plugin_a_alloc");
	uintptr_t second = outer_plugin("libknown_plugin_b.so", "known_plugin_b_alloc");
	known_peak();
	known_free_peak();
	known_free_recursion();
	known_temporary();
	known_leak_late();

	const char *verdict = first == second ? "plugins: same address\n" : "plugins: apart\n";
	known_check(write(1, verdict, strlen(verdict)) > 0, "write");
	return n_broken ? 1 : 0;
}
