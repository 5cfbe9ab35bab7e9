// SPDX-License-Identifier: GPL-3.0-or-later
// When and by which thread each live block was allocated, and how much of it can be used.
#ifndef READALLOC_BIRTHS_H
#define READALLOC_BIRTHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live_table.h"

struct birth {
	uint64_t time;  // microseconds
	uint64_t spare; // bytes beyond those asked for; 0 unknown
	uint32_t thread;
};

// The table of live blocks once more, other things in its slots: see births.c. Its memory is that of the model's.
struct births {
	struct live_table table;
};

void births_init(struct births *births);
void births_free(struct births *births);

// Adds the birth of a block that has none.
void births_add(struct births *births, uint64_t addr, const struct birth *birth);

// False: the block at `addr` is not known.
bool births_find(struct births *births, uint64_t addr, struct birth *birth);

// The same, and the block is forgotten.
bool births_take(struct births *births, uint64_t addr, struct birth *birth);

#endif
