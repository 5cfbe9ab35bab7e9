// SPDX-License-Identifier: GPL-3.0-or-later
// Runs a command for the bench and tells what it cost: `run REPORT [NAME=VALUE]... COMMAND [ARGUMENT]...`.
//
// REPORT gets two lines of wall seconds, processor seconds and greatest resident KiB: of the command and the children it
// waited for, and of all processes that it left behind, such as a relay.
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct cost {
	double wall, cpu;
	long resident;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static void add(struct cost *cost, const struct rusage *usage)
{
	cost->cpu += seconds(&usage->ru_utime) + seconds(&usage->ru_stime);
	if (usage->ru_maxrss > cost->resident)
		cost->resident = usage->ru_maxrss;
}

// The command alone has the variables: this program is not to be traced.
static void run_command(char **words)
{
	while (*words != NULL && strchr(*words, '=') != NULL)
		putenv(*words++);
	if (*words != NULL) {
		execvp(*words, words);
		perror(*words);
	}
	_exit(127);
}

int main(int argc, char **argv)
{
	struct cost command = { 0 }, left = { 0 };
	int status = 0, result = 1;
	double start = now();
	struct rusage usage;
	FILE *report;
	pid_t pid, ended;

	if (argc < 3)
		return 2;
	// What the command leaves behind becomes a child of this process.
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	if (pid == 0) {
		run_command(argv + 2);
	}
	while (pid > 0 && (ended = wait4(-1, &status, __WALL, &usage)) > 0) {
		if (ended == pid) {
			command.wall = now() - start;
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			add(&command, &usage);
		} else {
			add(&left, &usage);
		}
		left.wall = now() - start - command.wall;
	}
	report = fopen(argv[1], "w");
	if (report == NULL)
		return 1;
	fprintf(report, "%.6f %.6f %ld\n", command.wall, command.cpu, command.resident);
	fprintf(report, "%.6f %.6f %ld\n", left.wall, left.cpu, left.resident);
	return fclose(report) == 0 ? result : 1;
}
