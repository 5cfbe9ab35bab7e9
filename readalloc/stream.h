// SPDX-License-Identifier: GPL-3.0-or-later
// One of many streams: its connection, its session, and what it is called.
#ifndef READALLOC_STREAM_H
#define READALLOC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "datagrams.h"
#include "gunzip.h"
#include "identity.h"
#include "roll.h"
#include "session.h"
#include "tcp.h"

enum stream_state {
	STREAM_NEW,  // it is not known yet which one it is
	STREAM_OPEN, // it is read
	STREAM_LOST, // the connection is over, and may be made again
	STREAM_OVER, // its reports may be written
};

struct stream {
	enum stream_state state;
	int fd; // -1: none
	char peer[TCP_NAME_SIZE];
	uint64_t since_ms; // when it connected, or was lost
	uint64_t n_due;    // bytes and an end that are to be read yet; UINT64_MAX: whatever comes
	bool has_identity;
	struct identity identity;
	struct session *session;
	char *name; // of its reports, without suffix; NULL: not known yet
	struct gunzip gunzip;
	uint8_t raw[GUNZIP_LEAST]; // read, and too few to make anything of
	size_t n_raw;
	uint8_t *bytes; // not used by the session yet
	size_t n, room;
	bool is_in_datagrams; // from here, and answered there
	struct sockaddr_storage from;
	socklen_t from_size;
	int from_fd; // borrowed
	struct datagrams datagrams;
};

// A stream that comes over `fd`, which it owns.
struct stream *stream_new(int fd, const char *peer, struct session *session, uint64_t now_ms);
void stream_free(struct stream *stream);

// Reads what has come; what it needs of memory more than before goes to `*n_read`, in bytes read. While the stream is
// new, nothing of it goes to the session. False: the connection is over, or need not be read on.
bool stream_read(struct stream *stream, size_t *n_read);

// From now on no more is to be read than what has arrived.
void stream_limit(struct stream *stream);

// Takes `n` bytes that have come otherwise. Answers as stream_read.
bool stream_take(struct stream *stream, const uint8_t *bytes, size_t n);

// So many bytes will not come: the stream goes on at some place behind them.
void stream_gap(struct stream *stream, uint64_t n);

// Of a new stream: whether what was read says which one it is, or that it has no id.
bool stream_identify(struct stream *stream);

// A new stream is one that nobody knows: it is open, and what was read goes to the session. Answers as stream_read.
bool stream_begin(struct stream *stream);

// The connection of `new`, which is the same stream, becomes that of `stream`, whose own is read to its end. The caller
// discards `new`. Answers as stream_read.
bool stream_join(struct stream *stream, struct stream *new, size_t *n_read);

// Whether a connection that is over may be made again.
bool stream_may_return(const struct stream *stream);

// Closes the connection; that of another may take its place.
void stream_lose(struct stream *stream, uint64_t now_ms);

// Closes the connection of a stream that is nobody's: its session has nothing and gets nothing.
void stream_discard(struct stream *stream);

// Closes the connection and ends the session; `is_stopped`: by the user, no end is to be expected.
void stream_end(struct stream *stream, bool is_stopped);

// Nothing is known of it, so it has no reports.
bool stream_is_nameless(const struct stream *stream);

// The device: its name for itself, or its address.
const char *stream_host(const struct stream *stream);

// The bytes of memory it holds, more or less.
size_t stream_memory(const struct stream *stream);

// Its row in the roll of all; the texts are the stream's.
struct roll_row stream_row(const struct stream *stream);

#endif
