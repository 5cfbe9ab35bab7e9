// SPDX-License-Identifier: GPL-3.0-or-later
// Growth as the least live bytes of equal windows tell it; see growth.h.
#ifndef READALLOC_GROWTH_WINDOWS_H
#define READALLOC_GROWTH_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct growth;

// A state in which a charge changed: what it had at its end, and the least bytes live within.
struct growth_change {
	uint64_t time, live_bytes, live_blocks, total_bytes, total_blocks, least_bytes;
};

// The number of changes up to the last allocation.
size_t growth_allocating(const struct growth_change *changes, size_t n);

// Whether the charge with these changes, of which the last one has allocated, grows; the timeline goes from `begin` to `end`.
// Fills in all but the charge.
bool growth_windows_judge(struct growth *growth, const struct growth_change *changes, size_t n,
			  uint64_t begin, uint64_t end);

#endif
