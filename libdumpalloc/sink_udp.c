// SPDX-License-Identifier: LGPL-2.1-or-later
// A stream in datagrams (FORMAT.md, section 11): what gets lost is sent again if the reader asks in time, and nobody waits
// for it.
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/pages.h"
#include "libdumpalloc/sink.h"
#include "libdumpalloc/wire.h"

enum {
	PIECE = WIRE_DATAGRAM_MAX - WIRE_DATAGRAM_HEADER_SIZE,
	ANSWER_SIZE =
		WIRE_DATAGRAM_HEADER_SIZE + WIRE_DATAGRAM_RANGES_MAX * WIRE_DATAGRAM_RANGE_SIZE,
	HEAD_MOST = 64 << 10,
	KEEP_LEAST = 256 << 10,
	BURST = 32,       // datagrams, after which the reader is given a moment
	AGAIN_MOST = 256, // datagrams sent again at a time
	BUSY_MS = 100,    // how long a full socket is waited for
	BEAT_LEAST_MS = 20,
	BEAT_MOST_MS = 1000,
	HEAD_MS = 1000,      // between two times that the beginning is sent
	CLOSE_MS = 12000,    // longer than the reader waits for what is missing,
	LAST_SIZE = 128,     // the END block, and more
	UNANSWERED_MOST = 8, // ends, where the reader has never said anything
};

// Of the one sink of this process.
static struct {
	uint8_t *
		bytes; // a ring of the newest, and behind it the beginning of the stream, which stays
	uint32_t room; // in the ring, a power of two
	uint32_t n_head;
	uint32_t n; // bytes of the stream, modulo 2^32
	uint32_t n_wraps;
	bool is_answered, has_head, has_all; // what the reader has said
	unsigned n_writes;                   // counted for n_head
	unsigned n_burst;
	uint32_t beat_at, head_at; // when something was sent last
	uint32_t beat_ms;          // until the next time
	int error;
	uint8_t id[WIRE_STREAM_ID_SIZE];
} udp;

const void *sink_udp_memory(void)
{
	return udp.bytes;
}

static bool udp_open(struct sink *sink, const struct config *config)
{
	if (udp.bytes != NULL) // of the process that this one was forked from
		munmap(udp.bytes, udp.room + HEAD_MOST);
	memset(&udp, 0, sizeof udp);
	if (!sink_tcp_open(sink, config))
		return false;
	for (udp.room = KEEP_LEAST; 2 * udp.room <= sink->keep_size;)
		udp.room *= 2;
	udp.bytes = pages_map(udp.room + HEAD_MOST);
	if (udp.bytes == NULL)
		return text_errno(&sink->reason);
	if (sink->id != NULL)
		memcpy(udp.id, sink->id, sizeof udp.id);
	else
		block_put_u32(udp.id, (uint32_t)sink->pid);
	return true;
}

// One that cannot be sent is as good as one that gets lost.
static void send_one(const struct sink *sink, enum wire_datagram type, uint32_t position,
		     uint32_t n)
{
	uint8_t header[WIRE_DATAGRAM_HEADER_SIZE] = WIRE_DATAGRAM;
	struct iovec parts[3] = { { header, sizeof header } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };
	struct pollfd poll_fd = { .fd = sink->fd, .events = POLLOUT };
	bool is_head = udp.n - position > udp.room; // and not in the ring any more
	uint32_t offset = is_head ? udp.room + position : position & (udp.room - 1);
	uint32_t first = is_head || n < udp.room - offset ? n : udp.room - offset;

	header[WIRE_DATAGRAM_TYPE_AT] = (uint8_t)type;
	memcpy(header + WIRE_DATAGRAM_ID_AT, udp.id, sizeof udp.id);
	block_put_u32(header + WIRE_DATAGRAM_POSITION_AT, position);
	block_put_u32(header + WIRE_DATAGRAM_POSITION_AT + 4,
		      is_head ? 0 : udp.n_wraps - (position > udp.n));
	parts[1] = (struct iovec){ udp.bytes + offset, first };
	parts[2] = (struct iovec){ udp.bytes, n - first };
	// Twice: the first answer may be to one that was sent before.
	for (int i = 0; i < 2 && sendmsg(sink->fd, &message, MSG_NOSIGNAL) < 0; i++) {
		if (errno != EAGAIN)
			udp.error = errno;
		else if (sink->is_relay)
			(void)poll(&poll_fd, 1, BUSY_MS);
	}
	// Else all that a ring holds would come at once, and more than a socket does.
	if (++udp.n_burst % BURST == 0 && sink->is_relay)
		(void)poll(NULL, 0, 1);
}

// What is kept of it, in `most` datagrams or fewer. Returns how many more may be sent.
static unsigned send_range(const struct sink *sink, uint32_t position, uint32_t n, unsigned most)
{
	while (n > 0 && most > 0) {
		bool is_head = udp.n - position > udp.room;
		uint32_t piece = n < PIECE ? n : PIECE;
		if (is_head && position < udp.n_head && piece > udp.n_head - position)
			piece = udp.n_head - position;
		if (!is_head || position < udp.n_head) {
			send_one(sink, WIRE_DATAGRAM_BYTES, position, piece);
			most--;
		}
		position += piece;
		n -= piece;
	}
	return most;
}

static void take_answer(const struct sink *sink, const uint8_t *answer, size_t size)
{
	const uint8_t *at = answer + WIRE_DATAGRAM_POSITION_AT, *end = answer + size;
	uint32_t position = block_u32(at), n_wraps = block_u32(at + 4);
	unsigned most = AGAIN_MOST;

	if (size < WIRE_DATAGRAM_HEADER_SIZE ||
	    memcmp(answer, WIRE_DATAGRAM, WIRE_DATAGRAM_SIGN_SIZE) != 0 ||
	    answer[WIRE_DATAGRAM_TYPE_AT] != WIRE_DATAGRAM_ANSWER ||
	    memcmp(answer + WIRE_DATAGRAM_ID_AT, udp.id, sizeof udp.id) != 0)
		return;
	udp.is_answered = true;
	udp.error = 0;
	udp.has_head = n_wraps != 0 || position >= udp.n_head;
	udp.has_all = n_wraps == udp.n_wraps && position == udp.n;
	// A reader that was not there before.
	if (!udp.has_head && position == 0)
		udp.head_at -= HEAD_MS;
	for (at += 8; end - at >= WIRE_DATAGRAM_RANGE_SIZE; at += WIRE_DATAGRAM_RANGE_SIZE) {
		uint32_t n = block_u32(at + 8);
		position = block_u32(at);
		if (n <= udp.n - position)
			most = send_range(sink, position, n, most);
	}
}

// What the reader has said.
static void hear(const struct sink *sink)
{
	uint8_t answer[ANSWER_SIZE];
	ssize_t n;

	while ((n = recv(sink->fd, answer, sizeof answer, 0)) >= 0)
		take_answer(sink, answer, (size_t)n);
	if (errno != EAGAIN)
		udp.error = errno;
	if (!udp.has_head && clock_ms() - udp.head_at >= HEAD_MS) {
		(void)send_range(sink, 0, udp.n_head, AGAIN_MOST);
		udp.head_at = clock_ms();
	}
}

static void keep(const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		uint32_t offset = udp.n & (udp.room - 1);
		size_t n = size < udp.room - offset ? size : udp.room - offset;
		memcpy(udp.bytes + offset, bytes, n);
		udp.n += (uint32_t)n;
		udp.n_wraps += udp.n < n;
		bytes += n;
		size -= n;
	}
}

static bool udp_write(struct sink *sink, const struct iovec *parts, int n_parts)
{
	uint32_t start = udp.n;

	for (int i = 0; i < n_parts; i++)
		keep(parts[i].iov_base, parts[i].iov_len);
	// The header and PREAMBLE, then the first block, which names the modules.
	if (udp.n_writes++ < 2 && udp.n <= HEAD_MOST) {
		memcpy(udp.bytes + udp.room, udp.bytes, udp.n);
		udp.n_head = udp.n;
		udp.head_at = clock_ms();
		udp.has_head = false;
	}
	udp.has_all = false;
	sink->n_bytes += udp.n - start;
	(void)send_range(sink, start, udp.n - start, (unsigned)-1);
	udp.beat_at = clock_ms();
	udp.beat_ms = BEAT_LEAST_MS;
	atomic_fetch_add(sink->progress, 1);
	hear(sink);
	return true;
}

static int udp_tend(struct sink *sink)
{
	hear(sink);
	int error = udp.error;
	// So that the reader learns of the last ones too, and that the stream goes on.
	if (clock_ms() - udp.beat_at >= udp.beat_ms) {
		udp.error = 0;
		send_one(sink, WIRE_DATAGRAM_BYTES, udp.n, 0);
		udp.beat_at = clock_ms();
		if (udp.beat_ms < BEAT_MOST_MS)
			udp.beat_ms *= 2;
	}
	return error;
}

// A datagram may be lost for good: no more than so long, and where nobody answers not that long.
static void udp_close(struct sink *sink)
{
	uint32_t since = clock_ms();
	uint32_t n_last = udp.n < LAST_SIZE ? 0 : LAST_SIZE;
	unsigned n = 0, n_most = sink->is_relay ? UNANSWERED_MOST : UNANSWERED_MOST / 3;

	while (!udp.has_all && clock_ms() - since < CLOSE_MS && (udp.is_answered || n++ < n_most)) {
		struct pollfd poll_fd = { .fd = sink->fd, .events = POLLIN };
		send_one(sink, WIRE_DATAGRAM_END, udp.n - n_last, n_last);
		(void)poll(&poll_fd, 1, BEAT_LEAST_MS << (udp.is_answered ? 0 : n));
		hear(sink);
	}
}

const struct sink_ops sink_udp_ops = {
	.open = udp_open,
	.write = udp_write,
	.tend = udp_tend,
	.close = udp_close,
};
