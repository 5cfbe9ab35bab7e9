// SPDX-License-Identifier: GPL-3.0-or-later
// elided_marks N [wait]: N rounds of blocks that live for a few events. In each, while some are live, comes a tag, a snapshot by a call
// or by SIGUSR1, or a pause by SIGUSR2. Before each mark that readalloc can find a line says what is live then, in bytes and blocks,
// and what was allocated. In the second half savepoints are held to what the program knows. `wait`: after each third of the rounds a
// line is said, and one awaited.
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "libdumpalloc/dumpalloc.h"

#define APART __attribute__((noinline))

enum { KEPT = 100, PENDING = 12, TURNS = 40 };

struct block {
	void *at; // NULL: none
	size_t size;
};

static uint32_t seed = 1;
static struct block kept[KEPT], pending[PENDING];
static size_t live_bytes, live_blocks, all_bytes, all_blocks;
static long long live_usable;
static char text[64 << 10]; // said in the end: stdio would allocate among the others
static size_t text_length;

static uint32_t draw(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

static void count_gone(const struct block *block)
{
	live_bytes -= block->size;
	live_blocks--;
	live_usable -= (long long)malloc_usable_size(block->at);
}

static void count_new(struct block *block, void *at, size_t size)
{
	*block = (struct block){ at, size };
	live_bytes += size;
	live_blocks++;
	live_usable += (long long)malloc_usable_size(at);
	all_bytes += size;
	all_blocks++;
}

static APART void own_get(struct block *block, size_t size)
{
	count_new(block, malloc(size), size);
}

static APART void own_replace(struct block *block, size_t size)
{
	count_gone(block);
	count_new(block, realloc(block->at, size), size);
}

static APART void drop(struct block *block)
{
	if (block->at == NULL)
		return;
	count_gone(block);
	free(block->at);
	block->at = NULL;
}

// The pending ones are in all states: to be freed, to be reallocated, to be freed by another thread, or by a later turn.
static APART void turn(void)
{
	struct block shortly = { NULL, 0 };

	for (unsigned i = 0; i < PENDING; i++) {
		struct block *block = &pending[draw(PENDING)];
		if (block->at == NULL)
			own_get(block, 1 + draw(500));
		else if (draw(4) == 0)
			own_replace(block, 1 + draw(900));
		else
			drop(block);
		own_get(&shortly, 1 + draw(2000));
		drop(&shortly);
	}
	struct block *block = &kept[draw(KEPT)];
	drop(block);
	own_get(block, 1 + draw(3000));
}

static void *take_over(void *given)
{
	struct block shortly = { NULL, 0 };

	drop(given);
	own_get(&shortly, 33);
	drop(&shortly);
	own_get(given, 34 + draw(100));
	return NULL;
}

// What this thread has got, another frees, and the other way round after its end.
static void hand_over(void)
{
	pthread_t thread;

	drop(&pending[0]);
	own_get(&pending[0], 71);
	if (pthread_create(&thread, NULL, take_over, &pending[0]) != 0 ||
	    pthread_join(thread, NULL) != 0)
		exit(1);
	drop(&pending[0]);
}

static void say(const char *mark)
{
	text_length += (size_t)snprintf(text + text_length, sizeof text - text_length,
					"%s %zu %zu %zu %zu\n", mark, live_bytes, live_blocks,
					all_bytes, all_blocks);
}

static void set_mark(unsigned i)
{
	char name[32];

	switch (i % 4) {
	case 0:
		snprintf(name, sizeof name, "tag:mark%u.", i);
		say(name);
		dumpalloc_tag(name + sizeof "tag:" - 1);
		break;
	case 1:
		say("snapshot");
		dumpalloc_snapshot("call");
		break;
	case 2:
		say("snapshot");
		raise(SIGUSR1);
		break;
	default:
		raise(SIGUSR2);
		drop(&pending[1]);
		drop(&kept[0]);
		raise(SIGUSR2);
		break;
	}
}

static void check(unsigned i, const struct dumpalloc_usage *more, long long usable, size_t blocks)
{
	if (more->bytes == live_usable - usable &&
	    more->blocks == (long long)live_blocks - (long long)blocks)
		return;
	fprintf(stderr, "round %u: %lld bytes and %lld blocks more, not %lld\n", i, more->bytes,
		more->blocks, live_usable - usable);
	exit(1);
}

static void work_checked(unsigned i)
{
	struct dumpalloc_savepoint point;
	struct dumpalloc_usage more;
	long long usable = live_usable;
	size_t blocks = live_blocks;

	dumpalloc_save(&point);
	turn();
	set_mark(i);
	turn();
	dumpalloc_compare(&point, &more);
	check(i, &more, usable, blocks);
	turn();
	dumpalloc_update(&point, &more);
	check(i, &more, usable, blocks);
	for (unsigned n = 0; n < PENDING; n++)
		drop(&pending[n]);
	dumpalloc_assert(&point, 0);
}

int main(int argc, char **argv)
{
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 0;

	for (unsigned i = 0; i < n; i++) {
		if (argc > 2 && (i == n / 3 || i == n / 3 * 2)) {
			puts("waits");
			fflush(stdout);
			(void)getchar();
		}
		for (unsigned turns = 0; turns < TURNS; turns++)
			turn();
		if (i % 3 == 0)
			hand_over();
		if (i < n / 2)
			set_mark(i);
		else
			work_checked(i);
	}
	say("end");
	fwrite(text, 1, text_length, stderr);
	return 0;
}
