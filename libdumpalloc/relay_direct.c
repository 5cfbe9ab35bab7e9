// SPDX-License-Identifier: LGPL-2.1-or-later
// The sink in the traced process's own hands: for a moment at the start, or for good without a relay.
#define _GNU_SOURCE
#include "libdumpalloc/relay_direct.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "libdumpalloc/drain.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/quiet.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/relay.h"
#include "libdumpalloc/relay_main.h"
#include "libdumpalloc/sink.h"

enum { STALL_MS = 10000 };

static struct sink sink = { .fd = -1 };
static _Atomic uint32_t lock;

static bool may_wait(unsigned waited_ms)
{
	return waited_ms < STALL_MS;
}

bool relay_direct_open(struct relay_orders *orders)
{
	bool is_open = relay_open_sink(orders, &sink, may_wait, false);
	int error = errno;

	if (!is_open)
		sink_close(&sink);
	orders->sink = is_open ? &sink : NULL;
	errno = error;
	return is_open;
}

bool relay_direct_reopen(struct relay_orders *orders)
{
	if (orders->sink == NULL) {
		errno = EOPNOTSUPP;
		return false;
	}
	sink.may_wait = may_wait;
	if (atomic_load_explicit(&region_current->part, memory_order_relaxed) != sink.part) {
		sink.part = atomic_load_explicit(&region_current->part, memory_order_relaxed);
		sink.inode =
			atomic_load_explicit(&region_current->part_inode, memory_order_relaxed);
	}
	return sink_reopen(&sink,
			   atomic_load_explicit(&region_current->n_written, memory_order_relaxed));
}

void relay_direct_hand_over(void)
{
	sink_drop(&sink);
}

void relay_direct_forget(void)
{
	if (sink.fd >= 0 && sink_is_intact(&sink))
		sink_drop(&sink);
	sink.fd = -1;
	atomic_store(&lock, 0);
}

// With the lock held and all signals blocked. A descriptor the program has closed, and perhaps
// opened anew for something of its own, must not be written to.
static void drain_locked(struct region *region)
{
	bool has_moved = false;

	if (atomic_load(&region->relay) != RELAY_DIRECT)
		return;
	bool is_intact = sink_is_intact(&sink);
	if (is_intact && drain_rings(&sink, &has_moved))
		return;
	relay_report(sink.name.at, is_intact ? errno : EBADF);
	atomic_store(&region->relay, RELAY_BROKEN);
	if (is_intact) {
		drain_end(&sink, WIRE_END_SINK_FULL);
		sink_close(&sink);
	}
}

void relay_direct_drain(void)
{
	struct region *region = region_current;
	int error = errno;
	struct quiet quiet;

	quiet_begin(&quiet);
	futex_lock(&lock);
	drain_locked(region);
	futex_unlock(&lock);
	quiet_end(&quiet);
	if (atomic_load(&region->relay) == RELAY_BROKEN)
		relay_check();
	errno = error;
}

void relay_direct_end(void)
{
	struct region *region = region_current;
	struct quiet quiet;

	quiet_begin(&quiet);
	futex_lock(&lock);
	drain_locked(region);
	if (atomic_load(&region->relay) == RELAY_DIRECT) {
		drain_end(&sink, WIRE_END_PROCESS);
		sink_close(&sink);
		atomic_store(&region->relay, RELAY_BROKEN);
	}
	futex_unlock(&lock);
	quiet_end(&quiet);
	relay_check();
}
