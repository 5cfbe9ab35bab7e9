// SPDX-License-Identifier: GPL-3.0-or-later
// elided_ways calls|forks|crowd: blocks that live for a few events, among all that may come between: tags, pauses, pools, threads that
// end, chains of reallocations; in children of fork; in more threads at once than have a place of their own.
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libdumpalloc/dumpalloc.h"

#define APART __attribute__((noinline))

enum { ROUNDS = 1500, KEPT = 64, POOLED = 8, CHILDREN = 3, CROWD = 1100, CROWD_BLOCKS = 25 };

static uint32_t seed = 1;
static void *kept[KEPT];
static void *volatile block_seen; // so that no call is left out by the compiler
static pthread_barrier_t all_run;

static uint32_t draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static APART void *get(size_t size)
{
	return block_seen = malloc(size);
}

static APART void pass(void)
{
	void *outer = get(1 + draw(100)), *inner = get(1 + draw(1000));

	free(inner);
	if (draw(2) == 0)
		free(get(10));
	if (draw(50) != 0)
		free(outer);
}

static APART void chain(void)
{
	void *block = get(8);

	for (uint32_t n = draw(8); n > 0; n--)
		block = realloc(block, 8 + draw(3000));
	if (draw(10) != 0)
		free(block);
}

static APART void keep(void)
{
	uint32_t i = draw(KEPT);

	free(kept[i]);
	kept[i] = get(1 + draw(5000));
}

static APART void have_pause(void)
{
	int is_process = draw(2) == 0;
	void *before = get(300), *within;

	if (is_process)
		dumpalloc_disable();
	else
		dumpalloc_disable_thread();
	within = get(301);
	free(get(302));
	free(before);
	kept[0] = realloc(kept[0], 1 + draw(900));
	if (is_process)
		dumpalloc_enable();
	else
		dumpalloc_enable_thread();
	free(within);
}

static APART void use_pool(void)
{
	static char memory[POOLED][100];

	dumpalloc_pool_create(memory, "pool");
	for (unsigned i = 0; i < POOLED; i++) {
		free(get(40));
		dumpalloc_pool_alloc(memory, memory[i], 10 + i);
		if (i % 2 == 0)
			dumpalloc_pool_free(memory, memory[i]);
	}
	dumpalloc_pool_destroy(memory);
}

static void *live_shortly(void *given)
{
	free(given);
	free(get(77));
	return get(78);
}

static APART void have_thread(void)
{
	pthread_t thread;
	void *handed;

	if (pthread_create(&thread, NULL, live_shortly, get(76)) != 0 ||
	    pthread_join(thread, &handed) != 0)
		exit(1);
	free(handed);
}

static void work(void)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		pass();
		chain();
		if (draw(3) == 0)
			keep();
		if (draw(100) == 0)
			dumpalloc_tag(i < ROUNDS / 2 ? "early" : "late");
		if (draw(300) == 0)
			dumpalloc_snapshot("moment");
		if (draw(40) == 0)
			have_pause();
		if (draw(60) == 0)
			use_pool();
		if (draw(60) == 0)
			have_thread();
	}
}

static void fork_children(void)
{
	for (unsigned i = 0; i < CHILDREN; i++) {
		pass();
		pid_t pid = fork();
		if (pid < 0)
			exit(1);
		if (pid == 0) {
			seed = i;
			work();
			exit(0);
		}
		int status;
		if (waitpid(pid, &status, 0) != pid || status != 0)
			exit(1);
		chain();
	}
}

static void *be_one_of_many(void *argument)
{
	for (unsigned i = 0; i < CROWD_BLOCKS; i++)
		free(get(50));
	pthread_barrier_wait(&all_run);
	return argument;
}

static void gather(void)
{
	static pthread_t threads[CROWD];
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 << 10);
	pthread_barrier_init(&all_run, NULL, CROWD);
	for (unsigned i = 0; i < CROWD; i++)
		if (pthread_create(&threads[i], &attributes, be_one_of_many, NULL) != 0)
			exit(1);
	for (unsigned i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
}

int main(int argc, char **argv)
{
	char way = argc > 1 ? argv[1][1] : 'a'; // calls, forks, crowd

	if (way == 'a')
		work();
	else if (way == 'o')
		fork_children();
	else
		gather();
	return 0;
}
