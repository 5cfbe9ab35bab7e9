// SPDX-License-Identifier: GPL-3.0-or-later
// What tests/live/sampled samples: so many blocks of known sizes from call stacks of their own.
//
// sampled known: allocates, has another thread free half of what is freed, and ends with some of it live.
// sampled child: the same, and a child of a fork frees what is left and allocates as much again.
// sampled many: more live blocks than a small interval can follow.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define APART __attribute__((noinline, noclone))

enum {
	SMALL = 40000, // of 48 bytes; one in four is live in the end
	MIDDLE = 400,  // of 6000 bytes; the same
	LARGE = 8,     // of 1 MiB; the same
	GROWN = 64,    // from 200 bytes to 2000 in ten steps; all are live in the end
	ALL = SMALL + MIDDLE + LARGE,
	MANY = 60000,
};

static void *blocks[ALL], *grown[GROWN], *many[MANY];
static void *volatile used; // an allocation that nobody uses may be left out

static APART void *small(void)
{
	used = malloc(48);
	return used;
}

static APART void *middle(void)
{
	used = calloc(60, 100);
	return used;
}

static APART void *large(void)
{
	used = malloc(1 << 20);
	return used;
}

static APART void *grow(void *block, size_t size)
{
	used = realloc(block, size);
	return used;
}

static APART void *crowd(void)
{
	used = malloc(1000);
	return used;
}

// Every second of those that do not stay.
static void free_some(size_t first)
{
	for (size_t i = first; i < ALL; i += 2) {
		if (i % 4 == 0)
			continue;
		free(blocks[i]);
		blocks[i] = NULL;
	}
}

static void *help(void *unused)
{
	(void)unused;
	free_some(1);
	return NULL;
}

static void work(void)
{
	pthread_t helper;

	for (size_t i = 0; i < ALL; i++)
		blocks[i] = i < SMALL ? small() : i < SMALL + MIDDLE ? middle() : large();
	for (size_t step = 1; step <= 10; step++)
		for (size_t i = 0; i < GROWN; i++)
			grown[i] = grow(grown[i], step * 200);
	if (pthread_create(&helper, NULL, help, NULL) == 0)
		pthread_join(helper, NULL);
	free_some(2);
}

static void free_all(void)
{
	for (size_t i = 0; i < ALL; i++)
		free(blocks[i]);
	for (size_t i = 0; i < GROWN; i++) {
		free(grown[i]);
		grown[i] = NULL;
	}
}

static int have_child(void)
{
	int status = 1;
	pid_t child = fork();

	if (child == 0) {
		free_all();
		work();
		exit(0);
	}
	return child < 0 || waitpid(child, &status, 0) != child || status != 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (strcmp(what, "many") == 0) {
		for (size_t i = 0; i < MANY; i++)
			many[i] = crowd();
		for (size_t i = 0; i < MANY; i++)
			free(many[i]);
		return 0;
	}
	work();
	return strcmp(what, "child") == 0 ? have_child() : 0;
}
