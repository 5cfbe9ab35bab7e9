// SPDX-License-Identifier: LGPL-2.1-or-later
// A byte ring in shared memory: one thread of the traced process writes whole records, the relay reads them.
#ifndef LIBDUMPALLOC_RING_H
#define LIBDUMPALLOC_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/region.h"

// struct ring lives in the shared region; its size is a power of two, at most WIRE_PAYLOAD_MAX.

// A stretch of a ring that its producer may fill at once. All zero: there is none.
struct ring_window {
	uint8_t *at;    // where the next record goes
	uint8_t *last;  // a record of RING_RECORD_MAX bytes may begin before here
	uint8_t *start; // `at` of the time it was opened
};

enum {
	RING_RECORD_MAX = 192,
	RING_WINDOW = 4096, // so many bytes later the producer looks at the state of things again
};

// Producer. Opens a window, which holds until the next ring_write. There may be none: at the end of
// the ring's memory, where the ring is full, without a relay.
void ring_open(struct ring *ring, struct ring_window *window);

// Producer. Publishes the window's bytes up to `end`, which are whole records.
static inline void ring_publish(struct ring *ring, struct ring_window *window, uint8_t *end)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	head += (uint32_t)(end - window->at);
	window->at = end;
	atomic_store_explicit(&ring->head, head, memory_order_release);
}

// Producer. Publishes `size` bytes (whole records) or, when false, nothing: the ring is full and
// the back-pressure policy says drop, or the relay is gone. May wait. Never allocates, keeps errno.
// `size` is at most half the ring.
bool ring_write(struct ring *ring, const void *bytes, size_t size);

// Drainer. There is room again up to `tail`, for whoever waits for it, too.
void ring_pass(struct ring *ring, uint32_t tail);

// Producer. The ring is nearly full, and a write would not wait for that to change. To be asked when
// a write has failed, before the next is made ready.
bool ring_refuses(struct ring *ring);

#endif
