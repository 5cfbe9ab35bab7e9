// SPDX-License-Identifier: LGPL-2.1-or-later
// How much memory the program has: counted only where somebody asks, as each event then takes the slow way.
#ifndef LIBDUMPALLOC_USAGE_H
#define LIBDUMPALLOC_USAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "libdumpalloc/real.h"
#include "unwind/minimal.h"

struct dumpalloc_usage;

static inline bool usage_is_counted(void)
{
	return !IS_MINIMAL && atomic_load_explicit(&real.counts_usage, memory_order_relaxed);
}

// Counts from now on.
void usage_start(void);

// A block of `size` usable bytes has come, or goes. Any number of threads.
void usage_add(size_t size);
void usage_remove(size_t size);

void usage_get(struct dumpalloc_usage *usage);

#endif
