// SPDX-License-Identifier: LGPL-2.1-or-later
// dumpalloc status, enable, disable, tag, snapshot, flush: an order for a process that is traced, by its control socket.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libdumpalloc/command/command.h"
#include "libdumpalloc/command/confined.h"
#include "libdumpalloc/command/traced.h"
#include "libdumpalloc/text.h"

enum {
	LINE_SIZE = 1024,
	ORDER_MAX = 511, // as dumpalloc(7) says
	ANSWER_MS = 10000,
};

// A connection to the socket at `path`; -1: errno says why there is none.
static int connect_to(const char *path)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	if (snprintf(name.sun_path, sizeof name.sun_path, "%s", path) >=
	    (int)sizeof name.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&name, sizeof name) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

// Why there is no connection to the socket at `path`, which errno says.
static const char *refusal(const char *path)
{
	struct stat facts;

	if (errno != ECONNREFUSED)
		return strerror(errno);
	return stat(path, &facts) == 0 && !S_ISSOCK(facts.st_mode)
		       ? "is no socket, nor the number of a process"
		       : "nobody listens there: its process has ended";
}

// Sends an order, with its newline, and takes the line that comes back, without it.
static bool ask(int fd, const char *order, char answer[LINE_SIZE])
{
	size_t n = 0, length = strlen(order);
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	if (send(fd, order, length, MSG_NOSIGNAL) != (ssize_t)length)
		return false;
	for (;;) {
		errno = ETIMEDOUT;
		if (n == LINE_SIZE - 1 || poll(&ready, 1, ANSWER_MS) <= 0)
			return false;
		ssize_t got = read(fd, answer + n, 1);
		if (got < 0)
			return false;
		if (got == 0) {
			errno = ECONNRESET;
			return false;
		}
		if (answer[n] == '\n')
			break;
		n++;
	}
	answer[n] = '\0';
	return true;
}

// Whether it is the process's relay that listens. Nothing is sent to another: whoever starts a process says which socket it
// is to have.
static bool is_of(int fd, const struct traced *traced)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	char answer[LINE_SIZE], wanted[64];

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer ||
	    !traced_has_relay(traced, (long)peer.pid, (unsigned long)peer.uid))
		return false;
	// The relay may be that of another process of the same user.
	snprintf(wanted, sizeof wanted, " pid=%ld ", traced->own_pid);
	return ask(fd, "status\n", answer) && strstr(answer, wanted) != NULL;
}

// The socket of that path in the tree below `root`, no matter how long the path to the tree is. -1: errno says why.
static int connect_below(const char *root, const char *path)
{
	char name[64];
	int socket = confined_open(root, path);

	if (socket < 0)
		return -1;
	snprintf(name, sizeof name, "/proc/self/fd/%d", socket);
	int fd = connect_to(name);
	int error = errno;
	close(socket);
	errno = error;
	return fd;
}

static int connect_to_process(long pid)
{
	struct traced traced;

	if (!traced_find(&traced, pid))
		return -1;
	// The path is the process's, whose root may be another than ours: by a mount namespace of its own, or since it began.
	const char *const roots[] = { traced.root, "/" };
	const char *reason = NULL;
	for (size_t i = 0; i < 4; i++) {
		const char *path = i % 2 == 0 ? traced.longer_path : traced.path;
		int fd = connect_below(roots[i / 2], path);
		if (fd >= 0 && is_of(fd, &traced))
			return fd;
		if (fd >= 0)
			reason = "another process answers there";
		else if (reason == NULL && errno != ENOENT)
			reason = strerror(errno);
		if (fd >= 0)
			close(fd);
	}
	command_say("process %ld: %s: %s", pid, traced.path,
		    reason != NULL ? reason : strerror(ENOENT));
	return -1;
}

static bool put_order(char order[ORDER_MAX + 2], int argc, char **argv)
{
	struct text text = text_start(order, ORDER_MAX + 2);

	text_put(&text, argv[0]);
	for (int i = 2; i < argc; i++) {
		text_char(&text, ' ');
		text_put(&text, argv[i]);
	}
	bool is_line = strchr(order, '\n') == NULL && text.length <= ORDER_MAX;
	text_char(&text, '\n');
	return is_line && !text.is_cut;
}

// Fewer words than `least`, or more than `most`, after the process's.
static bool has_wrong_words(int argc, char **argv)
{
	static const struct {
		const char *name;
		int least, most;
	} rules[] = { { "tag", 1, INT32_MAX }, { "snapshot", 0, 1 } };

	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (strcmp(argv[0], rules[i].name) == 0)
			return argc - 2 < rules[i].least || argc - 2 > rules[i].most;
	}
	return argc != 2;
}

int command_order(int argc, char **argv)
{
	char order[ORDER_MAX + 2], answer[LINE_SIZE];
	uint32_t pid = 0;

	if (argc < 2 || argv[1][0] == '\0' || has_wrong_words(argc, argv)) {
		command_say("usage: dumpalloc %s PID|SOCKET%s", argv[0],
			    strcmp(argv[0], "tag") == 0        ? " TEXT..."
			    : strcmp(argv[0], "snapshot") == 0 ? " [NAME]"
							       : "");
		return COMMAND_USAGE;
	}
	if (!put_order(order, argc, argv)) {
		command_say("%s: the text is longer than an order may be, or has several lines",
			    argv[0]);
		return COMMAND_USAGE;
	}
	bool is_pid = text_parse_number(argv[1], INT32_MAX, &pid);
	int fd = is_pid ? connect_to_process((long)pid) : connect_to(argv[1]);
	if (fd < 0) {
		if (!is_pid)
			command_say("%s: %s", argv[1], refusal(argv[1]));
		return COMMAND_FAULT;
	}
	bool is_answered = ask(fd, order, answer);
	int error = errno;
	close(fd);
	if (!is_answered) {
		command_say("%s: no answer: %s", argv[1], strerror(error));
		return COMMAND_FAULT;
	}
	if (strncmp(answer, "ok", 2) != 0) {
		command_say("%s: %s", argv[1], answer);
		return COMMAND_FAULT;
	}
	command_show("%s", answer[2] == ' ' ? answer + 3 : answer);
	return ferror(stdout) == 0 ? 0 : COMMAND_FAULT;
}
