// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets the processes that a traced one starts know that the peer takes no further stream.
#define _GNU_SOURCE
#include "libdumpalloc/sink_refusal.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libdumpalloc/config.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/text.h"

enum { ANCESTORS_MAX = 256 };

static int teller = -1; // takes one connection, that of the first who is refused
static int known = -1;  // has the name that says so to all others
static bool is_known;
static bool was_forgotten;
static uint32_t forgotten_at;
static struct sockaddr_un known_name;
static socklen_t known_size;

// KIND, PID/HOST:PORT, without its end where that is too long.
static struct sockaddr_un make_name(const struct config *config, pid_t pid, const char *kind,
				    socklen_t *size)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct text text = text_start(name.sun_path + 1, sizeof name.sun_path - 1);

	text_put(&text, kind);
	text_number(&text, (uint64_t)pid);
	text_put_all(&text, "/", config->host, ":", config->port, (char *)NULL);
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + text.length);
	return name;
}

void sink_refusal_offer(const struct config *config, pid_t pid)
{
	socklen_t size;
	struct sockaddr_un name = make_name(config, pid, "dumpalloc-first/", &size);

	teller = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (teller < 0)
		return;
	// A queue of none holds one.
	if (bind(teller, (struct sockaddr *)&name, size) != 0 || listen(teller, 0) != 0) {
		close(teller);
		teller = -1;
		return;
	}
	known_name = make_name(config, pid, "dumpalloc-known/", &known_size);
}

static bool make_known(void)
{
	is_known = true;
	known = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return known >= 0 && bind(known, (struct sockaddr *)&known_name, known_size) == 0;
}

bool sink_refusal_keep(const struct config *config, pid_t pid)
{
	known_name = make_name(config, pid, "dumpalloc-known/", &known_size);
	return make_known();
}

// Lets somebody else be the first one.
static void forget_told(void)
{
	int fd = accept4(teller, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

void sink_refusal_look(void)
{
	struct pollfd told = { .fd = teller, .events = POLLIN };

	if (teller < 0 || is_known || poll(&told, 1, 0) <= 0)
		return;
	if (was_forgotten && clock_ms() - forgotten_at < SINK_REFUSAL_LATE_MS)
		forget_told();
	else
		// The connection is not taken, so that nobody else is the first one.
		(void)make_known();
}

void sink_refusal_forget(void)
{
	if (teller < 0)
		return;
	if (known >= 0)
		close(known);
	known = -1;
	is_known = false;
	was_forgotten = true;
	forgotten_at = clock_ms();
	forget_told();
}

// 0, or an error number.
static int try_name(const struct config *config, pid_t pid, const char *kind, int type)
{
	socklen_t size;
	struct sockaddr_un name = make_name(config, pid, kind, &size);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return errno;
	int error = connect(fd, (struct sockaddr *)&name, size) == 0 ? 0 : errno;
	close(fd);
	return error;
}

static bool is_known_of(const struct config *config, pid_t pid)
{
	return try_name(config, pid, "dumpalloc-known/", SOCK_DGRAM) == 0;
}

static pid_t parent_of(pid_t pid)
{
	struct process_facts facts;

	return process_read_facts(pid, &facts) ? facts.parent : 0;
}

bool sink_refusal_is_known(const struct config *config, pid_t pid)
{
	for (int i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = parent_of(pid)) {
		if (is_known_of(config, pid))
			return true;
	}
	return false;
}

bool sink_refusal_tell(const struct config *config, pid_t pid)
{
	bool is_first = true;

	// Up to the first traced process of all: a peer may have taken, and not served, one in between.
	for (int i = 0; i < ANCESTORS_MAX && pid > 0; i++, pid = parent_of(pid)) {
		int error = try_name(config, pid, "dumpalloc-first/", SOCK_STREAM);
		if (error == 0 || error == EAGAIN)
			is_first = error == 0;
	}
	return is_first;
}
