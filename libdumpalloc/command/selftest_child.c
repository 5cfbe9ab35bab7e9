// SPDX-License-Identifier: LGPL-2.1-or-later
// The program that selftest traces: allocates at the ends of known call chains.
#define _GNU_SOURCE
#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/command/command.h"
#include "libdumpalloc/command/selftest.h"

static struct selftest_calls calls;
static enum selftest_shape shape;
static void *volatile kept;

// Each function of a chain begins with this: its return address is a frame that must be found.
#define NOTE_CALL()                                                                                \
	(calls.returns[shape][calls.n[shape]++] = (uint64_t)(uintptr_t)__builtin_return_address(0))
// Behind each call: no function of a chain may jump to the next one and leave no frame.
#define STAY() __asm__ volatile("" ::: "memory")

#define CHAIN __attribute__((noinline))

static CHAIN void mark(void)
{
	NOTE_CALL();
	kept = malloc(SELFTEST_SIZE + (size_t)shape);
	STAY();
}

static CHAIN void nest(int depth)
{
	NOTE_CALL();
	if (depth > 0)
		nest(depth - 1);
	else
		mark();
	STAY();
}

static CHAIN void do_nested(void)
{
	NOTE_CALL();
	nest(10);
	STAY();
}

static CHAIN void do_moving(void)
{
	NOTE_CALL();
	char *moved = alloca(64 + calls.n[shape] % 7);
	memset(moved, 0, 64);
	nest(2);
	__asm__ volatile("" ::"r"(moved) : "memory");
}

static int compare(const void *a, const void *b)
{
	// qsort may call it again, with the same chain or another: the last mark counts.
	calls.n[shape] = 1;
	NOTE_CALL();
	mark();
	return *(const int *)a - *(const int *)b;
}

static CHAIN void do_callback(void)
{
	int numbers[] = { 2, 1 };

	NOTE_CALL();
	qsort(numbers, 2, sizeof numbers[0], compare);
	STAY();
}

static void handle(int number)
{
	(void)number;
	nest(1);
	STAY();
}

static CHAIN void do_handler(void)
{
	struct sigaction action = { .sa_handler = handle };

	NOTE_CALL();
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	STAY();
}

static void *in_thread(void *argument)
{
	(void)argument;
	nest(3);
	STAY();
	return NULL;
}

static CHAIN void do_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, in_thread, NULL) != 0)
		_exit(COMMAND_CHILD);
	pthread_join(thread, NULL);
}

static void churn(void)
{
	for (int i = 0; i < SELFTEST_PAIRS; i++) {
		void *volatile block = malloc(SELFTEST_PAIR_SIZE);
		free(block);
	}
}

// With "kill" it ends by a signal nobody can catch.
int command_selftest_child(int argc, char **argv)
{
	static void (*const shapes[])(void) = {
#define X(name, title) do_##name,
		SELFTEST_SHAPE_LIST(X)
#undef X
	};
	const struct timespec pause = { .tv_nsec = SELFTEST_PAUSE_MS * 1000000L };

	for (size_t i = 0; i < SELFTEST_SHAPES; i++) {
		shape = (enum selftest_shape)i;
		shapes[i]();
	}
	nanosleep(&pause, NULL);
	kept = malloc(SELFTEST_SIZE + (size_t)SELFTEST_SHAPES);
	churn();
	if (write(STDOUT_FILENO, &calls, sizeof calls) != (ssize_t)sizeof calls)
		return COMMAND_CHILD;
	if (argc > 1 && strcmp(argv[1], "kill") == 0)
		kill(getpid(), SIGKILL);
	return 0;
}
