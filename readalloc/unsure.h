// SPDX-License-Identifier: GPL-3.0-or-later
// Live blocks that may have been released meanwhile, as events were lost after they were allocated.
#ifndef READALLOC_UNSURE_H
#define READALLOC_UNSURE_H

#include <stdbool.h>
#include <stdint.h>

struct live_block;
struct model;
struct snapshot;

struct unsure {
	uint64_t blocks, bytes;
};

// Tells `snapshot`, which is of `model` at this moment, since when none is. `is_sure_at_end`: no event is known to be lost after
// the newest one.
void unsure_show(const struct model *model, bool is_sure_at_end, struct snapshot *snapshot);

// Whether this one, which is live, may have been released.
bool unsure_is(const struct snapshot *snapshot, const struct live_block *block);

// How many of those that are seen each charge of the snapshot has. The caller frees.
struct unsure *unsure_of_charges(const struct snapshot *snapshot);

// Has the snapshot tell how many of those that are seen there are.
void unsure_count(struct snapshot *snapshot);

#endif
