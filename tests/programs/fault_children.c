// SPDX-License-Identifier: GPL-3.0-or-later
// Programs that watch their children closely, and children made in unusual ways.
#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { N = 100, BEFORE = 4242, CHILD = 4243, AFTER = 4244, STACK_SIZE = 256 << 10 };

static void say_wait(const char *name, int options)
{
	int status = 0;

	errno = 0;
	fault_say_number(name, waitpid(-1, &status, options | WNOHANG) > 0);
	fault_say_number(" errno", errno);
}

static void say_all_waits(void)
{
	siginfo_t info;

	say_wait("waitpid", 0);
	say_wait("waitpid, stopped and continued, too", WUNTRACED | WCONTINUED);
	memset(&info, 0, sizeof info);
	errno = 0;
	fault_say_number("waitid", waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT));
	fault_say_number(" errno", errno);
	errno = 0;
	fault_say_number("of the group", waitpid(0, NULL, WNOHANG));
	fault_say_number(" errno", errno);
}

// waits [emulated]: no child, a child, no child again, by every call that waits; and what signals tell of them.
int fault_waits(int argc, char **argv)
{
	sigset_t set;
	siginfo_t info;
	struct rusage usage;
	(void)argv;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fault_leak(N, BEFORE);
	say_all_waits();
	getrusage(RUSAGE_CHILDREN, &usage);
	if (argc == 0) // the relay's helper, which emulators need, has had some
		fault_say_number("children's faults", usage.ru_minflt);
	for (int code = 1; code <= 3; code++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(code);
		int number = sigwaitinfo(&set, &info);
		fault_say_number("signal", number == SIGCHLD);
		fault_say_number(" of the child", info.si_pid == pid);
		fault_say_number(" its code", info.si_status);
		int status = 0;
		fault_say_number("waited for", waitpid(-1, &status, 0) == pid);
		fault_say_number(" its code", WEXITSTATUS(status));
		say_all_waits();
	}
	fault_say_number("more signals",
			 sigtimedwait(&set, &info, &(struct timespec){ 0, 20000000 }));
	// Ignored, children are nobody's to wait for.
	signal(SIGCHLD, SIG_IGN);
	if (fork() == 0)
		_exit(4);
	errno = 0;
	fault_say_number("ignored", wait(NULL));
	fault_say_number(" errno", errno);
	fault_leak(N, AFTER);
	return 0;
}

// What <sys/wait.h> makes of wait4 where time_t had 32 bits once and has 64 now.
#if defined(__i386__)
extern pid_t wait4_time64(pid_t pid, int *status, int options,
			  struct rusage *usage) __asm__("__wait4_time64");
#else
#define wait4_time64 wait4
#endif

// everywait: as a debugger waits, for children of every kind.
int fault_everywait(int argc, char **argv)
{
	int status = 0;
	(void)argc;
	(void)argv;

	fault_leak(N, BEFORE);
	say_wait("all", __WALL);
	say_wait("cloned", __WCLONE);
	errno = 0;
	fault_say_number("wait4", wait4(-1, &status, __WALL | WNOHANG, NULL));
	fault_say_number(" errno", errno);
	errno = 0;
	fault_say_number("wait4 of 64-bit time", wait4_time64(-1, &status, __WALL | WNOHANG, NULL));
	fault_say_number(" errno", errno);
	pid_t pid = fork();
	if (pid == 0)
		_exit(3);
	fault_say_number("own child", waitpid(-1, &status, __WALL) == pid);
	errno = 0;
	fault_say_number("waits for ever", waitpid(-1, &status, __WALL));
	fault_say_number(" errno", errno);
	fault_leak(N, AFTER);
	return 0;
}

static int child_main(void *argument)
{
	fault_leak(N, CHILD);
	_exit(argument != NULL);
}

static void *clone_here(void *flags)
{
	char *stack = malloc(STACK_SIZE);

	fault_reap(clone(child_main, stack + STACK_SIZE, *(int *)flags, NULL));
	return NULL;
}

// clone: children by clone(2), of the first thread and of another.
int fault_clone(int argc, char **argv)
{
	static int flags = SIGCHLD;
	pthread_t thread;
	(void)argc;
	(void)argv;

	fault_leak(N, BEFORE);
	clone_here(&flags);
	if (pthread_create(&thread, NULL, clone_here, &flags) != 0)
		return 7;
	pthread_join(thread, NULL);
	fault_leak(N, AFTER);
	return 0;
}

// rawclone: children by the system call itself.
int fault_rawclone(int argc, char **argv)
{
	(void)argc;
	(void)argv;

	fault_leak(N, BEFORE);
	for (int i = 0; i < 2; i++) {
		pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		if (pid == 0) {
			fault_leak(N, CHILD);
			_exit(0);
		}
		fault_leak(N / 2, AFTER);
		fault_reap(pid);
	}
	return 0;
}

static void run_self(char *path)
{
	char *command[] = { path, (char[]){ "blocks" }, (char[]){ "100" }, (char[]){ "4243" },
			    NULL };
	execv(path, command);
	_exit(7);
}

static void *exec_here(void *path)
{
	fault_leak(N, AFTER);
	run_self(path);
	return NULL;
}

// threadexec PATH: one of several threads becomes another program.
int fault_threadexec(int argc, char **argv)
{
	pthread_t thread;

	fault_leak(N, BEFORE);
	if (argc < 1 || pthread_create(&thread, NULL, exec_here, argv[0]) != 0)
		return 7;
	for (;;)
		pause();
}

// spawns PATH N: posix_spawn with everything it can do to the child on the way.
int fault_spawns(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t set;
	pid_t pid;
	if (argc < 2)
		return 64;

	fault_leak(N, BEFORE);
	posix_spawn_file_actions_init(&actions);
	for (int fd = 3; fd < 20; fd++)
		posix_spawn_file_actions_addclose(&actions, fd);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawnattr_init(&attributes);
	sigfillset(&set);
	posix_spawnattr_setsigmask(&attributes, &set);
	posix_spawnattr_setsigdefault(&attributes, &set);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
						      POSIX_SPAWN_SETPGROUP);
	char *command[] = { argv[0], (char[]){ "blocks" }, (char[]){ "100" }, (char[]){ "4243" },
			    NULL };
	for (int i = atoi(argv[1]); i > 0; i--) {
		if (posix_spawn(&pid, argv[0], &actions, &attributes, command, environ) != 0)
			return 7;
		fault_reap(pid);
	}
	fault_leak(N, AFTER);
	return 0;
}

// subreaper: whoever loses its parent becomes this process's child, and is waited for. That goes for
// relays of such parents, too, which are not shown.
int fault_subreaper(int argc, char **argv)
{
	(void)argc;
	(void)argv;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	fault_leak(N, BEFORE);
	pid_t pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			fault_leak(N, CHILD);
			_exit(0);
		}
		fault_leak(N, CHILD + 2);
		_exit(0);
	}
	int n_children = 0;
	while (wait(NULL) > 0)
		n_children++;
	fault_say_number("children", n_children);
	fault_leak(N, AFTER);
	return 0;
}
