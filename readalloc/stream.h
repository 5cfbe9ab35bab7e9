// SPDX-License-Identifier: GPL-3.0-or-later
// One of many streams: its connection, its session, and what it is called.
#ifndef READALLOC_STREAM_H
#define READALLOC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "roll.h"
#include "session.h"
#include "tcp.h"

struct stream {
	int fd; // -1: the connection is over
	char peer[TCP_NAME_SIZE];
	uint64_t since_ms; // when it connected
	struct session *session;
	char *name;     // of its reports, without suffix; NULL: not known yet
	uint8_t *bytes; // not used by the session yet
	size_t n, room;
};

// A stream that comes over `fd`, which it owns.
struct stream *stream_new(int fd, const char *peer, struct session *session, uint64_t now_ms);
void stream_free(struct stream *stream);

// Reads what has come, and gives it to the session; what it needs of memory more than before goes to `*n_read`,
// in bytes read. False: the connection is over, or need not be read on.
bool stream_read(struct stream *stream, size_t *n_read);

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
