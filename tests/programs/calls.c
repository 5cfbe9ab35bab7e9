// SPDX-License-Identifier: GPL-3.0-or-later
// Calls the functions of dumpalloc.h: `calls SCENARIO`. Blocks are told apart by their sizes; what a call gave is printed.
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/dumpalloc.h"

static void *volatile kept[16];

static void allocate(int i, size_t size)
{
	kept[i] = malloc(size);
}

static void release(int i)
{
	free(kept[i]);
	kept[i] = NULL;
}

static void *paused_thread(void *argument)
{
	(void)argument;
	dumpalloc_disable_thread();
	dumpalloc_disable_thread();
	allocate(8, 20801);
	dumpalloc_enable_thread();
	allocate(9, 20802);
	dumpalloc_enable_thread();
	allocate(10, 20803);
	dumpalloc_disable_thread();
	return NULL;
}

// What is recorded of the sizes below: those whose last digit but one is 1.
static int pause_process(void)
{
	pthread_t thread;

	allocate(0, 20010);
	allocate(1, 20011);
	dumpalloc_disable();
	allocate(2, 20000);
	release(0);
	kept[1] = realloc(kept[1], 30000); // its old block is gone, the new one is not recorded
	dumpalloc_disable();
	dumpalloc_enable();
	allocate(3, 20001);
	dumpalloc_enable();
	dumpalloc_enable();
	allocate(4, 20012);
	release(2);
	kept[3] = realloc(kept[3], 20013);
	if (pthread_create(&thread, NULL, paused_thread, NULL) != 0)
		return 1;
	pthread_join(thread, NULL);
	allocate(5, 20014);
	return 0;
}

static int say(void)
{
	char text[5000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	printf("%d", dumpalloc_is_tracing());
	printf("%d", dumpalloc_tag("plain"));
	printf("%d", dumpalloc_tagf("%s %d", "number", 42));
	printf("%d", dumpalloc_tag(text));
	printf("%d", dumpalloc_tag(NULL));
	printf("%d", dumpalloc_snapshot("half way\n"));
	printf("%d", dumpalloc_name_thread("worker bee"));
	printf("%d\n", dumpalloc_flush());
	return 0;
}

// Usable sizes may be somewhat more than was asked for, and differ by somewhat less.
static void print_difference(int is_counted, const struct dumpalloc_usage *more, long long bytes)
{
	printf("%d %d %lld\n", is_counted,
	       more->bytes > bytes - 10000 && more->bytes < bytes + 10000, more->blocks);
}

static int measure(void)
{
	struct dumpalloc_savepoint point;
	struct dumpalloc_usage more, now;
	int is_counted = dumpalloc_save(&point);

	printf("%d\n", is_counted);
	allocate(0, 100000);
	allocate(1, 200000);
	release(1);
	is_counted = dumpalloc_compare(&point, &more);
	print_difference(is_counted, &more, 100000);
	is_counted = dumpalloc_measure(&now);
	printf("%d %d\n", is_counted, now.peak_bytes - point.usage.bytes >= 300000);
	dumpalloc_update(&point, &more);
	kept[0] = realloc(kept[0], 150000);
	is_counted = dumpalloc_compare(&point, &more);
	print_difference(is_counted, &more, 50000);
	release(0);
	dumpalloc_save(&point);
	for (int i = 0; i < 5; i++) {
		if (i == 0)
			allocate(2, 300); // kept from the first round on
		allocate(0, 1000);
		release(0);
		dumpalloc_assert(&point, 1);
	}
	puts("no leak");
	fflush(stdout);
	for (int i = 0; i < 3; i++) {
		allocate(3 + i, 500);
		dumpalloc_assert(&point, 1);
	}
	return 0;
}

static int pools(void)
{
	char *area = malloc(30000);
	int pool;

	kept[0] = area;
	dumpalloc_pool_create(&pool, "things");
	dumpalloc_pool_alloc(&pool, area, 100);
	dumpalloc_pool_alloc(&pool, area + 100, 200);
	dumpalloc_pool_free(&pool, area);
	dumpalloc_pool_alloc(&pool, area, 50);
	dumpalloc_pool_free(&pool, area + 1); // none of its blocks
	dumpalloc_pool_destroy(&pool);
	dumpalloc_tag("two\nlines");
	return 0;
}

static void on_crash(int number)
{
	(void)number;
	dumpalloc_tag("crashed");
	_exit(dumpalloc_backtrace(STDOUT_FILENO) ? 3 : 4);
}

__attribute__((noinline)) static void crash_here(volatile int *where)
{
	*where = 1;
	kept[0] = NULL; // no jump in place of the call
}

static int crash(void)
{
	volatile int *nowhere = NULL;

	signal(SIGSEGV, on_crash);
	__asm__ volatile("" : "+r"(nowhere));
	crash_here(nowhere);
	return 0;
}

static void on_early_crash(int number)
{
	(void)number;
	_exit(dumpalloc_backtrace(STDOUT_FILENO) ? 3 : 4);
}

// Before anything is recorded.
static int crash_early(void)
{
	signal(SIGSEGV, on_early_crash);
	crash_here(NULL);
	return 0;
}

static int crash_call(void)
{
	void (*volatile nothing)(void) = NULL;

	signal(SIGSEGV, on_crash);
	nothing();
	kept[0] = NULL;
	return 0;
}

__attribute__((noinline)) static int go_deep(volatile char *outer)
{
	volatile char room[400];

	room[0] = outer[0];
	return outer[0] != 0 ? 0 : go_deep(room) + room[0];
}

static int crash_deep(void)
{
	static char stack[64 << 10];
	const stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK };

	sigaltstack(&other, NULL);
	sigaction(SIGSEGV, &action, NULL);
	return go_deep(stack);
}

static int inherit(void)
{
	allocate(0, 20010);
	dumpalloc_disable();
	allocate(1, 20000);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		allocate(2, 20001);
		dumpalloc_enable();
		allocate(3, 20018);
		exit(0);
	}
	return child < 0;
}

static int raise_signals(void)
{
	allocate(0, 20010);
	raise(SIGUSR1);
	allocate(1, 20000);
	raise(SIGUSR2);
	raise(SIGUSR1);
	allocate(2, 20011);
	raise(SIGHUP);
	return 0;
}

// One that waits for the user: each line of standard input is the size of a block.
static int wait_for_orders(void)
{
	char line[64];

	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL) {
		allocate(0, strtoul(line, NULL, 10));
		puts("done");
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} scenarios[] = {
		{ "pause", pause_process },
		{ "say", say },
		{ "measure", measure },
		{ "pools", pools },
		{ "crash", crash },
		{ "inherit", inherit },
		{ "crash_call", crash_call },
		{ "crash_deep", crash_deep },
		{ "signals", raise_signals },
		{ "orders", wait_for_orders },
		{ "crash_early", crash_early },
	};
	static char buffer[BUFSIZ];

	// So that printing allocates nothing.
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);

	for (size_t i = 0; argc == 2 && i < sizeof scenarios / sizeof scenarios[0]; i++) {
		if (strcmp(argv[1], scenarios[i].name) == 0)
			return scenarios[i].run();
	}
	fprintf(stderr, "calls: which scenario?\n");
	return 2;
}
