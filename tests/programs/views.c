// SPDX-License-Identifier: GPL-3.0-or-later
// A program whose allocations go through wrappers and threads of known names: tests/live/views knows them all.
// Built with VIEWS_LATER it is its own next version: functions and lines have moved, and one function leaks more.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEPT static __attribute__((noinline, noclone))

static void *volatile views_sink;
static volatile int n_headers = 3, n_lines = 10, n_jobs = 4; // so that no loop is unrolled

#ifdef VIEWS_LATER
// What was not there before moves all that follows.
KEPT void views_new_feature(void)
{
	views_sink = malloc(7);
	free(views_sink);
}
#endif

KEPT void *xmalloc(size_t size)
{
	void *block = malloc(size);
	if (!block) {
		abort();
	}
	return block;
}

KEPT void *pool_get(size_t size)
{
	void *block = xmalloc(size);
	memset(block, 1, size);
	return block;
}

#ifndef VIEWS_LATER
KEPT void parse_header(void)
{
	for (int i = 0; i < n_headers; i++) {
		views_sink = xmalloc(100);
	}
}
#endif

KEPT void parse_body(void)
{
	views_sink = xmalloc(2000);
	free(views_sink);
	views_sink = xmalloc(3000);
#ifdef VIEWS_LATER
	views_sink = xmalloc(3000);
#endif
}

#ifdef VIEWS_LATER
KEPT void parse_header(void)
{
	for (int i = 0; i < n_headers; i++) {
		views_sink = xmalloc(100);
	}
}
#endif

KEPT void render(void)
{
	for (int i = 0; i < n_lines; i++) {
		views_sink = malloc(64);
		free(views_sink);
	}
	views_sink = pool_get(500);
}

KEPT void name_keep(void)
{
	views_sink = strdup("a name of 20 letters");
}

static void *work(void *argument)
{
	(void)argument;
	pthread_setname_np(pthread_self(), "views-worker");
	for (int i = 0; i < n_jobs; i++) {
		views_sink = malloc(333);
	}
	return NULL;
}

KEPT void outer_thread(void)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, work, NULL) == 0) {
		pthread_join(thread, NULL);
	}
}

int main(void)
{
	parse_header();
	parse_body();
	render();
	name_keep();
	outer_thread();
#ifdef VIEWS_LATER
	views_new_feature();
#endif
	return 0;
}
