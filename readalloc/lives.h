// SPDX-License-Identifier: GPL-3.0-or-later
// How long the blocks of each charge live and how much it held at most; and every live block's birth.
#ifndef READALLOC_LIVES_H
#define READALLOC_LIVES_H

#include <stddef.h>
#include <stdint.h>

#include "live_table.h"
#include "watcher.h"

struct charge_life {
	uint64_t lifetime;                // microseconds, of all released blocks together
	uint64_t most_bytes, most_blocks; // live when its bytes were most
};

struct lives {
	const struct live_table *live; // the model's, which keeps births
	struct charge_life *charges;
	size_t n_charges, charges_room;
	uint32_t *tids; // of each thread that allocated a block, the operating system's number
	size_t n_tids;
};

// Memory: 24 bytes for a charge; and the model's table grows by two thirds.
struct lives *lives_new(void);
void lives_free(struct lives *lives);
size_t lives_memory(const struct lives *lives);

// From now on the lives of `model`'s blocks are watched.
void lives_watch(struct lives *lives, struct model *model);

// Makes `charges` those of this moment.
void lives_settle(struct lives *lives, const struct model *model);

#endif
