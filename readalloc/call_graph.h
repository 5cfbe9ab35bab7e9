// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of a snapshot's stacks and the calls between them, with one cost each.
#ifndef READALLOC_CALL_GRAPH_H
#define READALLOC_CALL_GRAPH_H

#include <stddef.h>
#include <stdint.h>

#include "index_table.h"
#include "snapshot.h"

struct frames;

// A function, or a call from one to another; `a` and `b` tell them apart: of a call the indexes of caller and called.
struct graph_element {
	uint64_t a, b;
	uint32_t frame; // of a function: one of its frames
	uint64_t cost;  // of all stacks it is in, in each of which it counts once
	uint64_t
		weight; // the same, where what is less than in the base counts as much as what is more
	uint64_t self, self_weight; // of a function: of the stacks it is the innermost of
	size_t seen;                // the last of these, plus 1
};

struct graph_elements {
	struct graph_element *all;
	size_t n, room;
	struct index_table index;
};

struct call_graph {
	struct graph_elements functions, calls;
};

// `additions`: enum frames_addition.
void call_graph_make(struct call_graph *graph, struct frames *frames,
		     const struct snapshot *snapshot, enum cost_column metric, unsigned additions);
void call_graph_free(struct call_graph *graph);

#endif
