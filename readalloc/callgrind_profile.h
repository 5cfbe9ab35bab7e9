// SPDX-License-Identifier: GPL-3.0-or-later
// A snapshot as functions and the calls between them, each with exact costs: what a callgrind file holds.
//
// Recursion. An allocation counts once for a function, however often it stands in the stack. Readers of
// callgrind files add up the costs of a function's incoming calls (callgrind_annotate) or of its outgoing
// ones (KCachegrind); both sums are right only if a stack passes through a function once. So, as callgrind
// itself does with --separate-recs, the second occurrence of f in a stack, counted from the outermost, is a
// function of its own, f'2, and so on: f has the cost of all stacks it stands in, f'2 of those in which it
// stands at least twice.
#ifndef READALLOC_CALLGRIND_PROFILE_H
#define READALLOC_CALLGRIND_PROFILE_H

#include "snapshot.h"

struct symbols;

// The object of the allocator functions, which are the leaves of all stacks and alone have self cost.
#define HEAP_OBJECT "[heap]"

// What the readers of callgrind files take for an unknown file or object.
#define UNKNOWN_FILE "???"

enum { FUNCTION_NONE = UINT32_MAX };

// Equal texts are equal pointers.
struct profile_function {
	const char *object, *file, *name;
	uint32_t level;      // 1, or how many times it stands in the stack with this one
	uint32_t next_level; // the same function one level further in; FUNCTION_NONE
	struct cost self;    // of the allocator functions alone
};

// All calls of one function to another from one line. There may be as many as there are nodes of stacks: their costs are added up
// when they are wanted (profile_costs).
struct profile_call {
	uint32_t caller, callee; // indexes into functions
	uint32_t file;           // of the line: index into files
	uint32_t line;           // 0 unknown
};

struct profile {
	struct profile_function *functions; // in the order of their first appearance
	size_t n_functions;
	const char **files; // equal texts have one number
	struct profile_call *calls;
	size_t n_calls;
	uint32_t *order; // indexes of the calls, by caller, file, line, callee
	struct profile_inside *inside;
};

struct profile *profile_new(const struct snapshot *snapshot, struct symbols *symbols);
// Of so many calls at most the costs can be had at a time.
size_t profile_costs_room(const struct profile *profile);

// The costs of the allocations made below the `n` calls from number `first` of the order on.
void profile_costs(const struct profile *profile, size_t first, size_t n, struct cost *costs);

void profile_free(struct profile *profile);

#endif
