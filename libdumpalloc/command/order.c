// SPDX-License-Identifier: LGPL-2.1-or-later
// dumpalloc status, enable, disable, tag, snapshot, flush: an order for a process that is traced, by its control socket.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libdumpalloc/command/command.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/text.h"

enum {
	ENVIRONMENT_MAX = 4 << 20,
	LINE_SIZE = 1024,
	ORDER_MAX = 511, // as dumpalloc(7) says
	ANSWER_MS = 10000,
};

static const char variable[] = "DUMPALLOC_CONTROL=";

// The value of the variable in the environment that the process began with. False: none, or errno says why it cannot be read.
static bool read_pattern(long pid, char pattern[CONFIG_PATH_MAX])
{
	char path[64];
	char *bytes = malloc(ENVIRONMENT_MAX);
	size_t size = 0;
	bool is_found = false;

	snprintf(path, sizeof path, "/proc/%ld/environ", pid);
	int fd = bytes != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	for (ssize_t n = 1;
	     fd >= 0 && n > 0 && size<ENVIRONMENT_MAX - 1; size += n> 0 ? (size_t)n : 0)
		n = read(fd, bytes + size, ENVIRONMENT_MAX - 1 - size);
	if (fd >= 0) {
		close(fd);
		errno = 0;
		bytes[size] = '\0';
	}
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

static bool expand(long pid, const char *pattern, char path[CONFIG_PATH_MAX])
{
	char link[64], file[CONFIG_PATH_MAX];

	snprintf(link, sizeof link, "/proc/%ld/exe", pid);
	ssize_t n = readlink(link, file, sizeof file - 1);
	file[n > 0 ? n : 0] = '\0';
	const char *slash = strrchr(file, '/');
	return strstr(pattern, "%t") == NULL &&
	       config_expand(pattern, pid, slash != NULL ? slash + 1 : file, 0, path,
			     CONFIG_PATH_MAX);
}

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

// Another process may hold the plain name: which one answers is asked.
static bool is_of(int fd, long pid)
{
	char answer[LINE_SIZE], wanted[64];

	snprintf(wanted, sizeof wanted, " pid=%ld ", pid);
	return ask(fd, "status\n", answer) && strstr(answer, wanted) != NULL;
}

static int connect_to_process(long pid)
{
	char pattern[CONFIG_PATH_MAX], path[CONFIG_PATH_MAX], own[CONFIG_PATH_MAX + 32];

	if (!read_pattern(pid, pattern)) {
		if (errno != 0)
			command_say("process %ld: %s", pid, strerror(errno));
		else
			command_say("process %ld: was started without DUMPALLOC_CONTROL: set it, "
				    "or use signals",
				    pid);
		return -1;
	}
	if (!expand(pid, pattern, path)) {
		command_say("process %ld: which socket %s is cannot be told: name the socket", pid,
			    pattern);
		return -1;
	}
	snprintf(own, sizeof own, "%s.%ld", path, pid);
	const char *const names[] = { own, path };
	int error = ENOENT;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		int fd = connect_to(names[i]);
		if (fd >= 0 && is_of(fd, pid))
			return fd;
		error = fd >= 0 ? ENOENT : errno;
		if (fd >= 0)
			close(fd);
	}
	command_say("process %ld: %s: %s", pid, path, strerror(error));
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

	if (argc < 2 || has_wrong_words(argc, argv)) {
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
			command_say("%s: %s", argv[1], strerror(errno));
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
	puts(answer[2] == ' ' ? answer + 3 : answer);
	return fflush(stdout) == 0 ? 0 : COMMAND_FAULT;
}
