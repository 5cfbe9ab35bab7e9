// SPDX-License-Identifier: LGPL-2.1-or-later
// The functions that wait for children of every kind: relays, the own one and those adopted, are kept out of sight.
#define _GNU_SOURCE
#include "libdumpalloc/hooks.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libdumpalloc/confine.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/relay_process.h"

EXPORT pid_t wait(int *status);
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

// The kernel makes orphans this process's children, with the usual exit signal: the relays of processes below it
// are such for the moment that they need longer than those.
static bool adopts(void)
{
	int is_reaper = 0;

	if (confine_holds())
		return false;
	if (getpid() == 1)
		return true;
	int error = errno;
	syscall(SYS_prctl, PR_GET_CHILD_SUBREAPER, &is_reaper, 0, 0, 0);
	errno = error;
	return is_reaper != 0;
}

// What /proc says may be of another process that has the same number elsewhere: its parent has to be right.
static bool is_adopted_relay(pid_t pid)
{
	static const char relay[] = RELAY_PROCESS_NAME "\n";
	char path[PROCESS_PATH_SIZE], name[sizeof relay];
	struct process_facts facts;
	int error = errno;

	process_path(path, pid, "comm");
	bool is_relay = process_read_file(path, name, sizeof name) == sizeof relay - 1 &&
			memcmp(name, relay, sizeof relay - 1) == 0 &&
			process_read_facts(pid, &facts) && facts.parent == getpid();
	errno = error;
	return is_relay;
}

// Which child a wait for any would find; what there is of relays is taken away. 0: none as yet; -1: errno says why.
static pid_t find_child(int options)
{
	for (;;) {
		siginfo_t info = { 0 };
		if (real.waitid(P_ALL, 0, &info, options | WEXITED | WNOWAIT) != 0)
			return -1;
		if (info.si_pid == 0 || !is_adopted_relay(info.si_pid))
			return info.si_pid;
		int error = errno;
		(void)real.waitid(P_PID, (id_t)info.si_pid, &info,
				  (options & ~WNOWAIT) | WEXITED | WNOHANG);
		errno = error;
	}
}

static pid_t wait_beside_adopted(int *status, int options, struct rusage *usage,
				 wait4_function *real_wait)
{
	for (;;) {
		pid_t child = find_child(options);
		if (child <= 0)
			return child;
		int error = errno;
		pid_t found = real_wait(child, status, options | WNOHANG, usage);
		if (found > 0 || (found < 0 && errno != ECHILD))
			return found;
		errno = error; // another thread has waited for it
	}
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

static pid_t wait_for_any(int *status, int options, struct rusage *usage, wait4_function *real_wait)
{
	if (sees_relay(options))
		return wait_for_others(status, options, usage, real_wait);
	return wait_beside_adopted(status, options, usage, real_wait);
}

static bool may_show_relay(pid_t pid, int options)
{
	return pid == -1 && (sees_relay(options) || adopts());
}

// The real function is found by the time of the call.
static pid_t wait_by(wait4_function **real_wait, pid_t pid, int *status, int options,
		     struct rusage *usage)
{
	if (!real_prepare())
		return -1;
	if (!may_show_relay(pid, options))
		return (*real_wait)(pid, status, options, usage);
	return wait_for_any(status, options, usage, *real_wait);
}

EXPORT pid_t hook_wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	return wait_by(&real.wait4, pid, status, options, usage);
}

EXPORT pid_t hook_wait4_time64(pid_t pid, int *status, int options, struct rusage *usage)
{
	return wait_by(&real.__wait4_time64, pid, status, options, usage);
}

static pid_t wait_for_child(pid_t pid, int *status, int options)
{
	if (!real_prepare())
		return -1;
	if (!may_show_relay(pid, options))
		return real.waitpid(pid, status, options);
	return wait_for_any(status, options, NULL, real.wait4);
}

EXPORT pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait_for_child(pid, status, options);
}

// To every C library this is the same.
EXPORT pid_t wait(int *status)
{
	return wait_for_child(-1, status, 0);
}

static int waitid_beside_adopted(siginfo_t *info, int options)
{
	for (;;) {
		pid_t child = find_child(options);
		if (child <= 0) {
			memset(info, 0, sizeof *info);
			return child;
		}
		int error = errno;
		int result = real.waitid(P_PID, (id_t)child, info, options | WNOHANG);
		if ((result == 0 && info->si_pid != 0) || (result != 0 && errno != ECHILD))
			return result;
		errno = error; // another thread has waited for it
	}
}

EXPORT int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	siginfo_t own;

	if (!real_prepare())
		return -1;
	siginfo_t *found = info != NULL ? info : &own;
	if (type == P_ALL && !sees_relay(options) && (options & WEXITED) != 0 && adopts())
		return waitid_beside_adopted(found, options);
	if (type != P_ALL || !sees_relay(options))
		return real.waitid(type, id, info, options);

	const pid_t relay = relay_process_child();
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
