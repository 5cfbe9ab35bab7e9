// SPDX-License-Identifier: LGPL-2.1-or-later
// Names in the abstract namespace of Unix sockets, by which the relays of a machine learn of each other how a peer does.
#define _GNU_SOURCE
#include "libdumpalloc/sink_names.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libdumpalloc/config.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/text.h"

// KIND/NUMBER/HOST:PORT, without its end where that is too long.
static struct sockaddr_un make_name(const struct config *config, const char *kind, pid_t number,
				    socklen_t *size)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct text text = text_start(name.sun_path + 1, sizeof name.sun_path - 1);

	text_put_all(&text, "dumpalloc-", kind, "/", (char *)NULL);
	text_number(&text, (uint64_t)number);
	text_put_all(&text, "/", config->host, ":", config->port, (char *)NULL);
	*size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + text.length);
	return name;
}

int sink_names_keep(const struct config *config, const char *kind, pid_t number, int type)
{
	socklen_t size;
	struct sockaddr_un name = make_name(config, kind, number, &size);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&name, size) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

int sink_names_try(const struct config *config, const char *kind, pid_t number, int type)
{
	socklen_t size;
	struct sockaddr_un name = make_name(config, kind, number, &size);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno;
	int error = connect(fd, (struct sockaddr *)&name, size) == 0 ? 0 : errno;
	close(fd);
	return error;
}

bool sink_names_has_any(const struct config *config, const char *kind, pid_t pid)
{
	for (int i = 0; i < SINK_NAMES_ANCESTORS_MAX && pid > 0; i++) {
		if (sink_names_try(config, kind, pid, SOCK_DGRAM) == 0)
			return true;
		pid = sink_names_parent(pid);
	}
	return false;
}

pid_t sink_names_parent(pid_t pid)
{
	struct process_facts facts;

	return process_read_facts(pid, &facts) ? facts.parent : 0;
}
