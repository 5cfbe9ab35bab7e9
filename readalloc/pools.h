// SPDX-License-Identifier: GPL-3.0-or-later
// Allocators of the program's own (dumpalloc.h): what they have handed out, counted apart from all else.
#ifndef READALLOC_POOLS_H
#define READALLOC_POOLS_H

#include <stddef.h>
#include <stdint.h>

#include "live_table.h"

struct event;
struct note;

enum { POOL_NAMES_MAX = 256 }; // further names are counted together, under the last one

// All pools of one name.
struct pool_total {
	char *name;
	uint64_t n_pools, n_live_pools;
	uint64_t live_bytes, live_blocks;
	uint64_t peak_bytes; // the greatest of `live_bytes`
	uint64_t total_bytes, total_blocks;
	uint64_t n_unknown_frees;
};

struct pools {
	struct pool_total *totals;
	size_t n_totals, totals_room;
	struct live_table numbers; // of pools that are there: its `charge` is a position in `pools`
	struct pool {
		uint32_t total; // position in `totals`; UINT32_MAX: the slot is free
		uint32_t next_free;
		struct live_table blocks;
	} * pools;
	size_t n_pools, pools_room;
	uint32_t first_free; // UINT32_MAX: none
};

void pools_init(struct pools *pools);
void pools_free(struct pools *pools);

// Applies POOL and POOL_END, and the events of their blocks.
void pools_note(struct pools *pools, const struct note *note);
void pools_alloc(struct pools *pools, const struct event *event);
void pools_release(struct pools *pools, const struct event *event);

// Begins to count from here: the blocks there are do not count from now on, the pools do.
void pools_count_anew(struct pools *pools);

#endif
