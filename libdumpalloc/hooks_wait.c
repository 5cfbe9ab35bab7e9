// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions that wait for children of every kind: the relay, a child without exit signal, is kept out of sight.
#define _GNU_SOURCE
#include "libdumpalloc/hooks.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libdumpalloc/process.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/relay_process.h"

EXPORT pid_t waitpid(pid_t pid, int *status, int options);
// By the names that programs call, whatever this file's own time_t makes of them: of 32 bits once, and
// of 64 by now.
EXPORT pid_t hook_wait4(pid_t pid, int *status, int options, struct rusage *usage) __asm__("wait4");
EXPORT pid_t hook_wait4_time64(pid_t pid, int *status, int options,
			       struct rusage *usage) __asm__("__wait4_time64");
EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options);

typedef pid_t wait4_function(pid_t pid, int *status, int options, struct rusage *usage);

// Without these options the kernel does not show the relay; it is in no process group of the program's.
static bool sees_relay(int options)
{
	return (options & (__WALL | __WCLONE)) != 0 && relay_process_child() != 0;
}

// The kernel tells of children with the usual exit signal; others are looked up.
static bool has_other_child(pid_t relay)
{
	siginfo_t info;
	int error = errno;
	bool has_usual = real.waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;

	errno = error;
	return has_usual || process_has_child(getpid(), relay);
}

static void reap(pid_t relay)
{
	int error = errno;

	(void)real.waitpid(relay, NULL, __WALL | WNOHANG);
	errno = error;
}

static pid_t wait_for_others(int *status, int options, struct rusage *usage,
			     wait4_function *real_wait)
{
	const pid_t relay = relay_process_child();
	pid_t found;
	do {
		if (!has_other_child(relay)) {
			errno = ECHILD;
			return -1;
		}
		found = real_wait(-1, status, options, usage);
	} while (found == relay); // it was killed
	return found;
}

EXPORT pid_t hook_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	if (!real_prepare())
		return -1;
	if (pid != -1 || !sees_relay(options))
		return real.wait4(pid, status, options, usage);
	return wait_for_others(status, options, usage, real.wait4);
}

EXPORT pid_t hook_wait4_time64(pid_t pid, int *status, int options, struct rusage *usage)
{
	if (!real_prepare())
		return -1;
	if (pid != -1 || !sees_relay(options))
		return real.__wait4_time64(pid, status, options, usage);
	return wait_for_others(status, options, usage, real.__wait4_time64);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
	if (!real_prepare())
		return -1;
	if (pid != -1 || !sees_relay(options))
		return real.waitpid(pid, status, options);
	return wait_for_others(status, options, NULL, real.wait4);
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	siginfo_t own;

	if (!real_prepare())
		return -1;
	if (type != P_ALL || !sees_relay(options))
		return real.waitid(type, id, info, options);

	const pid_t relay = relay_process_child();
	siginfo_t *found = info != NULL ? info : &own;
	for (;;) {
		if (!has_other_child(relay)) {
			errno = ECHILD;
			return -1;
		}
		int result = real.waitid(type, id, found, options);
		if (result != 0 || found->si_pid != relay)
			return result;
		reap(relay);
	}
}
