// SPDX-License-Identifier: LGPL-2.1-or-later
// The way out of the traced process: shared region, rings, relay and sink behind one door.
#define _GNU_SOURCE
#include "libdumpalloc/channel.h"

#include <errno.h>
#include <unistd.h>

#include "libdumpalloc/config.h"
#include "libdumpalloc/confine.h"
#include "libdumpalloc/elide.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/log.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/relay.h"
#include "libdumpalloc/relay_direct.h"
#include "libdumpalloc/ring.h"
#include "libdumpalloc/sink_loss.h"
#include "unwind/minimal.h"

enum {
	ACQUIRE_MS = 1000, // how long a new thread waits for the ring of one that has ended
	LOOK_MS = 100,
	UNDRAINED_MAX = 32 << 10, // half of the smallest ring
};

static bool is_fork_child;

bool channel_open(const struct config *config)
{
	// What opening a stream takes is tried, as any program may have to: a filter let this process begin.
	atomic_store(&confine_is_on, false);
	if (!region_open(config->buffer_size != 0 ? config->buffer_size : REGION_RING_SIZE)) {
		log_say(LOG_NO_MEMORY, "shared memory", "cannot be mapped",
			"the program runs untraced");
		return false;
	}
	region_current->drops_when_full = !IS_MINIMAL && config->drops_when_full;
	region_current->is_elided = DUMPALLOC_ELISION && config->elide_limit != 0;
	log_share();
	return true;
}

bool channel_start(const struct config *config, const uint8_t *preamble, size_t preamble_size,
		   void (*in_relay)(void))
{
	// A peer that one fork child could not reach would keep each of its siblings waiting as long.
	if (is_fork_child && config->sink == CONFIG_SINK_SERVER && log_has_said(LOG_NO_START))
		return false;
	return relay_start(config, is_fork_child, preamble, preamble_size, in_relay);
}

void channel_before_fork(void)
{
	static uint32_t seen;
	uint32_t at = atomic_load(&region_current->returned_at);

	if (!IS_MINIMAL && at != 0 && (at != seen || clock_ms() - at < SINK_LOSS_LATE_MS))
		log_forget(LOG_NO_START);
	seen = at;
	if (atomic_load(&region_current->relay) == RELAY_RUNNING)
		sink_loss_inherit(region_current->peer, region_current->peer_size,
				  atomic_load(&region_current->is_lost));
}

bool channel_is_filling(const struct ring *ring)
{
	return atomic_load_explicit(&region_current->relay, memory_order_relaxed) == RELAY_NONE &&
	       atomic_load_explicit(&ring->head, memory_order_relaxed) >= UNDRAINED_MAX;
}

bool channel_is_direct(void)
{
	return atomic_load_explicit(&region_current->relay, memory_order_relaxed) == RELAY_DIRECT;
}

bool channel_is_deferred(void)
{
	return !IS_MINIMAL &&
	       atomic_load_explicit(&region_current->relay, memory_order_relaxed) == RELAY_DEFERRED;
}

bool channel_is_broken(void)
{
	return atomic_load_explicit(&region_current->relay, memory_order_relaxed) == RELAY_BROKEN;
}

static void count_used(struct region *region, uint32_t i)
{
	uint32_t n_used = atomic_load_explicit(&region->n_rings_used, memory_order_relaxed);

	while (n_used <= i && !atomic_compare_exchange_weak(&region->n_rings_used, &n_used, i + 1))
		continue;
}

static struct ring *take_free_ring(struct region *region)
{
	for (uint32_t i = REGION_SHARED + 1; i < region->n_rings; i++) {
		struct ring *ring = &region->rings[i];
		uint32_t state = RING_FREE;
		if (atomic_load_explicit(&ring->state, memory_order_relaxed) != RING_FREE ||
		    !atomic_compare_exchange_strong(&ring->state, &state, RING_TAKEN))
			continue;
		if (!region_open_ring(i)) {
			atomic_store(&ring->state, RING_FREE);
			return NULL;
		}
		count_used(region, i);
		return ring;
	}
	return NULL;
}

static bool any_ring_is_released(const struct region *region)
{
	for (uint32_t i = 0; i < region->n_rings; i++) {
		if (atomic_load_explicit(&region->rings[i].state, memory_order_relaxed) ==
		    RING_RELEASED)
			return true;
	}
	return false;
}

struct ring *channel_ring_acquire(uint32_t *thread)
{
	struct region *region = region_current;
	uint32_t since = clock_ms();
	struct ring *ring;

	// A program of several threads is none of those that are over at once.
	if (channel_is_deferred() && atomic_load(&region->n_threads) > 0)
		relay_start_deferred();
	// Threads that come and go faster than their rings are drained wait for that.
	while ((ring = take_free_ring(region)) == NULL) {
		if (atomic_load(&region->relay) != RELAY_RUNNING || !any_ring_is_released(region) ||
		    clock_ms() - since >= ACQUIRE_MS)
			return NULL;
		uint32_t passes = atomic_load(&region->n_passes);
		relay_wake();
		futex_wait(&region->n_passes, passes, 1);
	}
	// Thread and index are read by the drainer only after the thread has published something.
	ring->thread = atomic_fetch_add(&region->n_threads, 1) + 1;
	ring->index = 0;
	ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	*thread = ring->thread;
	return ring;
}

bool channel_ring_share(struct ring *claim, uint32_t *thread)
{
	struct region *region = region_current;
	struct ring *shared = &region->rings[REGION_SHARED];

	if (DUMPALLOC_ELISION && region->is_elided)
		return false;
	futex_lock(&region->share_lock);
	bool is_open = region_open_ring(REGION_SHARED);
	if (is_open && atomic_load(&shared->state) == RING_FREE) {
		count_used(region, REGION_SHARED);
		atomic_store(&shared->state, RING_TAKEN);
	}
	futex_unlock(&region->share_lock);
	if (!is_open)
		return false;
	claim->size = 0;
	claim->thread = atomic_fetch_add(&region->n_threads, 1) + 1;
	claim->index = 0;
	*thread = claim->thread;
	return true;
}

void channel_ring_release(struct ring *ring)
{
	if (ring->size == 0)
		return;
	atomic_store_explicit(&ring->state, RING_RELEASED, memory_order_release);
	if (channel_is_direct())
		relay_direct_drain();
}

sequence_word channel_sequence_last(void)
{
	return atomic_load_explicit(&region_current->sequence, memory_order_relaxed);
}

void channel_rouse(void)
{
	if (atomic_load_explicit(&region_current->relay, memory_order_relaxed) == RELAY_RUNNING)
		relay_wake();
}

void channel_disturb(void)
{
	atomic_fetch_add(&region_current->pulse, REGION_DISTURBED);
}

void channel_count_lost(void)
{
	atomic_fetch_add_explicit(&region_current->n_lost, 1, memory_order_relaxed);
}

void channel_confine(void)
{
	if (channel_is_deferred())
		relay_start_deferred();
	atomic_store(&region_current->is_confined, 1);
	relay_wake(); // the last time
	atomic_store(&confine_is_on, true);
}

static bool is_drained(const struct region *region)
{
	uint32_t n = atomic_load(&region->n_rings_used);

	for (uint32_t i = 0; i < n; i++) {
		const struct ring *ring = &region->rings[i];
		if (atomic_load(&ring->head) != atomic_load(&ring->tail))
			return false;
	}
	// In this order: it is set before room is made in a ring.
	return !DUMPALLOC_ELISION || atomic_load(&region->is_held) == 0;
}

static bool may_be_drained(const struct region *region)
{
	uint32_t relay = atomic_load(&region->relay);

	return relay == RELAY_RUNNING ||
	       (relay == RELAY_STARTING && atomic_load(&region->is_late_start));
}

// Waits until all that is published now is with the sink, or for that long; `is_last`: until the relay has ended.
static void await_drained(struct region *region, unsigned timeout_ms, bool is_last)
{
	uint32_t since = clock_ms();
	uint32_t first = atomic_load(&region->n_passes);

	while (may_be_drained(region) && (is_last || !is_drained(region))) {
		uint32_t passes = atomic_load(&region->n_passes);
		uint32_t waited = clock_ms() - since;
		// The first of two passes may have begun before we came; other threads go on writing.
		if ((passes - first >= 2 && !is_last) || waited >= timeout_ms)
			break;
		relay_wake();
		uint32_t left = timeout_ms - waited;
		futex_wait(&region->n_passes, passes, left < LOOK_MS ? left : LOOK_MS);
		if (atomic_load(&region->n_passes) == passes)
			relay_check();
	}
}

void channel_drain(unsigned timeout_ms)
{
	struct region *region = region_current;
	int error = errno;

	if (channel_is_deferred())
		relay_open_deferred();
	// The kernel lets nobody outlive the first process of a PID namespace.
	bool is_last = getpid() == 1;
	atomic_store(&region->ending, is_last ? REGION_ENDS_NOW : REGION_ENDS);
	await_drained(region, timeout_ms, is_last);
	relay_check();
	// Perhaps only by now, where no relay could take the place of a killed one.
	if (channel_is_direct())
		relay_direct_end();
	errno = error;
}

bool channel_flush(unsigned timeout_ms)
{
	struct region *region = region_current;

	if (channel_is_deferred())
		relay_start_deferred();
	if (channel_is_direct())
		relay_direct_drain();
	atomic_fetch_add(&region->n_flushes, 1);
	await_drained(region, timeout_ms, false);
	atomic_fetch_sub(&region->n_flushes, 1);
	return is_drained(region) || channel_is_direct();
}

void channel_forget(void)
{
	int error = errno;

	if (region_current == NULL)
		return;
	relay_forget();
	// Where the region was hidden from us there is nothing to unmap, and its size is out of sight.
	region_forget();
	is_fork_child = true;
	errno = error;
}

bool channel_wipes_on_fork(void)
{
	return region_can_wipe_on_fork();
}

bool channel_is_emulated(void)
{
	return region_is_emulated();
}
