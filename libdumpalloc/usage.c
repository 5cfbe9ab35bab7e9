// SPDX-License-Identifier: LGPL-2.1-or-later
// How much memory the program has: counted only where somebody asks, as each event then takes the slow way.
#include "libdumpalloc/usage.h"

#include <stdint.h>

#define DUMPALLOC_LIBRARY
#include "libdumpalloc/dumpalloc.h"

// Signed: blocks from before counting began are only seen to go.
static _Atomic intptr_t n_bytes, n_blocks, peak_bytes;

void usage_start(void)
{
	atomic_store(&real.counts_usage, true);
}

void usage_add(size_t size)
{
	intptr_t now = atomic_fetch_add(&n_bytes, (intptr_t)size) + (intptr_t)size;
	intptr_t peak = atomic_load_explicit(&peak_bytes, memory_order_relaxed);

	atomic_fetch_add(&n_blocks, 1);
	while (now > peak && !atomic_compare_exchange_weak(&peak_bytes, &peak, now))
		continue;
}

void usage_remove(size_t size)
{
	atomic_fetch_sub(&n_bytes, (intptr_t)size);
	atomic_fetch_sub(&n_blocks, 1);
}

void usage_get(struct dumpalloc_usage *usage)
{
	usage->bytes = atomic_load_explicit(&n_bytes, memory_order_relaxed);
	usage->blocks = atomic_load_explicit(&n_blocks, memory_order_relaxed);
	usage->peak_bytes = atomic_load_explicit(&peak_bytes, memory_order_relaxed);
}
