// SPDX-License-Identifier: GPL-3.0-or-later
// Threads that free each other's blocks as soon as they are there, so that addresses are reused at once.
//
// order THREADS EVENTS [fork]: ends after EVENTS calls that a tracer records, all threads together. With fork,
// a child is forked meanwhile, goes on alone with what it inherited, and does a tenth as much.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	THREADS_MAX = 64,
	SLOTS = 16,    // few, so that blocks change hands soon
	BLOCK_MAX = 64 // small, so that an allocator has only few addresses to give
};

struct worker {
	pthread_t thread;
	uint32_t state;
	long n_wanted, n_events;
};

static _Atomic(void *) slots[SLOTS];
static struct worker workers[THREADS_MAX];

static uint32_t draw(struct worker *worker, uint32_t below)
{
	worker->state ^= worker->state << 13; // Marsaglia's xorshift
	worker->state ^= worker->state >> 17;
	worker->state ^= worker->state << 5;
	return worker->state % below;
}

static void *swap(struct worker *worker, void *block)
{
	return atomic_exchange(&slots[draw(worker, SLOTS)], block);
}

static void give_up(struct worker *worker, void *block)
{
	worker->n_events += block != NULL;
	free(block);
}

static void exchange(struct worker *worker)
{
	void *block = malloc(1 + draw(worker, BLOCK_MAX));

	worker->n_events++;
	give_up(worker, swap(worker, block));
}

static void keep(struct worker *worker)
{
	void *volatile block = malloc(1 + draw(worker, BLOCK_MAX));

	worker->n_events++;
	give_up(worker, block);
}

static void resize(struct worker *worker)
{
	void *block = swap(worker, NULL);

	if (block == NULL)
		return;
	block = realloc(block, 1 + draw(worker, 2 * BLOCK_MAX));
	worker->n_events++;
	give_up(worker, swap(worker, block));
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	while (worker->n_events < worker->n_wanted) {
		uint32_t what = draw(worker, 8);

		if (what < 5)
			exchange(worker);
		else if (what < 7)
			resize(worker);
		else
			keep(worker);
	}
	return NULL;
}

static int work_in_child(long n_events)
{
	struct worker worker = { .state = 77, .n_wanted = n_events / 10 };
	pid_t child = fork();
	int status;

	if (child == 0) {
		work(&worker);
		exit(0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

int main(int count, char **arguments)
{
	int n_threads = count > 2 ? atoi(arguments[1]) : 0;
	long n_events = count > 2 ? atol(arguments[2]) : 0;
	long n_done = 0;
	int failed = 0;

	if (n_threads < 1 || n_threads > THREADS_MAX || n_events < n_threads)
		return 2;
	for (int i = 0; i < n_threads; i++) {
		workers[i].state = 2463534242u + (uint32_t)i * 7919;
		workers[i].n_wanted = n_events / n_threads;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
			return 1;
	}
	if (count > 3)
		failed = work_in_child(n_events);
	for (int i = 0; i < n_threads; i++) {
		pthread_join(workers[i].thread, NULL);
		n_done += workers[i].n_events;
	}
	for (int i = 0; i < SLOTS; i++) {
		void *block = atomic_exchange(&slots[i], NULL);

		n_done += block != NULL;
		free(block);
	}
	printf("%ld events\n", n_done);
	return failed;
}
