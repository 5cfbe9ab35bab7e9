// SPDX-License-Identifier: GPL-3.0-or-later
// Where the program's own mappings lie: their addresses in order, so that those which a range touches are found.
#ifndef READALLOC_MAPPINGS_H
#define READALLOC_MAPPINGS_H

#include <stddef.h>
#include <stdint.h>

struct mapping {
	uint64_t addr, size;
	uint32_t seq; // the low half of the number it was made at, as its live block has it
};

// No two of them overlap.
struct mappings {
	struct mapping *list;
	size_t n, room;
};

void mappings_free(struct mappings *mappings);

// Adds one that overlaps none.
void mappings_add(struct mappings *mappings, const struct mapping *mapping);

// The first of those that have something of the `size` bytes at `addr`; NULL: there are none. Valid until the next change.
struct mapping *mappings_find(struct mappings *mappings, uint64_t addr, uint64_t size);

// Removes one that mappings_find returned.
void mappings_remove(struct mappings *mappings, struct mapping *mapping);

#endif
