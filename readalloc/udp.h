// SPDX-License-Identifier: GPL-3.0-or-later
// Streams that come in datagrams (FORMAT.md, section 11): which one each is of, and what is asked for again.
#ifndef READALLOC_UDP_H
#define READALLOC_UDP_H

#include <stdint.h>

struct crowd;

struct udp {
	uint64_t n_foreign;   // datagrams of no stream
	uint64_t answered_ms; // when a stream that is not known was asked for its beginning
};

// Takes what has come at the socket `fd`.
void udp_read(struct udp *udp, struct crowd *crowd, int fd);

// To be called after each round of reading, before crowd_tend: asks for what is missing, gives up what does not come,
// and ends streams that say nothing any more.
void udp_tend(struct crowd *crowd);

// How long there is nothing to tend, in milliseconds; -1: until something comes.
int udp_patience(const struct crowd *crowd);

// No more will come: what waits is taken.
void udp_end(const struct udp *udp, struct crowd *crowd);

#endif
