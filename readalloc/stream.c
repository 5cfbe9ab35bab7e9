// SPDX-License-Identifier: GPL-3.0-or-later
// One of many streams: its connection, its session, and what it is called.
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alive.h"
#include "session_slice.h"
#include "util.h"

enum {
	ROOM_LEAST = 64 << 10,
	// More than the longest block, so that one always fits.
	ROOM_MOST = 2 << 20,
	REST_ROUNDS = 1000, // of reading an old connection: more than any socket holds
	RAW_MOST = 64 << 10,
	RAW_NEW = 1 << 10, // as a thousand times that may come of it, before it is known what it is
};
_Static_assert((int)ROOM_MOST > (int)DECODER_BUFFER_MIN, "a block fits");

struct stream *stream_new(int fd, const char *peer, struct session *session, uint64_t now_ms)
{
	struct stream *stream = xcalloc(1, sizeof(*stream));
	stream->fd = fd;
	stream->session = session;
	stream->since_ms = now_ms;
	stream->n_due = UINT64_MAX;
	strncpy(stream->peer, peer, sizeof(stream->peer) - 1);
	if (fd >= 0) {
		alive_add(fd);
	}
	return stream;
}

static void connection_close(struct stream *stream)
{
	if (stream->fd >= 0) {
		alive_remove(stream->fd);
		close(stream->fd);
	}
	stream->fd = -1;
}

void stream_free(struct stream *stream)
{
	connection_close(stream);
	session_free(stream->session);
	gunzip_reset(&stream->gunzip);
	datagrams_free(&stream->datagrams);
	free(stream->name);
	free(stream->bytes);
	free(stream);
}

static void feed(struct stream *stream, bool is_last)
{
	size_t used = session_feed(stream->session, stream->bytes, stream->n, is_last);
	stream->n -= used;
	if (stream->n != 0) {
		memmove(stream->bytes, stream->bytes + used, stream->n);
	} else if (stream->room > ROOM_LEAST) {
		free(stream->bytes);
		stream->bytes = NULL;
		stream->room = 0;
	}
}

static void make_room(struct stream *stream)
{
	if (stream->n == stream->room) {
		stream->room = stream->room ? stream->room * 2 : ROOM_LEAST;
		stream->bytes = xrealloc(stream->bytes, stream->room, 1);
	}
}

static bool goes_on(const struct stream *stream)
{
	return !stream->session->decoder.has_end && !session_is_over(stream->session) &&
	       !gunzip_is_over(&stream->gunzip);
}

// What has come, and is not compressed.
static long plain_read(struct stream *stream)
{
	make_room(stream);
	long n = tcp_read(stream->fd, stream->bytes + stream->n, stream->room - stream->n);
	if (n > 0) {
		stream->n += (size_t)n;
		if (stream->state != STREAM_NEW) {
			feed(stream, false);
		}
	}
	return n;
}

// Makes of raw bytes what they are.
static void raw_undo(struct stream *stream, struct gunzip_input *raw)
{
	const char *damage;
	size_t n;
	do {
		make_room(stream);
		n = gunzip_take(&stream->gunzip, raw, stream->bytes + stream->n,
				stream->room - stream->n);
		stream->n += n;
		if (stream->state != STREAM_NEW) {
			feed(stream, false);
		}
		damage = gunzip_damage(&stream->gunzip);
		if (damage) {
			session_harm(stream->session, stream->n, damage);
		}
	} while (n != 0 || damage);
}

// What has come, compressed or not.
static long raw_read(struct stream *stream)
{
	uint8_t bytes[GUNZIP_LEAST + RAW_MOST];
	long n = tcp_read(stream->fd, bytes + stream->n_raw,
			  stream->state == STREAM_NEW ? RAW_NEW : RAW_MOST);
	if (n > 0) {
		memcpy(bytes, stream->raw, stream->n_raw);
		struct gunzip_input raw = { .at = bytes, .n = stream->n_raw + (size_t)n };
		raw_undo(stream, &raw);
		memcpy(stream->raw, raw.at, raw.n);
		stream->n_raw = raw.n;
	}
	return n;
}

void stream_limit(struct stream *stream)
{
	stream->n_due = tcp_waiting(stream->fd) + 1;
}

bool stream_take(struct stream *stream, const uint8_t *bytes, size_t n)
{
	size_t n_raw = stream->n_raw;
	uint8_t *joined = xcalloc(n_raw + n, 1);
	memcpy(joined, stream->raw, n_raw);
	memcpy(joined + n_raw, bytes, n);
	struct gunzip_input raw = { .at = joined, .n = n_raw + n };
	raw_undo(stream, &raw);
	memcpy(stream->raw, raw.at, raw.n);
	stream->n_raw = raw.n;
	free(joined);
	return goes_on(stream);
}

// What has come of the block, or the member, that is cut in two is of no use.
void stream_gap(struct stream *stream, uint64_t n)
{
	gunzip_lose(&stream->gunzip);
	session_gap(stream->session, stream->n + stream->n_raw, n);
	stream->n = stream->n_raw = 0;
}

// No more will come over this connection.
static void raw_end(struct stream *stream)
{
	struct gunzip_input raw = { .at = stream->raw, .n = stream->n_raw, .is_last = true };
	raw_undo(stream, &raw);
	stream->n_raw = 0;
}

bool stream_read(struct stream *stream, size_t *n_read)
{
	long n = stream->gunzip.form == GUNZIP_PLAIN ? plain_read(stream) : raw_read(stream);
	if (n < 0) {
		return errno == EAGAIN || errno == EWOULDBLOCK;
	}
	*n_read += (size_t)n;
	stream->n_due -= (uint64_t)n < stream->n_due ? (uint64_t)n : stream->n_due;
	return n != 0 && goes_on(stream);
}

bool stream_identify(struct stream *stream)
{
	enum identity_result result = identity_read(&stream->identity, stream->bytes, stream->n);
	stream->has_identity = result == IDENTITY_FOUND;
	return result != IDENTITY_PARTIAL;
}

bool stream_begin(struct stream *stream)
{
	stream->state = STREAM_OPEN;
	feed(stream, false);
	return goes_on(stream);
}

// What has come over a connection that another replaces. As the writer keeps more than what may be under way, nothing
// is missing between the two.
static void rest_read(struct stream *stream, size_t *n_read)
{
	size_t before;
	int rounds = 0;
	do {
		before = *n_read;
	} while (stream->fd >= 0 && rounds++ < REST_ROUNDS && stream_read(stream, n_read) &&
		 *n_read != before);
}

bool stream_join(struct stream *stream, struct stream *new, size_t *n_read)
{
	rest_read(stream, n_read);
	connection_close(stream);
	free(stream->bytes);
	gunzip_reset(&stream->gunzip);
	stream->fd = new->fd;
	stream->n_due = new->n_due;
	stream->gunzip = new->gunzip;
	memcpy(stream->raw, new->raw, new->n_raw);
	stream->n_raw = new->n_raw;
	stream->bytes = new->bytes;
	stream->n = new->n;
	stream->room = new->room;
	stream->state = STREAM_OPEN;
	memcpy(stream->peer, new->peer, sizeof(stream->peer));
	new->fd = -1;
	new->bytes = NULL;
	new->n = new->room = new->n_raw = 0;
	new->gunzip = (struct gunzip){ .form = GUNZIP_UNKNOWN };
	if (!goes_on(stream)) {
		return false;
	}
	session_rejoin(stream->session);
	feed(stream, false);
	return goes_on(stream);
}

bool stream_may_return(const struct stream *stream)
{
	return stream->has_identity && goes_on(stream);
}

void stream_lose(struct stream *stream, uint64_t now_ms)
{
	connection_close(stream);
	stream->state = STREAM_LOST;
	stream->since_ms = now_ms;
}

void stream_discard(struct stream *stream)
{
	connection_close(stream);
	stream->state = STREAM_OVER;
	free(stream->bytes);
	stream->bytes = NULL;
	stream->n = stream->room = 0;
	gunzip_reset(&stream->gunzip);
}

void stream_end(struct stream *stream, bool is_stopped)
{
	stream->session->is_stopped = is_stopped;
	if (!is_stopped) {
		raw_end(stream);
		feed(stream, true);
	}
	session_end(stream->session);
	stream_discard(stream);
}

bool stream_is_nameless(const struct stream *stream)
{
	return !stream->session->decoder.has_preamble;
}

const char *stream_host(const struct stream *stream)
{
	const char *host = stream->session->decoder.preamble.host_name;
	return host && host[0] ? host : stream->peer;
}

size_t stream_memory(const struct stream *stream)
{
	return sizeof(*stream) + stream->room + stream->datagrams.n_bytes +
	       session_memory(stream->session);
}

static enum roll_state state_of(const struct session *session)
{
	const struct decoder *decoder = &session->decoder;
	if (decoder->damage.reason) {
		return ROLL_DAMAGED;
	}
	if (decoder->has_end) {
		return decoder->end_reason == WIRE_END_EXEC ? ROLL_EXEC : ROLL_ENDED;
	}
	return session->damage[0] ? ROLL_CUT : ROLL_RUNS;
}

struct roll_row stream_row(const struct stream *stream)
{
	const struct session *session = stream->session;
	const struct model *model = &session->model;
	return (struct roll_row){
		.name = stream->name,
		.host = (char *)(uintptr_t)stream_host(stream),
		.state = state_of(session),
		.has_leaks =
			model->has_exited || (session->has_slice && session_slice_is_over(session)),
		.parent_pid = session->decoder.preamble.parent_pid,
		.duration = model->last_time,
		.n_events = model->n_events,
		.n_lost = session_lost(session),
		.total = model->total,
	};
}
