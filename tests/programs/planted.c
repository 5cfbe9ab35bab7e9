// SPDX-License-Identifier: GPL-3.0-or-later
// planted KIND bad|good: runs with the planted defect KIND, or the same without it.
#define _GNU_SOURCE
#include "planted.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	N_BUSY = 24,
	N_THREADS = 4,
	N_CACHED = 16,
	N_SMALL = 20000,
	N_PARTS = 64,
	PART = 65536,
};

void *volatile planted_sink;

PLANTED void planted_round(void)
{
	static void *blocks[N_BUSY];
	for (size_t i = 0; i < N_BUSY; i++)
		blocks[i] = malloc(100 + i * 8);
	for (size_t i = 0; i < N_BUSY; i++)
		free(blocks[i]);
	nanosleep(&(struct timespec){ .tv_nsec = 12000000 }, NULL);
}

static PLANTED void slow_leak(int is_bad)
{
	for (int i = 0; i < PLANTED_ROUNDS; i++) {
		planted_round();
		void *session = malloc(64); // planted: slow_leak
		planted_sink = session;
		if (!is_bad)
			free(session);
	}
}

static int thread_is_bad;

static PLANTED void thread_work(int is_bad)
{
	for (size_t i = 0; i < 50; i++) {
		char *job = malloc(200); // planted: thread_leak
		planted_sink = job;
		if (!is_bad)
			free(job);
	}
}

static void *thread_run(void *number)
{
	thread_work(thread_is_bad && (intptr_t)number == 2);
	return NULL;
}

static PLANTED void thread_leak(int is_bad)
{
	pthread_t threads[N_THREADS];
	thread_is_bad = is_bad;
	for (intptr_t i = 0; i < N_THREADS; i++)
		if (pthread_create(&threads[i], NULL, thread_run, (void *)i) != 0)
			_exit(3);
	for (size_t i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
}

// A message that is put together piece by piece.
static PLANTED char *message_build(void)
{
	char *text = NULL;
	for (size_t size = 100; size <= 900; size += 400) {
		text = realloc(text, size); // planted: realloc_leak
		if (!text)
			_exit(3);
		memset(text, 'm', size);
	}
	return text;
}

static PLANTED void realloc_leak(int is_bad)
{
	for (size_t i = 0; i < 30; i++) {
		char *message = message_build();
		planted_sink = message;
		if (!is_bad)
			free(message);
	}
}

static PLANTED int parse(int number, int is_bad)
{
	char *fields = malloc(300); // planted: error_path
	planted_sink = fields;
	if (number % 10 == 3) {
		if (!is_bad)
			free(fields);
		return -1;
	}
	free(fields);
	return 0;
}

static PLANTED void error_path(int is_bad)
{
	for (int i = 0; i < 100; i++)
		parse(i, is_bad);
}

// All is freed in the end, so nothing is leaked.
static PLANTED void cache(int is_bad)
{
	static void *entries[PLANTED_ROUNDS * 2];
	size_t n = 0;
	for (size_t i = 0; i < PLANTED_ROUNDS * 2; i++) {
		if (i % 2 == 0)
			planted_round();
		if (!is_bad && n == N_CACHED) {
			n--;
			free(entries[0]);
			memmove(&entries[0], &entries[1], n * sizeof(entries[0]));
		}
		entries[n++] = malloc(500); // planted: cache
	}
	while (n > 0)
		free(entries[--n]);
}

static PLANTED void peak(int is_bad)
{
	void *base = malloc(20000);
	planted_sink = base;
	for (int i = 0; i < PLANTED_ROUNDS; i++) {
		planted_round();
		if (i != PLANTED_ROUNDS / 2)
			continue;
		for (size_t k = 0; k < N_PARTS; k++) {
			void *image = malloc(is_bad ? PART * N_PARTS : 1000); // planted: peak
			planted_sink = image;
			free(image);
			if (is_bad)
				break;
		}
	}
	free(base);
}

static PLANTED void rounding(int is_bad)
{
	static void *flags[N_SMALL];
	for (size_t i = 0; i < (is_bad ? N_SMALL : 1); i++)
		flags[i] = malloc(is_bad ? 1 : N_SMALL); // planted: rounding
	for (size_t i = 0; i < N_SMALL; i++)
		free(flags[i]);
}

// The block is in a C library's list of free ones when it is freed again: most end the program then.
static PLANTED void double_free(int is_bad)
{
	void *buffer = malloc(120); // planted: double_free
	planted_sink = buffer;
	free(buffer);
	void *volatile stale = buffer;
	if (is_bad)
		free(stale);
}

static PLANTED void temporary(int is_bad)
{
	void *scratch = NULL;
	for (size_t i = 0; i < 5000; i++) {
		if (is_bad || !scratch)
			scratch = malloc(256); // planted: temporary
		planted_sink = scratch;
		if (is_bad)
			free(scratch);
	}
	if (!is_bad)
		free(scratch);
}

// Most C libraries end the program then.
static PLANTED void inside(int is_bad)
{
	char *line = malloc(300); // planted: inside
	planted_sink = line;
	char *volatile text = line + 16;
	free(is_bad ? text : line);
}

static PLANTED void child_leak(int is_bad)
{
	pid_t child = fork();
	if (child == 0) {
		for (size_t i = 0; i < 20; i++) {
			void *request = malloc(150); // planted: child_leak
			planted_sink = request;
			if (!is_bad)
				free(request);
		}
		exit(0);
	}
	waitpid(child, NULL, 0);
}

static PLANTED void aligned_leak(int is_bad)
{
	for (size_t i = 0; i < 10; i++) {
		void *frame = NULL;
		if (posix_memalign(&frame, 128, 1000) != 0) // planted: aligned_leak
			_exit(3);
		planted_sink = frame;
		if (!is_bad)
			free(frame);
	}
}

static PLANTED void strdup_leak(int is_bad)
{
	for (size_t i = 0; i < 40; i++) {
		char *name = strdup("a name that somebody wants to keep"); // planted: strdup_leak
		planted_sink = name;
		if (!is_bad)
			free(name);
	}
}

static PLANTED void asprintf_leak(int is_bad)
{
	for (int i = 0; i < 25; i++) {
		char *line = NULL;
		if (asprintf(&line, "line %d of the log", i) < 0) // planted: asprintf_leak
			_exit(3);
		planted_sink = line;
		if (!is_bad)
			free(line);
	}
}

static PLANTED void reserve(int is_bad)
{
	size_t n = 3000, room = is_bad ? 0 : n;
	int *numbers = room ? malloc(room * sizeof(*numbers)) : NULL;
	for (size_t i = 0; i < n; i++) {
		if (i == room)
			numbers = realloc(numbers, ++room * sizeof(*numbers)); // planted: reserve
		if (!numbers)
			_exit(3);
		numbers[i] = (int)i;
	}
	free(numbers);
}

static PLANTED void negative_size(int is_bad)
{
	volatile size_t length = 4, header = is_bad ? 8 : 2;
	void *body = malloc(length - header); // planted: negative_size
	planted_sink = body;
	free(body);
}

static PLANTED void parse_nested(int depth, int is_bad)
{
	if (depth > 0) {
		parse_nested(depth - 1, is_bad);
		return;
	}
	void *token = malloc(80); // planted: recursive_leak
	planted_sink = token;
	if (!is_bad)
		free(token);
}

// Every call stack leaks a few times only.
static PLANTED void recursive_leak(int is_bad)
{
	for (int i = 0; i < PLANTED_ROUNDS; i++) {
		planted_round();
		parse_nested(i % 25, is_bad);
	}
}

struct item {
	struct item *next;
	char text[40];
};

static PLANTED void list_leak(int is_bad)
{
	struct item *list = NULL;
	for (size_t i = 0; i < 30; i++) {
		struct item *item = malloc(sizeof(*item)); // planted: list_leak
		if (!item)
			_exit(3);
		item->next = list;
		list = item;
	}
	while (list) {
		struct item *next = list->next;
		free(list);
		list = is_bad ? NULL : next;
	}
}

static char *settings;

static PLANTED void settings_load(int frees)
{
	if (frees)
		free(settings);
	settings = malloc(4000); // planted: overwritten
}

static PLANTED void overwritten(int is_bad)
{
	settings_load(0);
	settings_load(!is_bad);
	free(settings);
}

static PLANTED void buffer_leak(int is_bad)
{
	char *table = calloc(1000, 16); // planted: one_block
	planted_sink = table;
	for (int i = 0; i < 10; i++)
		planted_round();
	if (!is_bad)
		free(table);
}

// What a thread leaves that nobody joins is the library's.
static void *thread_end(void *nothing)
{
	return nothing;
}

static PLANTED void unjoined(int is_bad)
{
	for (int i = 0; i < PLANTED_ROUNDS; i++) {
		pthread_t thread;
		planted_round();
		if (pthread_create(&thread, NULL, thread_end, NULL) != 0) // planted: unjoined
			_exit(3);
		if (!is_bad)
			pthread_join(thread, NULL);
	}
}

static const struct {
	const char *kind;
	void (*run)(int is_bad);
} kinds[] = {
	{ "slow_leak", slow_leak },
	{ "thread_leak", thread_leak },
	{ "realloc_leak", realloc_leak },
	{ "error_path", error_path },
	{ "cache", cache },
	{ "peak", peak },
	{ "rounding", rounding },
	{ "double_free", double_free },
	{ "inside", inside },
	{ "temporary", temporary },
	{ "child_leak", child_leak },
	{ "aligned_leak", aligned_leak },
	{ "strdup_leak", strdup_leak },
	{ "asprintf_leak", asprintf_leak },
	{ "reserve", reserve },
	{ "negative_size", negative_size },
	{ "recursive_leak", recursive_leak },
	{ "list_leak", list_leak },
	{ "overwritten", overwritten },
	{ "one_block", buffer_leak },
	{ "unjoined", unjoined },
	{ "mismatch", planted_mismatch },
	{ "array_mismatch", planted_array_mismatch },
	{ "container", planted_container },
	{ "exception", planted_exception },
	{ "cycle", planted_cycle },
	{ "copy", planted_copy },
	{ "journal", planted_journal },
	{ "picture", planted_picture },
	{ "vector", planted_vector },
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 3 && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(argv[1], kinds[i].kind) == 0) {
			kinds[i].run(strcmp(argv[2], "bad") == 0);
			return 0;
		}
	}
	return 2;
}
