// SPDX-License-Identifier: GPL-3.0-or-later
// What callgrind_profile.c finds in a snapshot, and callgrind_costs.c adds up.
//
// A stream of ever-new stacks has a call for nearly every node, so that what is kept for each of them is small: numbers, and
// of costs one column for each node at a time.
#ifndef READALLOC_CALLGRIND_PRIVATE_H
#define READALLOC_CALLGRIND_PRIVATE_H

#include "callgrind_profile.h"
#include "index_table.h"

// One source-level frame of a site.
struct place {
	uint32_t function; // at level 1
	uint32_t file;     // of the line
	uint32_t line;
};

enum { CALL_NONE = UINT32_MAX };

struct profile_inside {
	const struct snapshot *snapshot;
	struct text_store *texts;
	struct index_table by_name, by_file;
	size_t functions_room, files_room, calls_room;
	// The frames of site i, innermost first: places[first_place[i]] up to first_place[i + 1].
	struct place *places;
	size_t *first_place;
	// The calls of each node one after the other, as many as its site has frames, from its outermost to its innermost;
	// CALL_NONE: it has no caller, or no costs. Once the calls are in order, their numbers in it.
	uint32_t *of_nodes;
	size_t n_of_nodes;
	// Of each charge: the call of the allocator function; and that of its stack's outermost function, or CALL_NONE.
	uint32_t *of_charges, *beginnings;
	uint64_t *below; // one column, of each node and all below it
};

// The number of the function, at level 1, of the file; the next one if it was not there.
uint32_t profile_function_of(struct profile *profile, const char *object, const char *file,
			     const char *name);
uint32_t profile_file(struct profile *profile, const char *file);

// The same function at a level further in.
uint32_t profile_function_at(struct profile *profile, uint32_t function, uint32_t level);

// Names all sites, and says which places they are.
void profile_places(struct profile *profile, const struct snapshot *snapshot,
		    struct symbols *symbols);

// Puts the calls in order.
void profile_order(struct profile *profile);

#endif
