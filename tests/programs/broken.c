// SPDX-License-Identifier: GPL-3.0-or-later
// A library that breaks, for everybody behind it, the function that the environment variable BROKEN names.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static bool is_broken(const char *name)
{
	const char *broken = getenv("BROKEN");

	return broken != NULL && strcmp(broken, name) == 0;
}

#define REAL(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

// It stands still.
int clock_gettime(clockid_t clock, struct timespec *now)
{
	if (!is_broken("clock_gettime"))
		return REAL(clock_gettime)(clock, now);
	*now = (struct timespec){ .tv_sec = 1000 };
	return 0;
}

int clone(int (*function)(void *), void *stack, int flags, void *argument, ...)
{
	if (!is_broken("clone"))
		return REAL(clone)(function, stack, flags, argument);
	errno = EAGAIN;
	return -1;
}

int connect(int fd, const struct sockaddr *address, socklen_t size)
{
	if (!is_broken("connect"))
		return REAL(connect)(fd, address, size);
	errno = ENETUNREACH;
	return -1;
}
