// SPDX-License-Identifier: GPL-3.0-or-later
// How a process ends, expected or not: what it recorded until then must be in the stream.
#include "fault.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { N_BEFORE = 1000, SIZE_BEFORE = 4242, N_AFTER = 500, SIZE_AFTER = 4243 };

// blocks [N SIZE]...
int fault_blocks(int argc, char **argv)
{
	for (int i = 0; i + 1 < argc; i += 2)
		fault_leak(atoi(argv[i]), (size_t)atoi(argv[i + 1]));
	return 0;
}

int fault_kill(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N_BEFORE, SIZE_BEFORE);
	kill(getpid(), SIGKILL);
	return 1;
}

int fault_segv(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
	fault_leak(N_BEFORE, SIZE_BEFORE);
	raise(SIGSEGV);
	return 1;
}

int fault_abort(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
	fault_leak(N_BEFORE, SIZE_BEFORE);
	abort();
}

int fault_quick(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N_BEFORE, SIZE_BEFORE);
	_exit(7);
}

// Says "ready" when everything is allocated, then does nothing until a signal ends it.
int fault_idle(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N_BEFORE, SIZE_BEFORE);
	fault_say("ready\n");
	for (;;)
		pause();
}

static void leak_late(void)
{
	fault_leak(N_AFTER, SIZE_AFTER);
}

int fault_atexit(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N_BEFORE, SIZE_BEFORE);
	return atexit(leak_late);
}

int fault_closeall(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N_BEFORE, SIZE_BEFORE);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	fault_leak(N_AFTER, SIZE_AFTER);
	return 5;
}
