// SPDX-License-Identifier: GPL-3.0-or-later
// What a process can see of itself: errno, environment, descriptors, signals and threads must be as ever.
#include "fault.h"
#include "libc_gaps.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

// A successful call leaves errno alone, whether the tracer was set up before or is at this very call.
int fault_errno(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	enum { MARK = 4711 };
	void *block = NULL;
	long n_changed = 0;
#define KEEPS(call)                                                                                \
	do {                                                                                       \
		errno = MARK;                                                                      \
		call;                                                                              \
		if (errno != MARK) {                                                               \
			fault_say(#call " changes errno\n");                                       \
			n_changed++;                                                               \
		}                                                                                  \
	} while (0)
	for (int round = 0; round < 2; round++) {
		KEEPS(block = malloc(10));
		KEEPS(block = realloc(block, 2000));
		KEEPS(block = reallocarray(block, 30, 10));
		KEEPS(free(block));
		KEEPS(block = calloc(3, 10));
		KEEPS(free(block));
		KEEPS(if (posix_memalign(&block, 64, 10)) _exit(1));
		KEEPS(free(block));
		KEEPS(block = aligned_alloc(64, 128));
		KEEPS(free(block));
		KEEPS(block = memalign(64, 10));
		KEEPS(free(block));
		KEEPS(block = valloc(10));
		KEEPS(free(block));
		KEEPS(block = pvalloc(10));
		KEEPS(free(block));
		KEEPS(free(NULL));
		pid_t pid = fork();
		if (pid == 0) {
			KEEPS(block = malloc(10));
			KEEPS(free(block));
			_exit(n_changed != 0);
		}
		fault_reap(pid);
	}
	fault_say_number("changed", n_changed);
	return n_changed != 0;
}

// environ [child]: the environment, before and after allocations, and in a child program.
int fault_environ(int argc, char **argv)
{
	char **first = environ;
	for (int round = 0; round < 2; round++) {
		for (char **entry = environ; *entry; entry++) {
			fault_say(*entry);
			fault_say("\n");
		}
		fault_leak(10, 4242);
	}
	fault_say_number("same array", first == environ);
	if (argc > 0)
		return 0;
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	path[n > 0 ? n : 0] = 0;
	pid_t pid = fork();
	if (pid == 0) {
		execl(path, argv[-2], "environ", "child", (char *)NULL);
		_exit(1);
	}
	fault_reap(pid);
	return 0;
}

static void say_descriptors(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			fault_say_number("open", fd);
	}
}

int fault_descriptors(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	say_descriptors();
	fault_leak(1000, 4242);
	say_descriptors();
	fault_say_number("next", open("/dev/null", O_RDONLY));
	pid_t pid = fork();
	if (pid == 0) {
		fault_leak(10, 4243);
		say_descriptors();
		_exit(0);
	}
	fault_reap(pid);
	return 0;
}

static void leak_in_handler(int number)
{
	(void)number;
	fault_leak(1, 4243);
}

// Allocations in signal handlers, on the program's stack and on one of its own.
int fault_signal(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	static char other[65536];
	stack_t stack = { .ss_sp = other, .ss_size = sizeof other };
	if (sigaltstack(&stack, NULL) != 0)
		return 1;
	for (int flags = 0; flags < 2; flags++) {
		struct sigaction action;
		memset(&action, 0, sizeof action);
		action.sa_handler = leak_in_handler;
		action.sa_flags = flags ? SA_ONSTACK : 0;
		sigaction(SIGUSR1, &action, NULL);
		for (int i = 0; i < 50; i++) {
			fault_leak(1, 4242);
			raise(SIGUSR1);
		}
	}
	return 0;
}

static void *leak_in_thread(void *argument)
{
	fault_leak(5, *(size_t *)argument);
	return NULL;
}

// Threads one after the other, then many at a time; each ends with its blocks alive.
int fault_threads(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	enum { N_SERIAL = 200, N_PARALLEL = 40 };
	static size_t serial = 4242, parallel = 4243;
	pthread_t threads[N_PARALLEL];
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 256 << 10);
	for (int i = 0; i < N_SERIAL; i++) {
		if (pthread_create(threads, &attributes, leak_in_thread, &serial) != 0)
			return 1;
		pthread_join(threads[0], NULL);
	}
	for (int i = 0; i < N_PARALLEL; i++) {
		if (pthread_create(&threads[i], &attributes, leak_in_thread, &parallel) != 0)
			return 1;
	}
	for (int i = 0; i < N_PARALLEL; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

// busy N: more events than any buffer on the way holds.
int fault_busy(int argc, char **argv)
{
	int n = argc > 0 ? atoi(argv[0]) : 100000;
	for (int i = 0; i < n; i++) {
		char *volatile block = malloc(1 + (size_t)i % 100);
		free(block);
	}
	fault_say("done\n");
	return 6;
}
