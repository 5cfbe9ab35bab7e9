// SPDX-License-Identifier: GPL-3.0-or-later
// Allocating workloads for the bench, in plain C: `loads loop|deep|threads [EVENTS] [THREADS]`.
//
// Prints how many allocations and releases it made, and how long they took, so that it can be measured where there
// is nothing but a C library.
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define APART __attribute__((noinline))

enum {
	EVENTS = 10000000,
	THREADS = 2,
	THREADS_MAX = 64,
	BLOCKS = 256,   // that a thread holds at a time
	MAILBOXES = 64, // between a thread and the next
	NESTING = 6,    // of the parser's expressions
	CHILDREN = 4,   // of a node at most
};

// What a thread works with.
struct worker {
	_Alignas(128) uint32_t seed;
	uint64_t n_events, n_wanted;
	struct worker *next;
	void *blocks[BLOCKS];
	_Alignas(128) _Atomic(void *) mailboxes[MAILBOXES];
};

static struct worker workers[THREADS_MAX];

static uint32_t draw(struct worker *worker, uint32_t n)
{
	worker->seed = worker->seed * 1664525u + 1013904223u;
	return (worker->seed >> 8) % n;
}

static APART void *make(struct worker *worker, size_t size)
{
	char *block = malloc(size);

	if (block == NULL) {
		fputs("loads: out of memory\n", stderr);
		exit(1);
	}
	*block = 1;
	worker->n_events++;
	return block;
}

static APART void drop(struct worker *worker, void *block)
{
	if (block != NULL) {
		worker->n_events++;
		free(block);
	}
}

// The same two calls again and again.
static void *run_loop(void *argument)
{
	struct worker *worker = argument;

	for (size_t i = 0; worker->n_events < worker->n_wanted; i++) {
		char *volatile block = malloc(16 + i % 64);

		free(block);
		worker->n_events += 2;
	}
	return NULL;
}

// A parser by recursive descent, whose text is made up as it goes: it builds a tree, and drops it.
struct node {
	struct node *children[CHILDREN];
	char *name;
};

static struct node *parse_sum(struct worker *worker, unsigned level);

static APART char *parse_name(struct worker *worker)
{
	char *name = make(worker, 4 + draw(worker, 40));

	name[1] = 0;
	return name;
}

static APART struct node *make_node(struct worker *worker)
{
	struct node *node = make(worker, sizeof(*node));

	memset(node, 0, sizeof(*node));
	return node;
}

static APART struct node *parse_call(struct worker *worker, unsigned level)
{
	struct node *node = make_node(worker);

	node->name = parse_name(worker);
	for (unsigned i = 0, n = draw(worker, CHILDREN); i < n; i++)
		node->children[i] = parse_sum(worker, level);
	return node;
}

static APART struct node *parse_value(struct worker *worker, unsigned level)
{
	struct node *node;

	if (level > 0 && draw(worker, 3) != 0)
		return parse_call(worker, level - 1);
	node = make_node(worker);
	node->name = parse_name(worker);
	return node;
}

static APART struct node *parse_product(struct worker *worker, unsigned level)
{
	struct node *node = parse_value(worker, level);

	if (node->children[0] == NULL && draw(worker, 3) == 0)
		node->children[0] = parse_value(worker, level);
	return node;
}

static APART struct node *parse_sum(struct worker *worker, unsigned level)
{
	struct node *node = parse_product(worker, level);

	if (node->children[1] == NULL && draw(worker, 3) == 0)
		node->children[1] = parse_product(worker, level);
	return node;
}

static APART void drop_tree(struct worker *worker, struct node *node)
{
	if (node == NULL)
		return;
	for (unsigned i = 0; i < CHILDREN; i++)
		drop_tree(worker, node->children[i]);
	drop(worker, node->name);
	drop(worker, node);
}

static void *run_deep(void *argument)
{
	struct worker *worker = argument;

	while (worker->n_events < worker->n_wanted)
		drop_tree(worker, parse_sum(worker, NESTING));
	return NULL;
}

// A quarter of the blocks is handed to the next thread, which frees them.
static APART void replace(struct worker *worker, unsigned level)
{
	uint32_t i = draw(worker, BLOCKS);
	void *block;

	if (level > 0) {
		replace(worker, level - 1);
		if (worker->n_events == worker->n_wanted)
			worker->n_wanted++; // never so: keeps the call from being the last
		return;
	}
	block = make(worker, 16 + draw(worker, 200));
	if (i % 4 == 0)
		block = atomic_exchange(&worker->next->mailboxes[i / 4 % MAILBOXES], block);
	drop(worker, worker->blocks[i]);
	worker->blocks[i] = block;
}

static void *run_threads(void *argument)
{
	struct worker *worker = argument;

	while (worker->n_events + 1 < worker->n_wanted)
		replace(worker, 1 + draw(worker, 6));
	for (unsigned i = 0; i < BLOCKS; i++)
		drop(worker, worker->blocks[i]);
	return NULL;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t run_all(void *(*run)(void *), uint64_t n_events, unsigned n_threads)
{
	pthread_t threads[THREADS_MAX];
	uint64_t total = 0;

	for (unsigned i = 0; i < n_threads; i++) {
		workers[i].seed = i + 1;
		workers[i].n_wanted = n_events / n_threads;
		workers[i].next = &workers[(i + 1) % n_threads];
	}
	for (unsigned i = 1; i < n_threads; i++) {
		if (pthread_create(&threads[i], NULL, run, &workers[i]) != 0) {
			fputs("loads: no thread\n", stderr);
			exit(1);
		}
	}
	run(&workers[0]);
	for (unsigned i = 1; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < n_threads; i++) {
		for (unsigned k = 0; k < MAILBOXES; k++)
			drop(&workers[i], workers[i].mailboxes[k]);
		total += workers[i].n_events;
	}
	return total;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	uint64_t n_events = argc > 2 ? strtoull(argv[2], NULL, 10) : EVENTS;
	unsigned long n_threads = argc > 3 ? strtoul(argv[3], NULL, 10) : THREADS;
	void *(*run)(void *) = NULL;
	double start;

	if (strcmp(name, "loop") == 0)
		run = run_loop;
	else if (strcmp(name, "deep") == 0)
		run = run_deep;
	else if (strcmp(name, "threads") == 0)
		run = run_threads;
	if (run == NULL || n_threads == 0 || n_threads > THREADS_MAX) {
		fputs("usage: loads loop|deep|threads [EVENTS] [THREADS]\n", stderr);
		return 2;
	}
	start = now();
	n_events = run_all(run, n_events, run == run_threads ? (unsigned)n_threads : 1);
	printf("events %llu seconds %.6f\n", (unsigned long long)n_events, now() - start);
	return 0;
}
