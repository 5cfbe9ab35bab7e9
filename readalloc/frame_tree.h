// SPDX-License-Identifier: GPL-3.0-or-later
// The stacks of a snapshot as one tree of source-level frames.
#ifndef READALLOC_FRAME_TREE_H
#define READALLOC_FRAME_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "row_order.h"
#include "snapshot.h"

struct frames;

enum { TREE_NONE = UINT32_MAX };

struct tree_node {
	uint32_t parent;  // smaller than the node's own index; nodes[0] is the root
	uint32_t frame;   // index into the frames' names; TREE_NONE for the root
	uint32_t child;   // the first; TREE_NONE
	uint32_t next;    // the next child of the same parent; TREE_NONE
	struct cost cost; // of all stacks that lead through the node
	uint64_t
		weight; // of one column, where what is less than in the base counts as much as what is more
};

struct frame_tree {
	struct tree_node *nodes;
	size_t n, room;
	uint32_t *ends; // of each charge of the snapshot: the node its stack ends at
};

enum tree_direction {
	TREE_TOP_DOWN,  // from the outermost frame to the allocator function
	TREE_BOTTOM_UP, // from the function that called the allocator to the outermost frame
};

// Children come in descending order of the weight, which is that of `column`.
struct frame_tree *frame_tree_new(struct frames *frames, const struct snapshot *snapshot,
				  enum tree_direction direction, enum cost_column column);
// Gives children another order; `keys` has one for each node, in their order, and is no more of use.
void frame_tree_sort(struct frame_tree *tree, struct row_key *keys, const struct row_sort *sort);

void frame_tree_free(struct frame_tree *tree);

#endif
