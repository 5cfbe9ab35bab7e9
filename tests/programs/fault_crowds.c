// SPDX-License-Identifier: GPL-3.0-or-later
// Threads in great numbers, threads that end at once, and libraries that come and go while others allocate.
#include "fault.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_EACH = 5, N_HURRIED = 2000, N_BESIDE = 3, N_BURST = 100, SIZE = 4242, CHILD = 4243 };

static pthread_attr_t small_stack;
static pthread_barrier_t all_here;
static atomic_bool is_over;
static atomic_int n_begun;

static void make_small_stack(void)
{
	if (pthread_attr_init(&small_stack) != 0 ||
	    pthread_attr_setstacksize(&small_stack, 128 << 10) != 0)
		_exit(7);
}

static void start(pthread_t *thread, void *(*run)(void *), void *argument)
{
	if (pthread_create(thread, &small_stack, run, argument) != 0)
		_exit(7);
}

static void *leak_some(void *argument)
{
	(void)argument;
	fault_leak(N_EACH, SIZE);
	return NULL;
}

// serial N: threads one after the other.
int fault_serial(int argc, char **argv)
{
	pthread_t thread;

	make_small_stack();
	for (int i = argc > 0 ? atoi(argv[0]) : 0; i > 0; i--) {
		start(&thread, leak_some, NULL);
		pthread_join(thread, NULL);
	}
	return 0;
}

static void *leak_together(void *argument)
{
	(void)argument;
	fault_leak(N_EACH, SIZE);
	pthread_barrier_wait(&all_here);
	fault_leak(N_EACH, SIZE);
	return NULL;
}

// parallel N: threads that are there at one time.
int fault_parallel(int argc, char **argv)
{
	int n = argc > 0 ? atoi(argv[0]) : 1;
	pthread_t *threads = malloc((size_t)n * sizeof *threads);

	make_small_stack();
	pthread_barrier_init(&all_here, NULL, (unsigned)n);
	for (int i = 0; i < n; i++)
		start(&threads[i], leak_together, NULL);
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static void *leak_and_leave(void *argument)
{
	(void)argument;
	fault_leak(N_HURRIED, SIZE);
	return NULL;
}

// hurried N: threads, a few at a time, that end with much of their work still on its way.
int fault_hurried(int argc, char **argv)
{
	enum { N_AT_ONCE = 4 };
	pthread_t threads[N_AT_ONCE];

	make_small_stack();
	for (int i = argc > 0 ? atoi(argv[0]) : 0; i > 0; i -= N_AT_ONCE) {
		for (int k = 0; k < N_AT_ONCE; k++)
			start(&threads[k], leak_and_leave, NULL);
		for (int k = 0; k < N_AT_ONCE; k++)
			pthread_join(threads[k], NULL);
	}
	return 0;
}

static void *use_heap(void *argument)
{
	size_t n = 0;

	for (; !atomic_load(&is_over); n++) {
		char *volatile block = malloc(SIZE);
		free(block);
		if (n == 0)
			atomic_fetch_add(&n_begun, 1);
		if (n % N_BURST == 0)
			usleep(1000); // as much as a test can read
	}
	*(size_t *)argument = n;
	return NULL;
}

// Until all of them allocate.
static void start_threads(pthread_t *threads, size_t *n_blocks)
{
	for (int i = 0; i < N_BESIDE; i++)
		start(&threads[i], use_heap, &n_blocks[i]);
	while (atomic_load(&n_begun) < N_BESIDE)
		usleep(1000);
}

// Says how many blocks the threads beside had.
static void end_threads(pthread_t *threads, const size_t *n_blocks)
{
	size_t n = 0;

	atomic_store(&is_over, true);
	for (int i = 0; i < N_BESIDE; i++) {
		pthread_join(threads[i], NULL);
		n += n_blocks[i];
	}
	fault_leak(1, n % 1000 + 10000); // the test learns the number without standard output
	fault_leak(1, n / 1000 + 20000);
}

// plugins N LIBRARY FUNCTION: loads the library, calls the function, unloads it, while others allocate.
int fault_plugins(int argc, char **argv)
{
	pthread_t threads[N_BESIDE];
	size_t n_blocks[N_BESIDE];
	if (argc < 3)
		return 64;

	make_small_stack();
	start_threads(threads, n_blocks);
	for (int i = atoi(argv[0]); i > 0; i--) {
		void *library = dlopen(argv[1], RTLD_NOW);
		void (*function)(void);
		if (library == NULL)
			_exit(7);
		*(void **)&function = dlsym(library, argv[2]);
		function();
		dlclose(library);
	}
	end_threads(threads, n_blocks);
	return 0;
}

// forks N: children of a process whose other threads allocate; they allocate, too.
int fault_forks(int argc, char **argv)
{
	pthread_t threads[N_BESIDE];
	size_t n_blocks[N_BESIDE];

	make_small_stack();
	start_threads(threads, n_blocks);
	for (int i = argc > 0 ? atoi(argv[0]) : 0; i > 0; i--) {
		pid_t pid = fork();
		if (pid == 0) {
			fault_leak(N_EACH, CHILD);
			_exit(0);
		}
		fault_reap(pid);
	}
	end_threads(threads, n_blocks);
	return 0;
}
