// SPDX-License-Identifier: GPL-3.0-or-later
// Growth in ever larger and ever rarer steps, as that of a container which doubles its block when it is full; see growth.h.
#ifndef READALLOC_GROWTH_CONTAINER_H
#define READALLOC_GROWTH_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct growth;
struct growth_change;

// Whether the charge with these `n` changes grows so; the first `n_allocating` are those up to the last allocation, the timeline
// goes from `begin` to `end`. Fills in all but the charge.
bool growth_container_judge(struct growth *growth, const struct growth_change *changes, size_t n,
			    size_t n_allocating, uint64_t begin, uint64_t end);

#endif
