// SPDX-License-Identifier: GPL-3.0-or-later
// Processes that beget others, in every way there is.
#include "fault.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { N = 100, PARENT_BEFORE = 4242, CHILD = 4243, PARENT_AFTER = 4244, N_STORM = 100 };

static char *self(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n < 0)
		_exit(8);
	path[n] = 0;
	return path;
}

// The child frees ten blocks of its parent, too.
int fault_fork(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	void *inherited[10];
	for (int i = 0; i < 10; i++)
		inherited[i] = malloc(33);
	fault_leak(N, PARENT_BEFORE);
	pid_t pid = fork();
	if (pid == 0) {
		for (int i = 0; i < 10; i++)
			free(inherited[i]);
		fault_leak(N, CHILD);
		exit(0);
	}
	fault_reap(pid);
	fault_leak(N, PARENT_AFTER);
	return 0;
}

// A child that never allocates has nothing to say.
int fault_forkonly(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N, PARENT_BEFORE);
	pid_t pid = fork();
	if (pid == 0)
		_exit(0);
	fault_reap(pid);
	return 0;
}

int fault_exec(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fault_leak(N, PARENT_BEFORE);
	char *command[] = { self(), (char[]){ "blocks" }, (char[]){ "100" }, (char[]){ "4243" },
			    NULL };
	execv(command[0], command);
	return 1;
}

int fault_vfork(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	char *command[] = { self(), (char[]){ "blocks" }, (char[]){ "100" }, (char[]){ "4243" },
			    NULL };
	fault_leak(N, PARENT_BEFORE);
	pid_t pid = vfork();
	if (pid == 0) {
		execv(command[0], command);
		_exit(1);
	}
	fault_reap(pid);
	fault_leak(N, PARENT_AFTER);
	return 0;
}

int fault_spawn(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	char *command[] = { self(), (char[]){ "blocks" }, (char[]){ "100" }, (char[]){ "4243" },
			    NULL };
	fault_leak(N, PARENT_BEFORE);
	pid_t pid;
	if (posix_spawn(&pid, command[0], NULL, NULL, command, environ) != 0)
		return 1;
	fault_reap(pid);
	fault_leak(N, PARENT_AFTER);
	return 0;
}

// system LINE
int fault_system(int argc, char **argv)
{
	fault_leak(N, PARENT_BEFORE);
	int status = argc > 0 ? system(argv[0]) : 1;
	fault_leak(N, PARENT_AFTER);
	return status == 0 ? 0 : 1;
}

// daemon DONE: the grandchild leaves session, directory and descriptors, allocates, and makes the file DONE.
int fault_daemon(int argc, char **argv)
{
	if (argc < 1)
		return 64;
	fault_leak(N, PARENT_BEFORE);
	pid_t pid = fork();
	if (pid == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		if (chdir("/") != 0)
			_exit(1);
		for (int fd = 0; fd < 1024; fd++)
			close(fd);
		fault_leak(N, CHILD);
		mkdir(argv[0], 0777);
		exit(0);
	}
	fault_reap(pid);
	return 0;
}

// await: has a child when standard input ends.
// argv[0]: how many blocks are made and freed before it waits.
int fault_await(int argc, char **argv)
{
	char byte;
	int n_pairs = argc > 0 ? atoi(argv[0]) : 0;
	fault_leak(N, PARENT_BEFORE);
	for (int i = 0; i < n_pairs; i++) {
		char *volatile block = malloc(1);
		free(block);
	}
	fault_say("ready\n");
	while (read(0, &byte, 1) > 0)
		continue;
	pid_t pid = fork();
	if (pid == 0) {
		fault_leak(N, CHILD);
		exit(0);
	}
	fault_reap(pid);
	fault_leak(N, PARENT_AFTER);
	return 0;
}

// hatch: has a child at each byte of standard input.
int fault_hatch(int argc, char **argv)
{
	char byte;
	(void)argc;
	(void)argv;
	fault_leak(N, PARENT_BEFORE);
	fault_say("ready\n");
	while (read(0, &byte, 1) > 0) {
		pid_t pid = fork();
		if (pid == 0) {
			fault_leak(N, CHILD);
			exit(0);
		}
		fault_reap(pid);
		fault_say("hatched\n");
	}
	return 0;
}

int fault_storm(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	pid_t pids[N_STORM];
	fault_leak(N, PARENT_BEFORE);
	for (int i = 0; i < N_STORM; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			fault_leak(10, CHILD);
			_exit(0);
		}
		fault_leak(1, PARENT_AFTER);
	}
	for (int i = 0; i < N_STORM; i++)
		fault_reap(pids[i]);
	return 0;
}

static volatile sig_atomic_t n_children;

static void on_child(int number)
{
	(void)number;
	n_children++;
}

// What the program can learn of processes that it did not make.
int fault_wait(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_handler = on_child;
	sigaction(SIGCHLD, &action, NULL);
	sigset_t pending;
	sigpending(&pending);
	fault_leak(N, PARENT_BEFORE);
	fault_say_number("SIGCHLD pending", sigismember(&pending, SIGCHLD));
	int status;
	errno = 0;
	fault_say_number("waitpid(-1)", waitpid(-1, &status, WNOHANG));
	fault_say_number("no child", errno == ECHILD);
	errno = 0;
	fault_say_number("wait", wait(&status));
	fault_say_number("no child", errno == ECHILD);
	pid_t pid = fork();
	if (pid == 0)
		_exit(3);
	while (n_children == 0)
		usleep(1000);
	fault_say_number("own child", wait(&status) == pid);
	fault_say_number("status", WEXITSTATUS(status));
	fault_say_number("wait again", wait(&status));
	fault_say_number("SIGCHLD", n_children);
	return 0;
}
