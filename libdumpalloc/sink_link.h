// SPDX-License-Identifier: LGPL-2.1-or-later
// A connection that is made again when it is lost: what the peer may lack is kept, and sent once more.
//
// Kept are the beginning of the stream, which a new peer needs, and of the rest the newest blocks: at least
// all that the kernel may have taken and not delivered. The whole of it goes over each new connection; a
// peer that was there before knows the stream by its id, and by their numbers which blocks it has.
#ifndef LIBDUMPALLOC_SINK_LINK_H
#define LIBDUMPALLOC_SINK_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct sink;

struct sink_link {
	struct sockaddr_storage address; // of the peer
	socklen_t address_size;
	int listener; // where peers connect; -1: the relay connects to the peer
	bool is_up;
	int error;             // why it is not
	unsigned n_unanswered; // packets and probes, when it was looked at last
	uint8_t *bytes;
	size_t size;
	size_t n_head;      // the beginning of the stream, which stays
	size_t n;           // bytes kept
	size_t n_sent;      // of them, over this connection
	size_t n_new;       // of them, over any: the peer has all but the last of these
	uint32_t since;     // when it came up, was lost, or was tried last
	unsigned pause_ms;  // between two tries
	unsigned n_writes;  // so far; counted for n_head
	unsigned n_returns; // how often it was lost and came up again
};

// Keeps up to `size` bytes of what goes through `sink`, which was just connected, listens, or waits for its peer. Without memory for
// that sink->link stays NULL: a lost connection is the end.
void sink_link_open(struct sink *sink, size_t size);

// As sink_write: all is sent, or kept to be sent; waits as long as neither can be.
bool sink_link_write(struct sink *sink, const struct iovec *parts, int n_parts);

// Whether `n` bytes can be written without waiting for a new connection.
bool sink_link_has_room(struct sink *sink, size_t n);

// The connection has held for a while: what is sent arrives, and counts as progress.
bool sink_link_is_steady(const struct sink *sink);

// The peer may be out of reach: the connection is lost, or more than one packet was not answered.
bool sink_link_is_doubtful(const struct sink *sink);

// Asks the peer for an answer, over and over until the connection is lost, if there is nothing under way that it has to answer.
void sink_link_probe(const struct sink *sink);
// It has answered something in the last `ms`, which began with sink_link_probe. Where the kernel does not say, it has after a while
// if nothing speaks against it.
bool sink_link_has_answered(const struct sink *sink, uint32_t ms);

// To be called now and then: sees whether the connection is lost, and makes it again, in steps that take
// no time.
void sink_link_tend(struct sink *sink);

// The same before the end; true: all is sent.
bool sink_link_flush(struct sink *sink);

#endif
