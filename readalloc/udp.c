// SPDX-License-Identifier: GPL-3.0-or-later
// Streams that come in datagrams (FORMAT.md, section 11): which one each is of, and what is asked for again.
#include "udp.h"

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "crowd.h"
#include "datagrams.h"
#include "util.h"

enum {
	TAKEN_AT_ONCE = 512, // then others have their turn
	SIZE_MOST = 64 << 10,
	NAMELESS_MOST = 64, // streams of which no preamble has come
	SILENCE_MS = 10000, // without a preamble, or where the place is wanted
	PATIENCE_MS =
		60000,   // with a stream that says nothing; its writer says something each second
	LACK_MS = 10,    // between two looks where something is missing
	UNKNOWN_MS = 10, // between two questions for the beginnings of streams
	LOOK_MS = 1000,
};

static bool is_open(const struct stream *stream)
{
	return stream->is_in_datagrams && stream->state == STREAM_OPEN;
}

static struct stream *stream_find(const struct crowd *crowd, const struct identity *identity)
{
	for (size_t i = 0; i < crowd->n; i++) {
		struct stream *stream = crowd->streams[i];
		if (is_open(stream) && identity_equals(&stream->identity, identity)) {
			return stream;
		}
	}
	return NULL;
}

static void answer_send(int fd, const struct sockaddr_storage *to, socklen_t to_size,
			const struct identity *identity, uint64_t position,
			const struct datagram_range *ranges, size_t n)
{
	uint8_t answer[DATAGRAM_ANSWER_MAX];
	size_t size = datagram_answer(answer, identity, position, ranges, n);
	// One that cannot be sent is as good as one that gets lost.
	(void)sendto(fd, answer, size, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)to,
		     to_size);
}

static void stream_ask(struct stream *stream, uint64_t now_ms)
{
	struct datagram_range ranges[WIRE_DATAGRAM_RANGES_MAX];
	size_t n = datagrams_ask(&stream->datagrams, now_ms, ranges, WIRE_DATAGRAM_RANGES_MAX);
	if (n != 0) {
		answer_send(stream->from_fd, &stream->from, stream->from_size, &stream->identity,
			    stream->datagrams.next, ranges, n);
	}
}

// Takes what is in order. False: the stream is over.
static bool stream_advance(struct crowd *crowd, struct stream *stream, uint64_t now_ms,
			   bool is_last)
{
	for (;;) {
		uint64_t n_lost;
		const struct datagram_piece *piece =
			datagrams_take(&stream->datagrams, now_ms, is_last, &n_lost);
		if (!crowd_take(crowd, stream, n_lost, piece ? piece->bytes : NULL,
				piece ? piece->n : 0)) {
			return false;
		}
		if (!piece) {
			return true;
		}
	}
}

// So that nobody fills all places with streams that are none.
static bool has_room(const struct crowd *crowd)
{
	size_t n = 0;
	for (size_t i = 0; i < crowd->n; i++) {
		n += is_open(crowd->streams[i]) && stream_is_nameless(crowd->streams[i]);
	}
	return n < NAMELESS_MOST && !crowd_is_full(crowd);
}

static bool is_beginning(const struct datagram *datagram)
{
	return datagram->position == 0 && datagram->n >= WIRE_MAGIC_SIZE &&
	       (memcmp(datagram->bytes, WIRE_MAGIC, WIRE_MAGIC_SIZE) == 0 ||
		memcmp(datagram->bytes, WIRE_MEMBER, WIRE_MAGIC_SIZE) == 0);
}

// Its writer wants to hear how far its datagrams have come.
static bool is_answer_due(const struct datagram *datagram)
{
	return datagram->n == 0 || datagram->type == WIRE_DATAGRAM_END;
}

// A datagram of a stream that is not read: a new one, one that has ended, or one that the reader has come late for.
static struct stream *stream_meet(struct udp *udp, struct crowd *crowd,
				  const struct datagram *datagram, int fd,
				  const struct sockaddr_storage *from, socklen_t from_size)
{
	bool is_first = is_beginning(datagram);
	uint64_t now = crowd_clock_ms();
	if (!is_first && !is_answer_due(datagram) && now - udp->answered_ms < UNKNOWN_MS) {
		return NULL;
	}
	udp->answered_ms = now;
	if (identities_have(&crowd->ended, &datagram->identity)) {
		answer_send(fd, from, from_size, &datagram->identity,
			    datagram->position + datagram->n, NULL, 0);
		return NULL;
	}
	if (!is_first) {
		answer_send(fd, from, from_size, &datagram->identity, 0, NULL, 0);
	}
	if (!is_first || !has_room(crowd)) {
		return NULL;
	}
	char peer[TCP_NAME_SIZE];
	tcp_name_write(peer, (const struct sockaddr *)from, from_size);
	struct stream *stream = crowd_add_datagrams(crowd, peer, &datagram->identity);
	stream->from = *from;
	stream->from_size = from_size;
	stream->from_fd = fd;
	return stream;
}

static bool is_from(const struct stream *stream, const struct sockaddr_storage *from,
		    socklen_t from_size)
{
	return stream->from_size == from_size && memcmp(&stream->from, from, from_size) == 0;
}

static void datagram_take(struct udp *udp, struct crowd *crowd, const struct datagram *datagram,
			  int fd, const struct sockaddr_storage *from, socklen_t from_size)
{
	uint64_t now = crowd_clock_ms();
	struct stream *stream = stream_find(crowd, &datagram->identity);
	if (!stream) {
		stream = stream_meet(udp, crowd, datagram, fd, from, from_size);
	} else if (!is_from(stream, from, from_size)) {
		udp->n_foreign++;
		return;
	}
	if (!stream) {
		return;
	}
	stream->since_ms = now;
	datagrams_put(&stream->datagrams, datagram, now);
	if (stream_advance(crowd, stream, now, false) && !is_answer_due(datagram)) {
		return;
	}
	answer_send(fd, from, from_size, &datagram->identity, stream->datagrams.next, NULL, 0);
}

void udp_read(struct udp *udp, struct crowd *crowd, int fd)
{
	static uint8_t bytes[SIZE_MOST];
	for (int i = 0; i < TAKEN_AT_ONCE; i++) {
		struct sockaddr_storage from = { .ss_family = AF_UNSPEC };
		socklen_t from_size = sizeof(from);
		struct datagram datagram;
		ssize_t n =
			recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_size);
		if (n < 0) {
			return;
		}
		if (datagram_read(&datagram, bytes, (size_t)n)) {
			datagram_take(udp, crowd, &datagram, fd, &from, from_size);
		} else {
			udp->n_foreign++;
		}
	}
}

static bool is_silent(const struct crowd *crowd, const struct stream *stream, uint64_t now_ms)
{
	bool is_wanted = stream_is_nameless(stream) || crowd_is_full(crowd);
	return now_ms - stream->since_ms >= (is_wanted ? SILENCE_MS : PATIENCE_MS);
}

void udp_tend(struct crowd *crowd)
{
	uint64_t now = crowd_clock_ms();
	for (size_t i = 0; i < crowd->n; i++) {
		struct stream *stream = crowd->streams[i];
		if (!is_open(stream)) {
			continue;
		}
		bool is_over = is_silent(crowd, stream, now);
		if (stream_advance(crowd, stream, now, is_over)) {
			if (is_over) {
				crowd_end(crowd, stream);
			} else {
				stream_ask(stream, now);
			}
		}
	}
}

int udp_patience(const struct crowd *crowd)
{
	int patience = crowd_is_restless(crowd) ? LOOK_MS : -1;
	for (size_t i = 0; i < crowd->n; i++) {
		const struct stream *stream = crowd->streams[i];
		if (is_open(stream)) {
			patience = LOOK_MS;
			if (datagrams_lack(&stream->datagrams)) {
				return LACK_MS;
			}
		}
	}
	return patience;
}

void udp_end(const struct udp *udp, struct crowd *crowd)
{
	for (size_t i = 0; i < crowd->n; i++) {
		if (is_open(crowd->streams[i])) {
			stream_advance(crowd, crowd->streams[i], crowd_clock_ms(), true);
		}
	}
	if (udp->n_foreign != 0) {
		say("%llu datagrams were of no stream", (unsigned long long)udp->n_foreign);
	}
}
