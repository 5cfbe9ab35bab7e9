// SPDX-License-Identifier: GPL-3.0-or-later
// Debug files from servers of debuginfod, fetched by its own command.
//
// The command keeps what it fetched, and knows proxies, time limits and all else that users set for it; a library would
// cost every run of readalloc the start of what it needs to speak HTTPS.
#include "debug_server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libdumpalloc/wire.h"
#include "util.h"

extern char **environ;

static bool is_enabled, has_told_failure;

bool debug_server_enable(void)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	if (urls == NULL || urls[0] == '\0') {
		say("--debuginfod: DEBUGINFOD_URLS is not set: it names the servers");
		return false;
	}
	is_enabled = true;
	return true;
}

// Starts the command with its output to `out` and its messages to `messages`. Returns an error number.
static int command_start(char *build_id, int out, int messages, pid_t *pid)
{
	char *argv[] = { (char *)"debuginfod-find", (char *)"debuginfo", build_id, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
	posix_spawnattr_init(&attributes);
	// Ours are blocked; the user's interrupt is to end it.
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	int error = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

// The first line that the command prints, the path of a file; false: none.
static bool line_read(int fd, char *line, size_t room)
{
	size_t n = 0;
	for (ssize_t got; n < room - 1; n += (size_t)got) {
		got = read(fd, line + n, room - 1 - n);
		if (got < 0 && errno == EINTR) {
			got = 0;
		} else if (got <= 0) {
			break;
		}
	}
	line[n] = '\0';
	char *end = strchr(line, '\n');
	if (end != NULL) {
		*end = '\0';
	}
	return end != NULL && line[0] == '/';
}

// Says once why no server answered, from the last of what the command said. That they have no such file is no reason to
// speak. Who let the time limit pass is not asked again: each file would take as long.
static void failure_tell(int messages)
{
	static const char failed[] = "Server query failed: ";
	char said[512];
	off_t end = lseek(messages, 0, SEEK_END);
	off_t from = end < (off_t)sizeof(said) ? 0 : end - (off_t)sizeof(said) + 1;
	ssize_t n = pread(messages, said, sizeof(said) - 1, from);
	said[n > 0 ? n : 0] = '\0';
	char *reason = strstr(said, failed);
	if (reason == NULL) {
		return;
	}
	reason += sizeof(failed) - 1;
	reason[strcspn(reason, "\n")] = '\0';
	if (strcmp(reason, strerror(ENOENT)) == 0) {
		return;
	}
	bool is_late = strcmp(reason, strerror(ETIME)) == 0;
	is_enabled = !is_late;
	if (!has_told_failure || is_late) {
		say("--debuginfod: a server that DEBUGINFOD_URLS names does not answer: %s%s",
		    reason, is_late ? ": none is asked any more" : "");
		has_told_failure = true;
	}
}

// The path that the command prints for the build-id; false: none.
static bool command_run(char *build_id, int messages, char *path, size_t room)
{
	int ends[2];
	pid_t pid;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return false;
	}
	int error = command_start(build_id, ends[1], messages, &pid);
	close(ends[1]);
	bool has_path = error == 0 && line_read(ends[0], path, room);
	close(ends[0]);
	if (error != 0) {
		say("--debuginfod: debuginfod-find: %s: no server is asked", strerror(error));
		is_enabled = false;
		return false;
	}
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return has_path && status == 0;
}

int debug_server_fetch(const uint8_t *build_id, size_t size)
{
	char text[2 * WIRE_BUILD_ID_MAX + 1], path[WIRE_TEXT_MAX + 2];
	if (!is_enabled || size == 0 || size > WIRE_BUILD_ID_MAX) {
		return -1;
	}
	for (size_t i = 0; i < size; i++) {
		snprintf(text + 2 * i, 3, "%02x", build_id[i]);
	}
	int messages = memfd_create("debuginfod-find", MFD_CLOEXEC);
	if (messages < 0) {
		return -1;
	}
	bool is_there = command_run(text, messages, path, sizeof(path));
	if (!is_there) {
		failure_tell(messages);
	}
	close(messages);
	return is_there ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}
