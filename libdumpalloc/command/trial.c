// SPDX-License-Identifier: LGPL-2.1-or-later
// One traced run of selftest's child, and the stream that came of it.
#define _GNU_SOURCE
#include "libdumpalloc/command/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libdumpalloc/command/command.h"
#include "libdumpalloc/command/peer.h"
#include "libdumpalloc/wire.h"

enum {
	STREAM_MAX = 8 << 20,
	RELAY_MS = 5000, // how long the relay may take to write the end
	LOOK_MS = 20,
};

static void fail(struct trial *trial, const char *fault, int error)
{
	if (trial->fault != NULL)
		return;
	trial->fault = fault;
	if (error != 0)
		snprintf(trial->reason, sizeof trial->reason, ": %s", strerror(error));
}

static void set_environment(const struct trial *trial, const char *sink, const char *value)
{
	// Where the records go otherwise, in what form, and what is left out of them.
	static const char *const others[] = {
		"DUMPALLOC_FILE",     "DUMPALLOC_FD",        "DUMPALLOC_SERVER",
		"DUMPALLOC_LISTEN",   "DUMPALLOC_FILE_SIZE", "DUMPALLOC_FILE_COUNT",
		"DUMPALLOC_COMPRESS", "DUMPALLOC_ENABLED",   "DUMPALLOC_MIN_SIZE",
		"DUMPALLOC_SAMPLE",   "DUMPALLOC_ELIDE",     "DUMPALLOC_DEPTH",
		"DUMPALLOC_PROGRAMS",
	};
	const char *before = getenv("LD_PRELOAD");
	char preload[8192];

	snprintf(preload, sizeof preload, "%s%s%s", trial->library,
		 before != NULL && *before != '\0' ? ":" : "", before != NULL ? before : "");
	setenv("LD_PRELOAD", preload, 1);
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		unsetenv(others[i]);
	setenv(sink, value, 1);
	if (trial->variable != NULL)
		setenv(trial->variable, trial->value, 1);
}

// Reads until the end of `fd`, at most `size` bytes.
static size_t read_all(int fd, void *bytes, size_t size)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = read(fd, (char *)bytes + n, size - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return n;
		n += (size_t)got;
	}
}

static pid_t start_child(const struct trial *trial, int out, const char *sink, const char *value)
{
	// By its name: emulators that run one program do not know the link when it is executed.
	char own[4096];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
	pid_t child = fork();

	if (child != 0)
		return child;
	own[n > 0 ? n : 0] = '\0';
	set_environment(trial, sink, value);
	dup2(out, STDOUT_FILENO);
	execl(own, "dumpalloc", "selftest-child", trial->is_killed ? "kill" : NULL, (char *)NULL);
	_exit(COMMAND_CHILD);
}

// The last block's header is END's: three numbers of payload stand behind it.
static bool has_end(const uint8_t *bytes, size_t size)
{
	enum { PAYLOAD_MOST = 3 * WIRE_VARINT_MAX };
	size_t least = WIRE_BLOCK_HEADER_SIZE + 3;

	for (size_t n = least; n <= size && n <= WIRE_BLOCK_HEADER_SIZE + PAYLOAD_MOST; n++) {
		const uint8_t *header = bytes + size - n;
		if (memcmp(header, WIRE_SYNC, WIRE_SYNC_SIZE) == 0)
			return header[WIRE_BLOCK_TYPE_AT] == WIRE_END;
	}
	return false;
}

// The relay may still be writing: looks again until the end is there, or it has taken too long.
static void read_file(struct trial *trial, const char *path)
{
	for (int waited = 0;; waited += LOOK_MS) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) { // it is opened before the program begins
			fail(trial, "no stream was written", errno);
			return;
		}
		trial->size = fd >= 0 ? read_all(fd, trial->stream, STREAM_MAX) : 0;
		if (fd >= 0)
			close(fd);
		if (has_end(trial->stream, trial->size) || waited >= RELAY_MS)
			return;
		poll(NULL, 0, LOOK_MS);
	}
}

static void await(struct trial *trial, pid_t child, int calls)
{
	int status = 0;
	bool has_calls = read_all(calls, &trial->calls, sizeof trial->calls) == sizeof trial->calls;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	bool is_as_wanted = trial->is_killed ? WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL
					     : WIFEXITED(status) && WEXITSTATUS(status) == 0;
	if (has_calls && is_as_wanted)
		return;
	if (WIFSIGNALED(status))
		snprintf(trial->reason, sizeof trial->reason, " by signal %d", WTERMSIG(status));
	else
		snprintf(trial->reason, sizeof trial->reason, " with code %d", WEXITSTATUS(status));
	fail(trial, "the traced program ended", 0);
}

static void run_with(struct trial *trial, const char *sink, const char *value)
{
	int calls[2];

	if (pipe2(calls, O_CLOEXEC) != 0) {
		fail(trial, "there is no pipe", errno);
		return;
	}
	pid_t child = start_child(trial, calls[1], sink, value);
	int error = errno;
	close(calls[1]);
	if (child < 0)
		fail(trial, "no process can be started", error);
	else
		await(trial, child, calls[0]);
	close(calls[0]);
}

static void run_to_file(struct trial *trial)
{
	const char *place = getenv("TMPDIR");
	char folder[4096], path[sizeof folder + 16];

	if (place == NULL || *place == '\0')
		place = "/tmp";
	snprintf(folder, sizeof folder, "%s/dumpalloc-XXXXXX", place);
	if (mkdtemp(folder) == NULL) {
		int error = errno;
		fail(trial, "no folder can be made in ", 0);
		snprintf(trial->reason, sizeof trial->reason, "%.128s: %s", place, strerror(error));
		trial->advice = "set TMPDIR to one that may be written";
		return;
	}
	snprintf(path, sizeof path, "%s/stream", folder);
	run_with(trial, "DUMPALLOC_FILE", path);
	if (trial->fault == NULL)
		read_file(trial, path);
	unlink(path);
	rmdir(folder);
}

static void run_to_peer(struct trial *trial)
{
	struct peer peer;
	char address[64];

	if (!peer_open(&peer, trial->stream, STREAM_MAX, address, sizeof address)) {
		fail(trial, "no TCP port can be had on 127.0.0.1", errno);
		return;
	}
	run_with(trial, "DUMPALLOC_SERVER", address);
	trial->size = peer_close(&peer);
}

void trial_run(struct trial *trial)
{
	trial->fault = trial->advice = NULL;
	trial->reason[0] = '\0';
	trial->stream = malloc(STREAM_MAX);
	trial->size = 0;
	if (trial->stream == NULL)
		fail(trial, "no memory", ENOMEM);
	else if (trial->is_to_peer)
		run_to_peer(trial);
	else
		run_to_file(trial);
}
