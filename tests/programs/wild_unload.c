// SPDX-License-Identifier: GPL-3.0-or-later
// Code that goes away while other threads' stacks lead to it, rightly and wrongly.
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "wild.h"

enum {
	WILD_THREADS = 2,
	ROUNDS = 400,
	HONEST_ROUNDS = 100,
	BLOCKS_LEAST = 20,    // also where unloading does nothing and takes no time
	REACH = 512,          // bytes of code around a function
	MAPPING_SIZE = 65536, // at least a page
};

static const char library[] = "libknown_plugin_a.so";
static const char function[] = "known_plugin_a_alloc";

static _Atomic uintptr_t code, mapping;
static atomic_bool is_over;
static atomic_int n_allocated;

static void *find_function(void *handle)
{
	void *found = handle != NULL ? dlsym(handle, function) : NULL;

	if (found == NULL)
		abort();
	return found;
}

// Each time another address near the function or in the mapping, there or not.
static void *lead_into_it(void *unused)
{
	for (int i = 0; !atomic_load(&is_over); i++) {
		uintptr_t near = atomic_load(&code) - REACH / 2 + wild_draw(REACH);
		uintptr_t within = atomic_load(&mapping) + 4 * wild_draw(MAPPING_SIZE / 4);

		wild_allocate_from(i % 4 == 0 ? within : near);
		atomic_fetch_add(&n_allocated, 1);
	}
	return unused;
}

// Calls through the library, which stays while this thread has it open.
static void *go_through_it(void *unused)
{
	for (int i = 0; i < HONEST_ROUNDS; i++) {
		void *handle = dlopen(library, RTLD_NOW);

		((void (*)(void))find_function(handle))();
		dlclose(handle);
	}
	return unused;
}

static void load_and_unload(void)
{
	void *handle = dlopen(library, RTLD_NOW);
	void *pages =
		mmap(NULL, MAPPING_SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	atomic_store(&code, (uintptr_t)find_function(handle));
	atomic_store(&mapping, (uintptr_t)pages);
	munmap(pages, MAPPING_SIZE);
	dlclose(handle);
}

int wild_unload(void)
{
	pthread_t threads[WILD_THREADS + 1];

	for (int i = 0; i < ROUNDS || atomic_load(&n_allocated) < BLOCKS_LEAST; i++) {
		load_and_unload();
		for (int j = 0; i == 0 && j <= WILD_THREADS; j++) {
			if (pthread_create(&threads[j], NULL, j == 0 ? go_through_it : lead_into_it,
					   NULL) != 0)
				return 1;
		}
	}
	atomic_store(&is_over, true);
	for (int i = 0; i <= WILD_THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("%d blocks\n", atomic_load(&n_allocated));
	return 0;
}
