// SPDX-License-Identifier: GPL-3.0-or-later
// elided alone|threads|kill: blocks that live for a few events and for many, the same in each run: of one thread, or of four whose
// blocks another frees at times. At the end it says how many bytes in how many blocks it has got, and how many of them are live.
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define APART __attribute__((noinline))

enum { THREADS = 4, ROUNDS = 6000, KEPT = 300, HANDED = 64 };

struct worker {
	uint32_t seed;
	size_t n_bytes, n_blocks, n_live_bytes, n_live_blocks;
	void *kept[KEPT];
	size_t sizes[KEPT];
};

static struct worker workers[THREADS];
static _Atomic(void *) handed[HANDED];
static void *volatile block_seen; // so that no call is left out by the compiler

static uint32_t draw(struct worker *worker, uint32_t n)
{
	worker->seed = worker->seed * 1664525u + 1013904223u;
	return (worker->seed >> 8) % n;
}

static APART void *get(struct worker *worker, size_t size)
{
	worker->n_bytes += size;
	worker->n_blocks++;
	void *block = malloc(size);
	block_seen = block;
	return block;
}

static APART void *get_zeroed(struct worker *worker, size_t size)
{
	worker->n_bytes += size;
	worker->n_blocks++;
	void *block = calloc(1, size);
	block_seen = block;
	return block;
}

static APART void nest(struct worker *worker, unsigned depth)
{
	size_t size = 1 + draw(worker, 200);
	void *block = depth % 2 == 0 ? get(worker, size) : get_zeroed(worker, size);

	if (depth > 0)
		nest(worker, depth - 1);
	free(block);
}

static APART void replace(struct worker *worker)
{
	uint32_t i = draw(worker, KEPT);
	size_t size = 1 + draw(worker, 3000);

	worker->n_live_bytes += size - worker->sizes[i];
	worker->n_live_blocks += worker->kept[i] == NULL;
	if (draw(worker, 3) == 0) {
		worker->n_bytes += size;
		worker->n_blocks++;
		worker->kept[i] = realloc(worker->kept[i], size);
	} else {
		free(worker->kept[i]);
		worker->kept[i] = get(worker, size);
	}
	worker->sizes[i] = size;
}

static void *work(void *argument)
{
	struct worker *worker = argument;

	for (unsigned i = 0; i < ROUNDS; i++) {
		nest(worker, draw(worker, 6));
		if (draw(worker, 5) == 0)
			replace(worker);
		// Whoever comes next frees it.
		if (draw(worker, 20) == 0)
			free(atomic_exchange(&handed[draw(worker, HANDED)], get(worker, 50)));
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	const char *way = argc > 1 ? argv[1] : "alone";
	unsigned n = strcmp(way, "threads") == 0 ? THREADS : 1;
	size_t n_bytes = 0, n_blocks = 0, n_live_bytes = 0, n_live_blocks = 0;

	for (unsigned i = 0; i < n; i++) {
		workers[i].seed = i + 1;
		if (n > 1 && pthread_create(&threads[i], NULL, work, &workers[i]) != 0)
			return 1;
	}
	for (unsigned i = 0; i < n; i++) {
		if (n > 1)
			pthread_join(threads[i], NULL);
		else
			work(&workers[i]);
		n_bytes += workers[i].n_bytes;
		n_blocks += workers[i].n_blocks;
		n_live_bytes += workers[i].n_live_bytes;
		n_live_blocks += workers[i].n_live_blocks;
	}
	for (unsigned i = 0; i < HANDED; i++) {
		n_live_blocks += handed[i] != NULL;
		n_live_bytes += handed[i] != NULL ? 50 : 0;
	}
	char text[128];
	int length = snprintf(text, sizeof text, "%zu %zu %zu %zu\n", n_bytes, n_blocks,
			      n_live_bytes, n_live_blocks);
	fwrite(text, 1, (size_t)length, stderr);
	if (strcmp(way, "kill") == 0)
		raise(SIGKILL);
	return 0;
}
