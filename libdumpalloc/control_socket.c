// SPDX-License-Identifier: LGPL-2.1-or-later
// The control socket: who may give orders to a traced process, and how much of its relay's time.
#define _GNU_SOURCE
#include "libdumpalloc/control_socket.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/config.h"
#include "libdumpalloc/control.h"
#include "libdumpalloc/executable.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/text.h"

enum {
	CLIENTS_MAX = 4,
	LINE_SIZE = 512,  // of an order, and of an answer
	ORDERS_MAX = 16,  // of a client between two passes through the rings
	ORDER_MS = 10000, // what a client may take for one
	PROGRAM_SIZE = 256,
};

static struct client {
	int fd; // 0: none, as standard input is never a client
	uint32_t obeyed_at;
	bool awaits_drain;
	size_t n;
	char line[LINE_SIZE];
} clients[CLIENTS_MAX];

static int listener = -1;
static struct sockaddr_un name = { .sun_family = AF_UNIX };
static struct stat made; // what stands at the name

static bool refuse(struct text *reason, const char *why)
{
	text_put(reason, why);
	return false;
}

// Whether nobody but this user and root can put something else at the path.
static bool folder_is_safe(const char *path, struct text *reason)
{
	char folder[sizeof name.sun_path];
	struct text text = text_start(folder, sizeof folder);
	const char *slash = strrchr(path, '/');
	struct stat facts;

	text_put_n(&text, path, slash == path ? 1 : (size_t)(slash - path));
	if (lstat(folder, &facts) == 0 && S_ISLNK(facts.st_mode) && facts.st_uid != 0 &&
	    facts.st_uid != geteuid())
		return refuse(reason, "its folder is another user's link");
	if (stat(folder, &facts) != 0)
		return text_errno(reason);
	if (facts.st_uid != geteuid() && facts.st_uid != 0)
		return refuse(reason, "its folder is another user's");
	if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (facts.st_mode & S_ISVTX) == 0)
		return refuse(reason, "others may write to its folder");
	return true;
}

static bool is_answered(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool is = fd >= 0 && (connect(fd, (struct sockaddr *)&name, sizeof name) == 0 ||
			      (errno != ECONNREFUSED && errno != ENOENT));

	if (fd >= 0)
		close(fd);
	return is;
}

// Whether the name is free, or is made so. `*is_taken`: somebody answers there.
static bool make_room(struct text *reason, bool *is_taken)
{
	struct stat facts;

	*is_taken = false;
	if (lstat(name.sun_path, &facts) != 0) {
		if (errno == ENOENT)
			return true;
		return text_errno(reason);
	}
	if (S_ISLNK(facts.st_mode))
		return refuse(reason, "is a symbolic link");
	if (!S_ISSOCK(facts.st_mode))
		return refuse(reason, "exists, and is no socket");
	if (facts.st_uid != geteuid())
		return refuse(reason, "is another user's");
	*is_taken = is_answered();
	if (*is_taken)
		return refuse(reason, "another process answers there");
	// What an earlier process of this user has left.
	if (unlink(name.sun_path) != 0 && errno != ENOENT)
		return text_errno(reason);
	return true;
}

static bool listen_there(struct text *reason)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask = umask(S_IRWXG | S_IRWXO | S_IXUSR);
	bool is_bound = fd >= 0 && bind(fd, (struct sockaddr *)&name, sizeof name) == 0;
	int error = errno;

	umask(mask);
	if (!is_bound || listen(fd, CLIENTS_MAX) != 0 || lstat(name.sun_path, &made) != 0) {
		text_error(reason, is_bound ? errno : error);
		if (fd >= 0)
			close(fd);
		return false;
	}
	listener = fd;
	return true;
}

bool control_open(const struct config *config, pid_t pid, char *reason, size_t reason_size)
{
	struct text text = text_start(reason, reason_size);
	char program[PROGRAM_SIZE];
	bool is_taken;

	executable_name(program, sizeof program);
	if (!config_expand(config->control, pid, program, (long long)time(NULL), name.sun_path,
			   sizeof name.sun_path))
		return refuse(&text, "the name is too long for a socket");
	if (!folder_is_safe(name.sun_path, &text))
		return false;
	if (!make_room(&text, &is_taken)) {
		struct text longer = { name.sun_path, sizeof name.sun_path, strlen(name.sun_path),
				       false };
		text_char(&longer, '.');
		text_number(&longer, (uint64_t)pid);
		if (!is_taken || longer.is_cut)
			return false;
		text = text_start(reason, reason_size);
		if (!make_room(&text, &is_taken))
			return false;
	}
	return listen_there(&text);
}

static void drop(struct client *client)
{
	close(client->fd);
	*client = (struct client){ 0 };
}

static bool is_trusted(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && size == sizeof peer &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

static void take_connections(void)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (clients[i].fd != 0)
			continue;
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		if (is_trusted(fd))
			clients[i] = (struct client){ .fd = fd, .obeyed_at = clock_ms() };
		else
			close(fd);
	}
}

// A client that does not take its answer has no more orders to give.
static bool answer(struct client *client, struct text *text)
{
	text->at[text->length++] = '\n';
	ssize_t n = send(client->fd, text->at, text->length, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n == (ssize_t)text->length)
		return true;
	drop(client);
	return false;
}

// One order, if a whole one is there. False: none, or the client is to wait.
static bool obey(struct client *client, const struct sink *sink)
{
	char line[LINE_SIZE], reply[LINE_SIZE];
	struct text text = text_start(reply, sizeof reply - 1);
	char *end = memchr(client->line, '\n', client->n);

	if (end == NULL) {
		if (client->n == sizeof client->line) {
			text_put(&text, "error: the line is too long");
			if (!answer(client, &text))
				return false;
			// What is closed unread is an error at the other end, for which nc throws the answer away.
			for (int i = 0; i < ORDERS_MAX; i++)
				(void)recv(client->fd, line, sizeof line, MSG_DONTWAIT);
			drop(client);
		}
		return false;
	}
	size_t n = (size_t)(end - client->line);
	memcpy(line, client->line, n);
	line[n - (n > 0 && line[n - 1] == '\r')] = '\0';
	client->n -= n + 1;
	memmove(client->line, end + 1, client->n);
	client->obeyed_at = clock_ms();
	client->awaits_drain = control_obey(line, sink, &text);
	return !client->awaits_drain && answer(client, &text);
}

// False: nothing came.
static bool hear(struct client *client)
{
	ssize_t n = recv(client->fd, client->line + client->n, sizeof client->line - client->n,
			 MSG_DONTWAIT);

	if (n > 0) {
		client->n += (size_t)n;
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR) ||
		   clock_ms() - client->obeyed_at >= ORDER_MS) {
		drop(client);
	}
	return n > 0;
}

bool control_look(const struct sink *sink)
{
	bool is_heard = false;

	if (listener < 0)
		return false;
	take_connections();
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *client = &clients[i];
		for (int n = 0; n < ORDERS_MAX && client->fd != 0 && !client->awaits_drain; n++) {
			if (!obey(client, sink) && client->fd != 0 && !client->awaits_drain &&
			    !hear(client))
				break;
		}
		is_heard = is_heard || client->fd != 0;
	}
	return is_heard;
}

void control_drained(void)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		char reply[] = "ok\n";
		struct text text = { .at = reply, .size = sizeof reply, .length = 2 };
		if (clients[i].fd != 0 && clients[i].awaits_drain) {
			clients[i].awaits_drain = false;
			(void)answer(&clients[i], &text);
		}
	}
}

void control_close(void)
{
	struct stat there;

	if (listener < 0)
		return;
	if (lstat(name.sun_path, &there) == 0 && there.st_dev == made.st_dev &&
	    there.st_ino == made.st_ino)
		unlink(name.sun_path);
	close(listener);
	listener = -1;
}
