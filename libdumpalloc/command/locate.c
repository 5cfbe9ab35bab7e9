// SPDX-License-Identifier: LGPL-2.1-or-later
// Where things are: programs as a shell finds them, and the library beside the command.
#define _GNU_SOURCE
#include "libdumpalloc/command/locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libdumpalloc/command/command.h"

static bool is_runnable(const char *path)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return false;
	if (S_ISREG(status.st_mode) && access(path, X_OK) == 0)
		return true;
	errno = EACCES;
	return false;
}

static bool join(char path[LOCATE_PATH_MAX], const char *folder, size_t n, const char *name)
{
	int length = n == 0 ? snprintf(path, LOCATE_PATH_MAX, "./%s", name)
			    : snprintf(path, LOCATE_PATH_MAX, "%.*s/%s", (int)n, folder, name);

	errno = ENAMETOOLONG;
	return length < LOCATE_PATH_MAX;
}

bool locate_program(const char *name, char path[LOCATE_PATH_MAX])
{
	const char *folders = getenv("PATH");
	int error = ENOENT;

	if (strchr(name, '/') != NULL)
		return snprintf(path, LOCATE_PATH_MAX, "%s", name) < LOCATE_PATH_MAX &&
		       is_runnable(path);
	if (folders == NULL)
		folders = "/bin:/usr/bin";
	for (const char *at = folders; *name != '\0'; at++) {
		size_t n = strcspn(at, ":");
		if (join(path, at, n, name) && is_runnable(path))
			return true;
		if (errno == EACCES)
			error = EACCES;
		at += n;
		if (*at == '\0')
			break;
	}
	errno = error;
	return false;
}

bool locate_library(const char *wanted, char path[LOCATE_PATH_MAX])
{
	static const char *const places[] = {
		"libdumpalloc.so",
		"../" DUMPALLOC_LIBRARY_FOLDER "/libdumpalloc.so",
		"../lib/libdumpalloc.so",
	};
	char own[LOCATE_PATH_MAX], tried[LOCATE_PATH_MAX];

	if (wanted != NULL) {
		if (realpath(wanted, path) != NULL)
			return true;
		command_say("%s: %s: --library names libdumpalloc.so", wanted, strerror(errno));
		return false;
	}
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
	own[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(own, '/');
	for (size_t i = 0; slash != NULL && i < sizeof places / sizeof places[0]; i++) {
		if (join(tried, own, (size_t)(slash - own), places[i]) &&
		    realpath(tried, path) != NULL)
			return true;
	}
	command_say("libdumpalloc.so is neither beside %s nor in ../lib: name it with --library",
		    n > 0 ? own : "the command");
	return false;
}
