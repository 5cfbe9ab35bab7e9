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

// A socket by the name dumpalloc-WORD/NUMBER/HOST:PORT, without its end where that is too long, or connected to who has it; less than
// 0: -errno.
static int name_open(const struct config *config, const char *kind, pid_t number, int type,
		     bool is_kept)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct text text = text_start(name.sun_path + 1, sizeof name.sun_path - 1);

	text_put(&text, kind);
	text_number(&text, (uint64_t)number);
	text_put_all(&text, "/", config->host, ":", config->port, (char *)NULL);

	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + text.length);
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0 && (is_kept ? bind : connect)(fd, (struct sockaddr *)&name, size) != 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd >= 0 ? fd : -errno;
}

int sink_names_keep(const struct config *config, const char *kind, pid_t number, int type)
{
	return name_open(config, kind, number, type, true);
}

int sink_names_try(const struct config *config, const char *kind, pid_t number, int type)
{
	int fd = name_open(config, kind, number, type, false);

	if (fd < 0)
		return -fd;
	close(fd);
	return 0;
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
