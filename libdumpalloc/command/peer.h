// SPDX-License-Identifier: LGPL-2.1-or-later
// A peer on the loopback that takes one stream.
#ifndef LIBDUMPALLOC_COMMAND_PEER_H
#define LIBDUMPALLOC_COMMAND_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
	int listener;
	pthread_t thread;
	uint8_t *bytes; // the caller's
	size_t max, size;
	atomic_bool is_to_end; // no more is to be expected before long
};

// Listens at HOST:PORT, which is put into `address`, and reads up to `max` bytes of the first connection in a thread. False:
// errno says why.
bool peer_open(struct peer *peer, uint8_t *bytes, size_t max, char *address, size_t address_size);

// Waits, a few seconds at most, until the stream has ended; returns its size.
size_t peer_close(struct peer *peer);

#endif
