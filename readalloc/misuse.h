// SPDX-License-Identifier: GPL-3.0-or-later
// Frees that are wrong: of a block freed before, by a function that does not go with the one that allocated it, or as one of a size
// that it has not.
#ifndef READALLOC_MISUSE_H
#define READALLOC_MISUSE_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "live_table.h"
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

// The slow half of kinds_match: not both are C's.
bool kinds_match_seldom(unsigned allocator, unsigned release);

// Whether a block that a function of the kind `allocator` made may be released by one of the kind `release`.
static inline bool kinds_match(unsigned allocator, unsigned release)
{
	return (allocator == WIRE_KIND_MALLOC && release == WIRE_KIND_FREE) ||
	       kinds_match_seldom(allocator, release);
}

// The block that a free releases.
struct misused_block {
	uint32_t charge;    // CHARGE_UNKNOWN: it does not count
	unsigned allocator; // enum wire_kind of the allocation
	uint64_t size;
	uint32_t seq; // the low half of the number it was allocated at
};

// The slow half of misuses_freed: the free is wrong.
void misuses_wrong(struct misuses *misuses, const struct event *event, uint32_t stack,
		   const struct misused_block *block, bool is_match);

static inline struct freed_block *misuses_freed_at(struct misuses *misuses, uint64_t addr)
{
	return &misuses->freed[live_hash(addr) >> (64 - FREED_BITS)];
}

// Whether the free is told another size than the block has. What frees a block that the function which goes with it has
// made is told the size which that was asked for. Where events are missing it may be another block.
static inline bool misuses_has_wrong_size(const struct event *event,
					  const struct misused_block *block, uint64_t sure_since)
{
	return event->marks & EVENT_IS_TOLD && event->size != block->size &&
	       event->seq - (uint32_t)(event->seq - block->seq) >= sure_since &&
	       block->allocator != WIRE_KIND_NONE;
}

// Notes the free `event`, whose stack is the node `stack`, of the block; no event is known to be lost from the number
// `sure_since` on. Inline, as it is done for each.
static inline void misuses_freed(struct misuses *misuses, const struct event *event, uint32_t stack,
				 const struct misused_block *block, uint64_t sure_since)
{
	bool is_match = kinds_match(block->allocator, event->kind);
	*misuses_freed_at(misuses, event->addr) = (struct freed_block){
		.addr = event->addr,
		.charge = block->charge,
		.seq = (uint32_t)event->seq,
		.stack = stack,
		.kind = event->kind,
	};
	if (__builtin_expect(!is_match || misuses_has_wrong_size(event, block, sure_since), 0)) {
		const struct misused_block written =
			*block; // else it would be written down where it is not needed
		misuses_wrong(misuses, event, stack, &written, is_match);
	}
}

// Notes the free `event` of an address where no block is. True: one was, and was freed, after the event numbered
// `known_since`, since when no event is missing.
bool misuses_unmatched(struct misuses *misuses, const struct event *event, uint32_t stack,
		       uint64_t known_since);

#endif
