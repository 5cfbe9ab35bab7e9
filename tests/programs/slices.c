// SPDX-License-Identifier: GPL-3.0-or-later
// A program that marks what it does: tests/live/slices knows what each function allocates and frees between two marks.
#include <pthread.h>
#include <stdlib.h>

#include "libdumpalloc/dumpalloc.h"

#define KEPT static __attribute__((noinline, noclone))

enum { N_CONFIGS = 8, N_ITEMS = 10, N_ROUNDS = 3 };

static void *volatile configs[N_CONFIGS];
static void *volatile items[N_ITEMS];
static void *volatile lines[N_ROUNDS];
static void *volatile sink;
static volatile int n_configs = N_CONFIGS, n_items = N_ITEMS; // so that no loop is unrolled

KEPT void configure(void)
{
	for (int i = 0; i < n_configs; i++) {
		configs[i] = malloc(1000);
	}
}

KEPT void load_item(int i)
{
	items[i] = malloc(100);
	sink = malloc(50); // temporary
	free(sink);
}

KEPT void grow_config(int i)
{
	configs[i] = realloc(configs[i], 1500);
}

KEPT void use_buffer(void)
{
	sink = malloc(20000); // the peak of the loading
	void *second = malloc(10000);
	free(second);
	free(sink);
}

KEPT void load(void)
{
	for (int i = 0; i < n_items; i++) {
		load_item(i);
	}
	use_buffer();
	for (int i = 0; i < 3; i++) {
		free(configs[i]);
	}
	grow_config(3);
}

KEPT void *worker_line(void *round)
{
	*(void *volatile *)round = calloc(1, 64);
	return NULL;
}

KEPT void play_round(int i)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, worker_line, (void *)&lines[i]) != 0) {
		abort();
	}
	pthread_join(thread, NULL);
	free(items[i]);
}

int main(void)
{
	configure();
	dumpalloc_tag("load begins");
	load();
	dumpalloc_tag("load ends");
	dumpalloc_snapshot("loaded");
	for (int i = 0; i < N_ROUNDS; i++) {
		dumpalloc_tag("round");
		play_round(i);
	}
	dumpalloc_snapshot("played");
	return 0;
}
