// SPDX-License-Identifier: GPL-3.0-or-later
// moments start|flood|thread|exit|fork: allocates at moments when a tracer may be not ready yet, or done already.
#include "moments.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

// What the compiler calls for a C++ thread_local object with a destructor.
extern int __cxa_thread_atexit_impl(void (*function)(void *), void *object, void *module);
extern void *__dso_handle;

static pthread_key_t late_key;

static void end_storage(void *object)
{
	(void)object;
	moments_leak(MOMENT_N, MOMENT_STORAGE);
}

static void end_late_key(void *value)
{
	uintptr_t round = (uintptr_t)value;

	moments_leak(MOMENT_N, MOMENT_LATE_KEY);
	if (round < MOMENT_ROUNDS)
		pthread_setspecific(late_key, (void *)(round + 1));
}

static void await_end(void)
{
	moments_await_early_key();
	pthread_setspecific(late_key, (void *)(uintptr_t)1);
	__cxa_thread_atexit_impl(end_storage, NULL, &__dso_handle);
}

static void *run_thread(void *is_allocating)
{
	if (is_allocating != NULL)
		moments_leak(MOMENT_N, MOMENT_MAIN);
	await_end();
	return NULL;
}

// One thread that has allocated, and one whose first allocation is that of a destructor.
static int run_threads(void)
{
	for (int i = 0; i < 2; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, run_thread, i == 0 ? &late_key : NULL) != 0 ||
		    pthread_join(thread, NULL) != 0)
			return 1;
	}
	return 0;
}

static void leak_at_exit(void)
{
	moments_leak(MOMENT_N, MOMENT_EXIT);
}

static void prepare(void)
{
	moments_leak(MOMENT_N, MOMENT_LATE_PREPARE);
}

static void parent(void)
{
	moments_leak(MOMENT_N, MOMENT_LATE_PARENT);
}

static void child(void)
{
	moments_leak(MOMENT_N, MOMENT_LATE_CHILD);
}

static int run_fork(void)
{
	int status;

	if (pthread_atfork(prepare, parent, child) != 0)
		return 1;
	pid_t pid = fork();
	if (pid == 0) {
		moments_leak(MOMENT_N, MOMENT_CHILD);
		_exit(0);
	}
	moments_leak(MOMENT_N, MOMENT_MAIN);
	return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (pthread_key_create(&late_key, end_late_key) != 0)
		return 1;
	if (strcmp(name, "thread") == 0)
		return run_threads();
	if (strcmp(name, "fork") == 0)
		return run_fork();
	if (strcmp(name, "exit") == 0) {
		__cxa_thread_atexit_impl(end_storage, NULL, &__dso_handle);
		return atexit(leak_at_exit);
	}
	return strcmp(name, "start") != 0 && strcmp(name, "flood") != 0;
}
