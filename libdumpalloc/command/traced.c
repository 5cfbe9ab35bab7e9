// SPDX-License-Identifier: LGPL-2.1-or-later
// What /proc tells of a traced process: where its control socket is, and who its relay may be.
#define _GNU_SOURCE
#include "libdumpalloc/command/traced.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libdumpalloc/command/command.h"

enum { ENVIRONMENT_MAX = 4 << 20, STATUS_SIZE = 8192 };

static const char variable[] = "DUMPALLOC_CONTROL=";

// At most size - 1 bytes and a NUL. False: errno says why it cannot be read.
static bool read_file(long pid, const char *name, char *bytes, size_t size, size_t *length)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/%s", pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	*length = 0;
	for (ssize_t n = 1; n > 0 && *length<size - 1; *length += n> 0 ? (size_t)n : 0)
		n = read(fd, bytes + *length, size - 1 - *length);
	bytes[*length] = '\0';
	close(fd);
	return true;
}

// The value of the variable in the environment that the process began with. False: none, or errno says why it cannot be read.
static bool read_pattern(long pid, char pattern[CONFIG_PATH_MAX])
{
	char *bytes = malloc(ENVIRONMENT_MAX);
	size_t size = 0;
	bool is_found = false;

	if (bytes != NULL && read_file(pid, "environ", bytes, ENVIRONMENT_MAX, &size))
		errno = 0;
	for (size_t at = 0; at < size && !is_found; at += strlen(bytes + at) + 1) {
		if (strncmp(bytes + at, variable, strlen(variable)) == 0)
			is_found = snprintf(pattern, CONFIG_PATH_MAX, "%s",
					    bytes + at + strlen(variable)) < CONFIG_PATH_MAX;
	}
	int error = errno;
	free(bytes);
	errno = error;
	return is_found && pattern[0] != '\0';
}

static bool expand(struct traced *traced, const char *pattern)
{
	char link[64], file[CONFIG_PATH_MAX];

	snprintf(link, sizeof link, "/proc/%ld/exe", traced->pid);
	ssize_t n = readlink(link, file, sizeof file - 1);
	file[n > 0 ? n : 0] = '\0';
	const char *slash = strrchr(file, '/');
	return strstr(pattern, "%t") == NULL &&
	       config_expand(pattern, traced->own_pid, slash != NULL ? slash + 1 : file, 0,
			     traced->path, sizeof traced->path);
}

// The numbers of a line of /proc/PID/status, at most `n_max`; how many there are.
static size_t status_numbers(long pid, const char *name, unsigned long *numbers, size_t n_max)
{
	char status[STATUS_SIZE], start[32];
	size_t length, n = 0;

	if (!read_file(pid, "status", status, sizeof status, &length))
		return 0;
	snprintf(start, sizeof start, "\n%s:", name);
	char *at = strstr(status, start);
	for (at = at != NULL ? at + strlen(start) : status + length; *at == '\t' && n < n_max; n++)
		numbers[n] = strtoul(at + 1, &at, 10);
	return n;
}

static void read_status(struct traced *traced)
{
	unsigned long pids[64]; // more than namespaces can be nested
	size_t n = status_numbers(traced->pid, "NSpid", pids, sizeof pids / sizeof pids[0]);

	traced->own_pid =
		n > 0 ? (long)pids[n - 1] : traced->pid; // Linux before 4.1 has no such line
	n = status_numbers(traced->pid, "Uid", traced->uids, TRACED_UIDS);
	for (; n < TRACED_UIDS; n++)
		traced->uids[n] = (unsigned long)-1;
}

bool traced_find(struct traced *traced, long pid)
{
	char pattern[CONFIG_PATH_MAX];

	traced->pid = pid;
	if (!read_pattern(pid, pattern)) {
		if (errno == ENOENT && (pid == 0 || kill((pid_t)pid, 0) != 0))
			errno = ESRCH;
		if (errno != 0)
			command_say("process %ld: %s", pid, strerror(errno));
		else
			command_say("process %ld: was started without DUMPALLOC_CONTROL: set it, "
				    "or use signals",
				    pid);
		return false;
	}
	read_status(traced);
	if (!expand(traced, pattern)) {
		command_say("process %ld: which socket %s is cannot be told: name the socket", pid,
			    pattern);
		return false;
	}
	snprintf(traced->longer_path, sizeof traced->longer_path, "%s.%ld", traced->path,
		 traced->own_pid);
	snprintf(traced->root, sizeof traced->root, "/proc/%ld/root", pid);
	return true;
}

// Where the kernel has pid namespaces at all.
static bool namespace_of(long pid, struct stat *facts)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%ld/ns/pid", pid);
	return stat(path, facts) == 0;
}

bool traced_has_relay(const struct traced *traced, long pid, unsigned long uid)
{
	unsigned long parent = 0;
	struct stat one, other;
	bool is_users = false;

	if (namespace_of(traced->pid, &one) &&
	    (!namespace_of(pid, &other) || one.st_ino != other.st_ino ||
	     one.st_dev != other.st_dev))
		return false;
	for (size_t i = 0; i < TRACED_UIDS; i++)
		is_users = is_users || traced->uids[i] == uid;
	return is_users || (status_numbers(pid, "PPid", &parent, 1) == 1 &&
			    parent == (unsigned long)traced->pid);
}
