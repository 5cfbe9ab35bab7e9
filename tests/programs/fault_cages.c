// SPDX-License-Identifier: GPL-3.0-or-later
// Programs that give up rights or go elsewhere while they run.
#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cage.h"

enum {
	N = 100,
	BEFORE = 4242,
	CHILD = 4243,
	AFTER = 4244,
	GRANDCHILD = 4245,
	N_CONFINED = 100000,
	MONITOR_LOOKS = 2000,
};

static void fork_and_leak(bool ends_at_once)
{
	pid_t pid = fork();
	if (pid == 0) {
		fault_leak(N, CHILD);
		ends_at_once ? _exit(0) : exit(0);
	}
	fault_reap(pid);
}

// filter KIND: a filter of system calls is set when the tracer has long begun.
int fault_filter(int argc, char **argv)
{
	fault_leak(N, BEFORE);
	if (argc < 1 || !cage_enter(argv[0]))
		return 71;
	errno = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	fault_say_number("fork", pid > 0);
	fault_say_number(" errno", errno);
	if (pid > 0)
		fault_reap(pid);
	errno = 0;
	fault_say_number("socket", socket(AF_INET, SOCK_STREAM, 0) < 0);
	fault_say_number(" errno", errno);
	fault_leak(N, AFTER);
	return 0;
}

// confined [exit]: hands out the same block again and again, far more often than a ring has room for, where only writing
// and ending are allowed.
int fault_confined(int argc, char **argv)
{
	(void)argv;
	fault_leak(N, BEFORE);
	free(malloc(AFTER)); // from here on the libc has what it needs
	if (!cage_enter("write_only"))
		return 71;
	for (int i = 0; i < N_CONFINED; i++) {
		void *volatile block = malloc(AFTER);
		free(block);
	}
	fault_say("confined\n");
	if (argc == 0)
		_exit(0);
	return 0;
}

// chroot FOLDER [child]: before the first allocation; or a child of it, as the first it does.
int fault_chroot(int argc, char **argv)
{
	if (argc > 1) {
		fault_leak(N, BEFORE);
		pid_t pid = fork();
		if (pid == 0) {
			if (chroot(argv[0]) != 0)
				_exit(71);
			fault_leak(N, CHILD);
			exit(0);
		}
		fault_reap(pid);
		fault_leak(N, AFTER);
		return 0;
	}
	if (argc < 1 || chroot(argv[0]) != 0 || chdir("/") != 0)
		return 71;
	fault_leak(N, BEFORE);
	fork_and_leak(false);
	fault_leak(N, AFTER);
	return 0;
}

static void say_unshare(const char *name, int flags)
{
	errno = 0;
	fault_say_number(name, unshare(flags));
	fault_say_number(" errno", errno);
	fault_leak(N / 5, BEFORE);
}

// namespaces [quick]: leaves them one after the other; its child is the first process of one, and may end by _exit.
int fault_namespaces(int argc, char **argv)
{
	(void)argv;
	int own = open("/proc/self/ns/uts", O_RDONLY);
	say_unshare("files", CLONE_FILES | CLONE_FS);
	say_unshare("mounts", CLONE_NEWNS);
	say_unshare("network", CLONE_NEWNET);
	say_unshare("names", CLONE_NEWUTS | CLONE_NEWIPC);
	say_unshare("processes", CLONE_NEWPID);
	errno = 0;
	fault_say_number("back", setns(own, CLONE_NEWUTS));
	fault_say_number(" errno", errno);
	fork_and_leak(argc > 0);
	fault_leak(N, AFTER);
	return 0;
}

// The first process of a namespace: waits for all processes there to end, as firejail does.
static void monitor(void)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	int n_looks = 0, n_children = 0, status = 0;

	fault_say_number("proc", mount("proc", "/proc", "proc", 0, NULL));
	fault_leak(N, CHILD);
	pid_t pid = fork();
	if (pid == 0) {
		fault_leak(N, GRANDCHILD);
		exit(3);
	}
	do {
		while (waitpid(-1, &status, 0) > 0)
			n_children++;
		nanosleep(&pause, NULL);
	} while (kill(-1, 0) == 0 && ++n_looks < MONITOR_LOOKS);
	fault_say_number("left alone", n_looks < MONITOR_LOOKS);
	fault_say_number("children", n_children);
	fault_say_number("status", WEXITSTATUS(status));
	exit(0);
}

// monitor: its child is the first process of a namespace, begets another, and waits for all processes there to end.
int fault_monitor(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N, BEFORE);
	fault_say_number("unshare", unshare(CLONE_NEWPID | CLONE_NEWNS));
	fault_say_number("private", mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	pid_t pid = fork();
	if (pid == 0)
		monitor();
	fault_reap(pid);
	fault_leak(N, AFTER);
	return 0;
}

// undumpable: nobody may look into the process any more.
int fault_undumpable(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N, BEFORE);
	fault_say_number("set", prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
	fork_and_leak(false);
	fault_leak(N, AFTER);
	fault_say_number("is", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	return 0;
}

// drop ID: becomes another user, for good.
int fault_drop(int argc, char **argv)
{
	fault_leak(N, BEFORE);
	uid_t id = argc > 0 ? (uid_t)atoi(argv[0]) : 0;
	if (setgroups(0, NULL) != 0 || setgid(id) != 0 || setuid(id) != 0)
		return 71;
	fork_and_leak(false);
	fault_leak(N, AFTER);
	fault_say_number("user", geteuid() == id);
	return 0;
}
