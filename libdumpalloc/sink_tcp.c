// SPDX-License-Identifier: LGPL-2.1-or-later
// A stream to a TCP peer: names, IPv4 and IPv6; every address of a name is tried. Or to that of a Unix socket.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "libdumpalloc/futex.h"
#include "libdumpalloc/sink.h"
#include "libdumpalloc/sink_find.h"
#include "libdumpalloc/sink_link.h"
#include "libdumpalloc/sink_loss.h"
#include "libdumpalloc/sink_refusal.h"
#include "unwind/minimal.h"

enum {
	GOODBYE_MS = 1000,
	// Of a peer that has not got everything: longer than that of one that is alive; with a link, or for a lost one to return.
	SILENCE_MS = 3000,
	CLOSE_MS = 30000,
	LOOK_MS = 20,
	BUSY_MS = 500,
	PEERS_SIZE = 4096,
	PATTERN_SIZE = 64,
};

// Waits for a connection that is under way, until `patience_ms` after `since`.
static bool finish_connect(int fd, const struct sockaddr *address, socklen_t size, uint32_t since,
			   unsigned patience_ms)
{
	for (;;) {
		// Looks once even when the time has passed: on a busy machine it may have passed asleep.
		uint32_t waited = clock_ms() - since;
		uint32_t left = waited < patience_ms ? patience_ms - waited : 0;
		struct pollfd poll_fd = { .fd = fd, .events = POLLOUT };
		int n = poll(&poll_fd, 1, (int)left);
		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			break;
		if (left == 0) {
			errno = ETIMEDOUT;
			return false;
		}
	}
	// Asked again, connect itself tells how it ended. (SO_ERROR would, but not in the numbers of an
	// emulated MIPS.)
	return connect(fd, address, size) == 0 || errno == EISCONN;
}

// Returns a connected, non-blocking socket, or -1 with errno.
static int connect_to(const struct sockaddr *address, socklen_t size, uint32_t since,
		      unsigned patience_ms, int type)
{
	int fd = socket(address->sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, address, size) == 0)
		return fd;
	if ((errno == EINPROGRESS || errno == EINTR) &&
	    finish_connect(fd, address, size, since, patience_ms))
		return fd;
	sink_close_fd(fd);
	return -1;
}

// " REMOTE:PORT 01 " as /proc/net/tcp and tcp6 write an established connection: the address in words of
// the machine's byte order. An emulator may differ from the machine in it, hence `is_swapped`.
static void put_pattern(struct text *text, const struct sockaddr *address, bool is_swapped)
{
	static const char digits[] = "0123456789ABCDEF";
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
	bool is_v6 = address->sa_family == AF_INET6;
	const uint8_t *bytes = is_v6 ? v6->sin6_addr.s6_addr : (const uint8_t *)&v4->sin_addr;
	uint16_t port = ntohs(is_v6 ? v6->sin6_port : v4->sin_port);

	text_char(text, ' ');
	for (size_t i = 0; i < (is_v6 ? 16u : 4u); i++) {
		uint8_t byte = bytes[is_swapped ? i ^ 3 : i];
		text_char(text, digits[byte >> 4]);
		text_char(text, digits[byte & 15]);
	}
	text_char(text, ':');
	for (int shift = 12; shift >= 0; shift -= 4)
		text_char(text, digits[port >> shift & 15]);
	text_put(text, " 01 ");
}

static bool file_holds(const char *path, const char *pattern)
{
	char bytes[PEERS_SIZE];
	size_t n_kept = 0, length = strlen(pattern);
	bool is_found = false;

	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (!is_found) {
		ssize_t n = read(fd, bytes + n_kept, sizeof bytes - n_kept);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		size_t size = n_kept + (size_t)n;
		is_found = memmem(bytes, size, pattern, length) != NULL;
		n_kept = size < length ? size : length - 1;
		memmove(bytes, bytes + size - n_kept, n_kept);
	}
	close(fd);
	return is_found;
}

// Whether this machine has a connection to the peer already: that of a process's parent, mostly. The
// peer may serve one at a time, as nc does, and then leaves the next without an answer.
static bool is_peer_in_use(const struct sockaddr *address)
{
	const char *path = address->sa_family == AF_INET6 ? "/proc/net/tcp6" : "/proc/net/tcp";

	for (int is_swapped = 0; is_swapped < 2; is_swapped++) {
		char pattern[PATTERN_SIZE];
		struct text text = text_start(pattern, sizeof pattern);
		put_pattern(&text, address, is_swapped);
		if (file_holds(path, pattern))
			return true;
	}
	return false;
}

// Every command of a script would wait in vain, so a peer in use is given little time.
static int connect_patiently(const struct sockaddr *address, socklen_t size, uint32_t since,
			     unsigned patience_ms, int type)
{
	if (IS_MINIMAL || type == SOCK_DGRAM || address->sa_family == AF_UNIX ||
	    !is_peer_in_use(address))
		return connect_to(address, size, since, patience_ms, type);
	int fd = connect_to(address, size, clock_ms(), BUSY_MS, type);
	if (fd < 0 && errno == ETIMEDOUT)
		errno = EBUSY;
	return fd;
}

bool sink_tcp_parse(const struct config *config, struct sockaddr_storage *address, socklen_t *size)
{
	union {
		struct sockaddr_storage any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_un name;
	} parsed = { .any = { .ss_family = AF_UNIX } };
	uint32_t port;

	if (!IS_MINIMAL && config->host[0] == '/') {
		// config.c has seen to its length.
		memcpy(parsed.name.sun_path, config->host, strlen(config->host));
		*size = sizeof parsed.name;
	} else if (!text_parse_number(config->port, 65535, &port)) {
		return false;
	} else {
		// In both kinds of address at the same place.
		parsed.v4.sin_port = htons((uint16_t)port);
		parsed.v4.sin_family = AF_INET;
		*size = sizeof parsed.v4;
		if (inet_pton(AF_INET, config->host, &parsed.v4.sin_addr) != 1) {
			parsed.v6.sin6_flowinfo =
				0; // of what may have been parsed of an IPv4 address
			parsed.v6.sin6_family = AF_INET6;
			*size = sizeof parsed.v6;
			if (inet_pton(AF_INET6, config->host, &parsed.v6.sin6_addr) != 1)
				return false;
		}
	}
	*address = parsed.any;
	return true;
}

bool sink_tcp_is_numeric(const struct config *config)
{
	struct sockaddr_storage address;
	socklen_t size;

	return sink_tcp_parse(config, &address, &size);
}

static void explain_lookup(struct text *reason, int answer)
{
	if (answer == EAI_SYSTEM)
		(void)text_errno(reason);
	else if (answer == EAI_SERVICE)
		text_put(reason, "unknown port name");
	else if (answer == EAI_AGAIN)
		text_put(reason, "the name server does not answer");
	else if (answer == EAI_MEMORY)
		text_error(reason, ENOMEM);
	else
		text_put(reason, "unknown host");
}

void sink_tcp_tune(int fd)
{
	int on = 1;

	// Both only better the service: small blocks leave at once, a vanished peer is noticed.
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

static void explain_failure(struct text *reason, int error)
{
	if (error == EBUSY)
		text_put(reason, "serves another stream and takes no second");
	else
		text_error(reason, error);
}

void sink_tcp_put_name(struct sink *sink, const struct config *config)
{
	bool is_v6 = strchr(config->host, ':') != NULL;

	if (sink_find_is_wanted(config)) {
		text_put(&sink->name, config->host);
		return;
	}
	if (!IS_MINIMAL && config->host[0] == '/') {
		text_put_all(&sink->name, "unix:", config->host, (char *)NULL);
		return;
	}
	text_put_all(&sink->name, !IS_MINIMAL && config->sink == CONFIG_SINK_UDP ? "udp:" : "",
		     is_v6 ? "[" : "", config->host, is_v6 ? "]:" : ":", config->port,
		     (char *)NULL);
}

static void explain_find(struct text *reason, int error)
{
	if (error == ENOENT)
		text_put(reason, "nobody on the local net answers "
				 "(readalloc --listen '*:PORT' --announce)");
	else
		text_error(reason, error);
}

// The relay waits for a peer that is lost, with a stream that begins without a connection.
static bool wait_for_peer(struct sink *sink, const struct config *config)
{
	return config->sink == CONFIG_SINK_SERVER && sink->is_relay &&
	       sink_loss_wait(config, &sink->peer, &sink->peer_size);
}

// False: errno, and perhaps the reason, say why.
static bool connect_to_any(struct sink *sink, const struct config *config)
{
	uint32_t since = clock_ms();
	struct sockaddr_storage address;
	socklen_t size;
	bool is_sought = sink_find_is_wanted(config);
	int type = !IS_MINIMAL && config->sink == CONFIG_SINK_UDP ? SOCK_DGRAM : SOCK_STREAM;

	if (is_sought && !sink_find(&address, &size))
		return false;
	if (is_sought || sink_tcp_parse(config, &address, &size)) {
		sink->fd = connect_patiently((struct sockaddr *)&address, size, since,
					     sink->patience_ms, type);
		return sink->fd >= 0;
	}
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = type };
	struct addrinfo *list = NULL;
	int answer = getaddrinfo(config->host, config->port, &hints, &list);
	if (answer != 0) {
		explain_lookup(&sink->reason, answer);
		return false;
	}
	for (struct addrinfo *at = list; at != NULL && sink->fd < 0; at = at->ai_next)
		sink->fd = connect_patiently(at->ai_addr, at->ai_addrlen, since, sink->patience_ms,
					     type);
	int error = errno;
	freeaddrinfo(list);
	errno = error;
	return sink->fd >= 0;
}

bool sink_tcp_open(struct sink *sink, const struct config *config)
{
	uint32_t since = clock_ms();

	sink_tcp_put_name(sink, config);
	if (sink_refusal_is_known(config, sink->pid)) {
		errno = ECONNREFUSED; // and no reason: it has been told
		return false;
	}
	if (sink_loss_is_known(config, sink->pid) && wait_for_peer(sink, config))
		return true;
	if (connect_to_any(sink, config)) {
		sink_tcp_tune(sink->fd);
		return true;
	}
	int error = errno;
	enum sink_refusal refusal = SINK_REFUSAL_FIRST;
	unsigned waited = clock_ms() - since;
	unsigned patience_ms = waited < sink->patience_ms ? sink->patience_ms - waited : 0;
	if (sink->reason.length == 0)
		refusal = sink_refusal_tell(config, sink->pid, patience_ms);
	if (refusal == SINK_REFUSAL_NONE && wait_for_peer(sink, config))
		return true;
	if (sink->reason.length == 0 && refusal == SINK_REFUSAL_FIRST) {
		if (sink_find_is_wanted(config))
			explain_find(&sink->reason, error);
		else
			explain_failure(&sink->reason, error);
	}
	errno = error;
	return false;
}

static ssize_t tcp_write_some(struct sink *sink, const struct iovec *parts, int n_parts)
{
	struct msghdr message = { .msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)n_parts };

	return sendmsg(sink->fd, &message, MSG_NOSIGNAL);
}

static bool tcp_undo(struct sink *sink)
{
	(void)sink;
	return false;
}

enum sink_heard sink_tcp_hear(struct sink *sink, int ms)
{
	char bytes[512];
	struct pollfd poll_fd = { .fd = sink->fd, .events = POLLIN };

	// That it has closed its end alone is no error to who only sends.
	if (poll(&poll_fd, 1, ms) > 0 &&
	    (poll_fd.revents & (sink->is_shut ? POLLERR : POLLERR | POLLHUP)))
		return SINK_HEARD_LOSS;
	ssize_t n = recv(sink->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (n == 0)
		return SINK_HEARD_END;
	if (n > 0) {
		sink->moved_at = clock_ms();
		atomic_fetch_add_explicit(sink->progress, 1, memory_order_relaxed);
	}
	return n > 0 || errno == EAGAIN ? SINK_HEARD_WELL : SINK_HEARD_LOSS;
}

// Whether the peer, which was told at `since` that all is sent, has closed too, or had the time to, and nothing is under way to
// it; waits a little.
static bool is_delivered(struct sink *sink, uint32_t since)
{
	int n_waiting = 0;
	enum sink_heard heard = sink_tcp_hear(sink, LOOK_MS);

	if (heard == SINK_HEARD_LOSS) {
		// Without a link that is the end; with one it finds that the peer is lost.
		sink->is_shut = false;
		return !sink_has_link(sink);
	}
	(void)ioctl(sink->fd, TIOCOUTQ, &n_waiting);
	if (n_waiting == 0)
		return heard == SINK_HEARD_END || clock_ms() - since >= GOODBYE_MS;
	(void)poll(NULL, 0, heard == SINK_HEARD_END ? LOOK_MS : 0);
	return false;
}

// Closing with unread bytes in the socket, or before such come, would reset the connection and take away from the peer
// what it has not got yet. So who is alive is waited for as long as something is under way to it.
void sink_tcp_close(struct sink *sink)
{
	uint32_t since = clock_ms(), shut_since = 0, progress = 0;

	do {
		uint32_t at = atomic_load_explicit(sink->progress, memory_order_relaxed);
		if (at != progress) {
			progress = at;
			since = clock_ms();
		}
		if (sink_has_link(sink) && !sink_link_flush(sink)) {
			sink->is_shut = false;
			(void)poll(NULL, 0, LOOK_MS);
			continue;
		}
		if (!sink->is_shut) {
			shut_since = clock_ms();
			sink->is_shut = true;
			(void)shutdown(sink->fd, SHUT_WR);
		}
		if (is_delivered(sink, shut_since))
			break;
	} while (clock_ms() - since < (sink_has_link(sink) ? CLOSE_MS : SILENCE_MS));
}

const struct sink_ops sink_tcp_ops = {
	.open = sink_tcp_open,
	.write_some = tcp_write_some,
	.undo = tcp_undo,
	.close = sink_tcp_close,
};
