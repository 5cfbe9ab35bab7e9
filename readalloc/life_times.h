// SPDX-License-Identifier: GPL-3.0-or-later
// How long the blocks of each stack of a snapshot have lived.
#ifndef READALLOC_LIFE_TIMES_H
#define READALLOC_LIFE_TIMES_H

#include <stdint.h>

struct snapshot;

// Of one charge, microseconds.
struct life_time {
	uint64_t lifetime; // of all blocks that were released, together
	uint64_t age;      // of all that are live, together, up to the snapshot's end
	uint64_t oldest;   // of the one that is live longest
};

// Those of the snapshot's charges; NULL: they are not known (report.h, NEEDS_LIVES). The caller frees them.
struct life_time *life_times_new(const struct snapshot *snapshot);

#endif
