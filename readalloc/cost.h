// SPDX-License-Identifier: GPL-3.0-or-later
// Costs that may be differences: then those that have become less are negative, as two's complement.
#ifndef READALLOC_COST_H
#define READALLOC_COST_H

#include <stdint.h>

#include "snapshot.h"

static inline uint64_t cost_magnitude(uint64_t cost)
{
	return (int64_t)cost < 0 ? -cost : cost;
}

// What shares are shares of: the total, or in a difference all that has changed, up or down.
uint64_t cost_whole(const struct snapshot *snapshot, enum cost_column column);

#endif
