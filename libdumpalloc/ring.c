// SPDX-License-Identifier: LGPL-2.1-or-later
// A byte ring in shared memory: one thread of the traced process writes whole records, the relay reads them.
#define _GNU_SOURCE
#include "libdumpalloc/ring.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "libdumpalloc/confine.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/relay.h"
#include "libdumpalloc/relay_direct.h"
#include "unwind/minimal.h"

enum {
	WAIT_MS = 100,  // between two looks whether the relay lives
	ROOM_SHARE = 4, // of a ring must be free before an event is tried again
	// RELAY_DEFERRED: when a relay is worth its price.
	DEFERRED_SIZE = 32 << 10,
	DEFERRED_MS = 1000,
};

static uint32_t room_at(struct ring *ring, uint32_t head)
{
	ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
	return ring->size - (head - ring->tail_seen);
}

// Whether waiting for the relay can help. Under RELAY_DIRECT the rings are drained already, unless
// another thread drains at this moment.
static bool can_wait(const struct region *region)
{
	uint32_t relay = atomic_load(&region->relay);

	if (relay != RELAY_RUNNING && relay != RELAY_DIRECT &&
	    !(relay == RELAY_STARTING &&
	      atomic_load_explicit(&region->is_late_start, memory_order_relaxed)))
		return false;
	return (IS_MINIMAL || !region->drops_when_full) &&
	       !atomic_load_explicit(&region->is_stalled, memory_order_relaxed);
}

// Who does not wait for a relay must notice some time that it is gone.
static void check_now_and_then(void)
{
	static _Atomic uint32_t checked_at;
	uint32_t now = clock_ms();

	if (now - atomic_load_explicit(&checked_at, memory_order_relaxed) < WAIT_MS)
		return;
	atomic_store_explicit(&checked_at, now, memory_order_relaxed);
	relay_check();
}

static bool wait_for_room(struct ring *ring, uint32_t head, uint32_t size)
{
	struct region *region = region_current;
	uint32_t progress = atomic_load_explicit(&region->progress, memory_order_relaxed);
	uint32_t since = clock_ms();

	if (atomic_load_explicit(&region->relay, memory_order_relaxed) == RELAY_RUNNING &&
	    can_wait(region)) {
		relay_wake();
		if (!confine_holds())
			sched_yield();
	}
	while (room_at(ring, head) < size) {
		if (!can_wait(region)) {
			check_now_and_then();
			return false;
		}
		if (atomic_load_explicit(&region->relay, memory_order_relaxed) == RELAY_DIRECT) {
			relay_direct_drain();
			if (room_at(ring, head) >= size)
				return true;
		}
		atomic_store(&ring->is_awaited, 1);
		uint32_t tail = atomic_load(&ring->tail);
		if (tail == ring->tail_seen)
			futex_wait(&ring->tail, tail, WAIT_MS);
		if (atomic_load_explicit(&region->progress, memory_order_relaxed) != progress) {
			progress = atomic_load_explicit(&region->progress, memory_order_relaxed);
			since = clock_ms();
		}
		if (atomic_load_explicit(&ring->tail, memory_order_relaxed) != tail)
			continue;
		relay_wake();
		relay_check();
		// Signed: the clock is another one, and behind, once the process is confined.
		if ((int32_t)(clock_ms() - since) >= (int32_t)region->stall_ms)
			atomic_store_explicit(&region->is_stalled, 1, memory_order_relaxed);
	}
	return true;
}

bool ring_refuses(struct ring *ring)
{
	if (ring->size == 0)
		ring = &region_current->rings[REGION_SHARED];

	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint32_t room =
		ring->size - (atomic_load_explicit(&ring->head, memory_order_relaxed) - tail);
	if (room >= ring->size / ROOM_SHARE || can_wait(region_current))
		return false;
	check_now_and_then();
	return true;
}

// The relay sleeps unless a ring is half full.
static void wake_at_half(struct ring *ring, uint32_t head)
{
	if (head - ring->tail_seen >= ring->size / 2 &&
	    ring->size - room_at(ring, head) >= ring->size / 2)
		relay_wake();
}

void ring_open(struct ring *ring, struct ring_window *window)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t at = head & (ring->size - 1), n;

	*window = (struct ring_window){ 0 };
	if (ring->size == 0 ||
	    atomic_load_explicit(&region_current->relay, memory_order_relaxed) != RELAY_RUNNING)
		return;
	wake_at_half(ring, head);
	n = ring->size - (head - ring->tail_seen);
	if (n > ring->size - at)
		n = ring->size - at;
	if (n > RING_WINDOW)
		n = RING_WINDOW;
	if (n <= RING_RECORD_MAX)
		return;
	window->at = window->start = ring->bytes + at;
	window->last = window->at + (n - RING_RECORD_MAX);
}

static void put(struct ring *ring, uint32_t at, const void *bytes, uint32_t n)
{
	at &= ring->size - 1;
	uint32_t before_end = ring->size - at;
	if (n <= before_end) {
		memcpy(ring->bytes + at, bytes, n);
	} else {
		memcpy(ring->bytes + at, bytes, before_end);
		memcpy(ring->bytes, (const uint8_t *)bytes + before_end, n - before_end);
	}
}

static bool has_room(struct ring *ring, uint32_t head, uint32_t n)
{
	if (ring->size - (head - ring->tail_seen) >= n || room_at(ring, head) >= n)
		return true;
	int error = errno;
	bool has_come = wait_for_room(ring, head, n);
	errno = error;
	return has_come;
}

static void publish(struct ring *ring, uint32_t head)
{
	atomic_store_explicit(&ring->head, head, memory_order_release);

	uint32_t relay = atomic_load_explicit(&region_current->relay, memory_order_relaxed);
	if (relay == RELAY_DIRECT) {
		relay_direct_drain();
	} else if (!IS_MINIMAL && relay == RELAY_DEFERRED) {
		if (head >= DEFERRED_SIZE || clock_ms() - region_current->opened_at >= DEFERRED_MS)
			relay_start_deferred();
	} else {
		wake_at_half(ring, head);
	}
}

// Into the ring of all threads without one.
static bool write_shared(struct ring *claim, const void *bytes, size_t n)
{
	struct region *region = region_current;
	struct ring *ring = &region->rings[REGION_SHARED];
	struct region_chunk chunk = { claim->thread, claim->index, (uint32_t)n };
	const uint32_t size = (uint32_t)(sizeof chunk + n);

	if (n > ring->size / 2 - sizeof chunk)
		return false;
	futex_lock(&region->share_lock);
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	bool is_written = has_room(ring, head, size);
	if (is_written) {
		put(ring, head, &chunk, sizeof chunk);
		put(ring, head + (uint32_t)sizeof chunk, bytes, (uint32_t)n);
		claim->index++;
		publish(ring, head + size);
	}
	futex_unlock(&region->share_lock);
	return is_written;
}

bool ring_write(struct ring *ring, const void *bytes, size_t size)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t n = (uint32_t)size;

	// One comparison for the ways out of the common one: 0 becomes the greatest number.
	if (size - 1 >= ring->size / 2)
		return size == 0 || (ring->size == 0 && write_shared(ring, bytes, size));
	if (!has_room(ring, head, n))
		return false;
	put(ring, head, bytes, n);
	publish(ring, head + n);
	return true;
}

void ring_pass(struct ring *ring, uint32_t tail)
{
	atomic_store(&ring->tail, tail);
	if (atomic_exchange(&ring->is_awaited, 0) != 0)
		futex_wake(&ring->tail);
}
