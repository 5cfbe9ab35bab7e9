// SPDX-License-Identifier: LGPL-2.1-or-later
// A byte ring in shared memory: one thread of the traced process writes whole records, the relay reads them.
#ifndef LIBDUMPALLOC_RING_H
#define LIBDUMPALLOC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring; // lives in the shared region (region.h); its size is a power of two, at most WIRE_PAYLOAD_MAX

// Producer. Publishes `size` bytes (whole records) or, when false, nothing: the ring is full and
// the back-pressure policy says drop, or the relay is gone. May wait. Never allocates, keeps errno.
// `size` is at most half the ring.
bool ring_write(struct ring *ring, const void *bytes, size_t size);

// Producer. The ring is nearly full, and a write would not wait for that to change. To be asked when
// a write has failed, before the next is made ready.
bool ring_refuses(struct ring *ring);

#endif
