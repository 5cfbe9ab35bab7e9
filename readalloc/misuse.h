// SPDX-License-Identifier: GPL-3.0-or-later
// Frees that are wrong: of a block freed before, by a function that does not go with the one that allocated it, or as one of a size
// that it has not.
#ifndef READALLOC_MISUSE_H
#define READALLOC_MISUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "snapshot.h"

enum {
	MISUSES_MAX = 64, // different ones that are kept
	FREED_BITS = 14,  // of the number of blocks remembered after they were freed
	CHARGE_UNKNOWN = UINT32_MAX,
};

// A block that was freed, at a hash of its address: later ones take the places of earlier ones.
struct freed_block {
	uint64_t addr;   // 0: none
	uint32_t charge; // CHARGE_UNKNOWN: it was never seen allocated, or does not count
	uint32_t seq;    // the low half of the number it was freed at
	uint32_t stack;  // of the free: a node, or STACK_UNKNOWN
	uint8_t kind;    // of the free
};

struct misuses {
	struct misuse list[MISUSES_MAX];
	uint32_t n;
	uint64_t n_double, n_mismatched; // also of those that found no room in the list
	struct freed_block *freed;       // 1 << FREED_BITS
};

void misuses_init(struct misuses *misuses);
void misuses_free(struct misuses *misuses);

// Forgets the wrong frees, and remembers which blocks were freed.
void misuses_forget(struct misuses *misuses);

// Whether a block that a function of the kind `allocator` made may be released by one of the kind `release`.
bool kinds_match(unsigned allocator, unsigned release);

// The block that a free releases.
struct misused_block {
	uint32_t charge;    // CHARGE_UNKNOWN: it does not count
	unsigned allocator; // enum wire_kind of the allocation
	uint64_t size;
	bool is_sure; // no event is missing since it was allocated
};

// Notes the free `event`, whose stack is the node `stack`, of the block.
void misuses_freed(struct misuses *misuses, const struct event *event, uint32_t stack,
		   const struct misused_block *block);

// Notes the free `event` of an address where no block is. True: one was, and was freed, after the event numbered
// `known_since`, since when no event is missing.
bool misuses_unmatched(struct misuses *misuses, const struct event *event, uint32_t stack,
		       uint64_t known_since);

#endif
