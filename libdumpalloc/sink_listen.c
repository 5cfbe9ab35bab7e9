// SPDX-License-Identifier: LGPL-2.1-or-later
// A stream for whoever connects, one peer at a time: for devices that cannot call out.
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libdumpalloc/sink.h"

enum { PORTS_MOST = 100 }; // tried from the one given on: each process has one of its own

static bool try_port(struct sink *sink, const struct sockaddr *address, socklen_t size)
{
	int on = 1;

	sink->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sink->fd < 0)
		return false;
	if (setsockopt(sink->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
	    bind(sink->fd, address, size) == 0 && listen(sink->fd, 1) == 0)
		return true;
	sink_drop(sink);
	return false;
}

static bool listen_open(struct sink *sink, const struct config *config)
{
	struct sockaddr_storage address;
	socklen_t size;
	bool is_open = false;

	sink_tcp_put_name(sink, config);
	if (!sink_tcp_parse(config, &address, &size)) {
		text_put(&sink->reason, "the address and the port are to be numbers");
		return false;
	}
	// In both kinds of address at the same place.
	in_port_t *place = &((struct sockaddr_in *)&address)->sin_port;
	unsigned port = ntohs(*place);
	for (unsigned i = 0; i < PORTS_MOST && port + i <= 65535 && !is_open; i++) {
		*place = htons((in_port_t)(port + i));
		is_open = try_port(sink, (struct sockaddr *)&address, size);
		if (!is_open && errno != EADDRINUSE)
			break;
	}
	return is_open || text_errno(&sink->reason);
}

// What is written goes by a link (sink_link.h) alone.
const struct sink_ops sink_listen_ops = {
	.open = listen_open,
	.close = sink_tcp_close,
};
