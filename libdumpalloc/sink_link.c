// SPDX-License-Identifier: LGPL-2.1-or-later
// A connection that is made again when it is lost: what the peer may lack is kept, and sent once more.
#define _GNU_SOURCE
#include "libdumpalloc/sink_link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/pack.h"
#include "libdumpalloc/pages.h"
#include "libdumpalloc/sink.h"

enum {
	HEAD_MOST = 64 << 10,
	// Of what is kept, how much the kernel may hold undelivered: twice what it is told, and a packet of 64 KiB.
	UNSURE_SHARE = 4,
	SEND_SHARE = 16,
	UNANSWERED_MOST =
		5, // packets and probes in a row: after six seconds, or more on a slow line
	WAIT_MS = 1000,
	LOOK_MS = 20,
	CONNECT_MS = 5000,
	PAUSE_LEAST_MS = 100,
	PAUSE_MOST_MS = 2000,
	STEADY_MS = 1000,   // a peer that closes each connection at once gets nowhere
	LASTING_MS = 10000, // what has held so long is made again without a long pause
};

enum {
	DOUBT_LEAST = 2,
	PROBE_SECONDS = 1,
	PROOF_MS =
		2500, // for DOUBT_LEAST probes, the first of which comes after PROBE_SECONDS at the latest
};

static struct sink_link the_link; // of the one sink of this process

static bool tune(int fd, const struct sink_link *link)
{
	int size = (int)(link->size / SEND_SHARE);

	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0;
}

void sink_link_open(struct sink *sink, size_t size)
{
	struct sink_link *link = &the_link;

	link->size = size;
	link->address_size = sizeof link->address;
	link->bytes = pages_map(size);
	link->listener = -1;
	if (link->bytes == NULL)
		return;
	if (sink->ops == &sink_listen_ops) {
		link->listener = sink->fd;
		sink->fd = -1;
	} else if (sink->peer_size != 0) {
		link->address = sink->peer;
		link->address_size = sink->peer_size;
	} else if (!tune(sink->fd, link) ||
		   // A Unix socket may have been bound by a path of who listens.
		   (!sink_tcp_parse(sink->config, &link->address, &link->address_size) &&
		    getpeername(sink->fd, (struct sockaddr *)&link->address, &link->address_size) !=
			    0)) {
		return;
	}
	link->is_up = sink->fd >= 0;
	link->since = clock_ms();
	link->pause_ms = PAUSE_LEAST_MS;
	sink->link = link;
}

static void lose(struct sink *sink, int error)
{
	struct sink_link *link = sink->link;
	// What the kernel still holds goes over the next connection.
	struct linger none = { .l_onoff = 1 };

	(void)setsockopt(sink->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
	sink_drop(sink);
	if (link->is_up && clock_ms() - link->since >= LASTING_MS)
		link->pause_ms = PAUSE_LEAST_MS;
	link->is_up = false;
	link->error = error;
	link->since = clock_ms();
}

// An emulator gives no more than the first word, as a number, which it turns round for a big-endian program. False: not even that.
static bool read_info(const struct sink *sink, struct tcp_info *info, bool *is_whole)
{
	socklen_t size = sizeof *info;
	uint8_t *bytes = (uint8_t *)info;
	uint32_t number;

	memset(info, 0, sizeof *info);
	if (getsockopt(sink->fd, IPPROTO_TCP, TCP_INFO, info, &size) != 0)
		return false;
	*is_whole = size > sizeof number;
	if (size == sizeof number) {
		memcpy(&number, info, sizeof number);
		for (int i = 0; i < 4; i++)
			bytes[i] = (uint8_t)(number >> 8 * i);
	}
	return true;
}

// The end of a connection is no error to who only sends, nor is a peer that no packet reaches any more; the
// kernel would try that one for a quarter of an hour, with pauses of minutes.
static void look_for_loss(struct sink *sink)
{
	struct tcp_info info;
	bool is_whole;

	if (sink_tcp_hear(sink, 0) == SINK_HEARD_LOSS) {
		lose(sink, ECONNRESET);
		return;
	}
	if (!read_info(sink, &info, &is_whole))
		return;
	sink->link->n_unanswered = (unsigned)info.tcpi_retransmits + info.tcpi_probes;
	if (sink->link->n_unanswered >= UNANSWERED_MOST)
		lose(sink, ETIMEDOUT);
}

bool sink_link_is_doubtful(const struct sink *sink)
{
	return !sink->link->is_up || sink->link->n_unanswered >= DOUBT_LEAST;
}

void sink_link_probe(const struct sink *sink)
{
	int seconds = PROBE_SECONDS;

	(void)setsockopt(sink->fd, IPPROTO_TCP, TCP_KEEPINTVL, &seconds, sizeof seconds);
	(void)setsockopt(sink->fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
}

bool sink_link_has_answered(const struct sink *sink, uint32_t ms)
{
	struct tcp_info info;
	bool is_whole;

	if (!sink->link->is_up)
		return false;
	if (read_info(sink, &info, &is_whole) && is_whole)
		return info.tcpi_last_ack_recv < ms;
	return ms >= PROOF_MS && sink->link->n_unanswered == 0;
}

// One step towards a new connection.
static void reach(struct sink *sink)
{
	struct sink_link *link = sink->link;
	const struct sockaddr *address = (struct sockaddr *)&link->address;
	bool is_called = link->listener >= 0;

	if (is_called) {
		sink->fd = accept4(link->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (sink->fd < 0)
			return;
	} else if (sink->fd < 0) {
		if (clock_ms() - link->since < link->pause_ms)
			return;
		if (link->pause_ms < PAUSE_MOST_MS)
			link->pause_ms *= 2;
		link->since = clock_ms();
		sink->fd =
			socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	}
	// Asked again and again, connect itself tells how it ends.
	if (is_called || connect(sink->fd, address, link->address_size) == 0 || errno == EISCONN) {
		(void)tune(sink->fd, link);
		sink_tcp_tune(sink->fd);
		link->is_up = true;
		link->n_unanswered = 0;
		link->n_sent = 0;
		link->n_returns++;
		link->since = clock_ms();
	} else if ((errno != EINPROGRESS && errno != EALREADY && errno != EINTR) ||
		   clock_ms() - link->since >= CONNECT_MS) {
		lose(sink, errno);
	}
}

bool sink_link_is_steady(const struct sink *sink)
{
	const struct sink_link *link = sink->link;

	return link->is_up && clock_ms() - link->since >= STEADY_MS;
}

// False: may_wait says so.
static bool send_kept(struct sink *sink)
{
	struct sink_link *link = sink->link;
	sink->moved_at = clock_ms();
	while (link->is_up && link->n_sent < link->n) {
		struct pollfd poll_fd = { .fd = sink->fd, .events = POLLOUT };
		ssize_t n = send(sink->fd, link->bytes + link->n_sent, link->n - link->n_sent,
				 MSG_NOSIGNAL);
		if (n > 0) {
			sink->moved_at = clock_ms();
			link->n_sent += (size_t)n;
			if (link->n_sent <= link->n_new)
				continue;
			link->n_new = link->n_sent;
			if (sink_link_is_steady(sink))
				atomic_fetch_add(sink->progress, 1);
		} else if (errno != EAGAIN && errno != EINTR) {
			lose(sink, errno);
		} else if (poll(&poll_fd, 1, WAIT_MS) == 0) {
			look_for_loss(sink);
			if (link->is_up && !sink->may_wait(clock_ms() - sink->moved_at)) {
				errno = ETIMEDOUT;
				return false;
			}
		}
	}
	return true;
}

// Of what is kept: a block, or a member of many.
static size_t piece_size(const struct sink *sink, const uint8_t *bytes)
{
	return sink->is_packed ? pack_member_size(bytes)
			       : WIRE_BLOCK_HEADER_SIZE + block_length(bytes);
}

bool sink_link_has_room(struct sink *sink, size_t n)
{
	struct sink_link *link = sink->link;
	size_t unsure = link->size / UNSURE_SHARE;
	size_t end = link->n_head, next = end;

	if (link->size - link->n >= n)
		return true;
	// Half of it at once, so that no byte is moved more than once or twice.
	while (next + unsure <= link->n_new) {
		end = next;
		if (end - link->n_head >= link->n / 2 &&
		    link->size - link->n + end - link->n_head >= n)
			break;
		next += piece_size(sink, link->bytes + next);
	}
	memmove(link->bytes + link->n_head, link->bytes + end, link->n - end);
	end -= link->n_head;
	link->n -= end;
	link->n_new -= end;
	link->n_sent -= link->is_up ? end : 0;
	return link->size - link->n >= n;
}

bool sink_link_write(struct sink *sink, const struct iovec *parts, int n_parts)
{
	struct sink_link *link = sink->link;
	uint32_t since = clock_ms();
	size_t size = 0;

	for (int i = 0; i < n_parts; i++)
		size += parts[i].iov_len;
	while (!sink_link_has_room(sink, size)) {
		(void)poll(NULL, 0, LOOK_MS);
		sink_link_tend(sink);
		if (!sink->may_wait(clock_ms() - since)) {
			errno = link->error;
			return false;
		}
	}
	for (int i = 0; i < n_parts; i++) {
		memcpy(link->bytes + link->n, parts[i].iov_base, parts[i].iov_len);
		link->n += parts[i].iov_len;
	}
	// The header and PREAMBLE, then the first block, which names the modules.
	if (link->n_writes++ < 2 && link->n <= HEAD_MOST)
		link->n_head = link->n;
	sink->n_bytes += size;
	return send_kept(sink);
}

void sink_link_tend(struct sink *sink)
{
	struct sink_link *link = sink->link;

	if (link->is_up)
		look_for_loss(sink);
	if (!link->is_up)
		reach(sink);
	(void)send_kept(sink);
}

bool sink_link_flush(struct sink *sink)
{
	sink_link_tend(sink);
	return sink->link->is_up && sink->link->n_sent == sink->link->n;
}
