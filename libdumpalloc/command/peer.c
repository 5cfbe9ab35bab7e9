// SPDX-License-Identifier: LGPL-2.1-or-later
// A peer on the loopback that takes one stream.
#define _GNU_SOURCE
#include "libdumpalloc/command/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	LOOK_MS = 100,
	LATE_MS = 5000, // how long the end is awaited after peer_close
};

// True when there is something to read; false when that has not come `late_ms` after peer_close.
static bool await(const struct peer *peer, int fd, int late_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int waited = 0;

	while (poll(&ready, 1, LOOK_MS) <= 0) {
		if (atomic_load(&peer->is_to_end) && (waited += LOOK_MS) >= late_ms)
			return false;
	}
	return true;
}

static void *take_stream(void *argument)
{
	struct peer *peer = argument;

	if (!await(peer, peer->listener, LOOK_MS))
		return NULL;
	int fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC);
	while (fd >= 0 && peer->size < peer->max && await(peer, fd, LATE_MS)) {
		ssize_t n = read(fd, peer->bytes + peer->size, peer->max - peer->size);
		if (n <= 0 && !(n < 0 && errno == EINTR))
			break;
		peer->size += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

bool peer_open(struct peer *peer, uint8_t *bytes, size_t max, char *address, size_t address_size)
{
	struct sockaddr_in name = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof name;

	*peer = (struct peer){ .bytes = bytes, .max = max };
	peer->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (peer->listener < 0)
		return false;
	int error = 0;
	if (bind(peer->listener, (const struct sockaddr *)&name, sizeof name) != 0 ||
	    listen(peer->listener, 1) != 0 ||
	    getsockname(peer->listener, (struct sockaddr *)&name, &size) != 0)
		error = errno;
	else
		error = pthread_create(&peer->thread, NULL, take_stream, peer);
	if (error != 0) {
		close(peer->listener);
		errno = error;
		return false;
	}
	snprintf(address, address_size, "127.0.0.1:%u", (unsigned)ntohs(name.sin_port));
	return true;
}

size_t peer_close(struct peer *peer)
{
	atomic_store(&peer->is_to_end, true);
	pthread_join(peer->thread, NULL);
	close(peer->listener);
	return peer->size;
}
