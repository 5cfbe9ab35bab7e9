// SPDX-License-Identifier: GPL-3.0-or-later
// The stacks of a snapshot as one tree of source-level frames.
#include "frame_tree.h"

#include <stdlib.h>

#include "cost.h"
#include "frames.h"
#include "index_table.h"
#include "util.h"

static uint32_t child_of(struct frame_tree *tree, struct index_table *index, uint32_t parent,
			 uint32_t frame)
{
	uint32_t hash = hash_pair(parent, frame), step = 0, at;
	while ((at = index_table_next(index, hash, &step)) != INDEX_NONE) {
		if (tree->nodes[at].parent == parent && tree->nodes[at].frame == frame) {
			return at;
		}
	}
	if (tree->n == tree->room) {
		tree->room = grown_capacity(tree->n, 0);
		tree->nodes = xrealloc(tree->nodes, tree->room, sizeof(*tree->nodes));
	}
	at = (uint32_t)tree->n++;
	tree->nodes[at] = (struct tree_node){
		.parent = parent, .frame = frame, .child = TREE_NONE, .next = TREE_NONE
	};
	index_table_add(index, hash, at);
	return at;
}

// Returns the node of the last frame.
static uint32_t charge_add(struct frame_tree *tree, struct index_table *index, const uint32_t *ids,
			   size_t n, enum tree_direction direction, const struct cost *cost,
			   enum cost_column column)
{
	uint32_t node = 0;
	uint64_t weight = cost_magnitude(cost->column[column]);
	cost_add(&tree->nodes[0].cost, cost);
	tree->nodes[0].weight += weight;
	for (size_t i = 0; i < n; i++) {
		node = child_of(tree, index, node, ids[direction == TREE_TOP_DOWN ? i : n - 1 - i]);
		cost_add(&tree->nodes[node].cost, cost);
		tree->nodes[node].weight += weight;
	}
	return node;
}

struct ranked {
	uint64_t weight;
	uint32_t parent, node;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *one = a, *two = b;
	if (one->parent != two->parent) {
		return one->parent < two->parent ? -1 : 1;
	}
	if (one->weight != two->weight) {
		return one->weight > two->weight ? -1 : 1;
	}
	return one->node < two->node ? -1 : one->node > two->node;
}

static void children_link(struct frame_tree *tree)
{
	struct ranked *ranked = xcalloc(tree->n, sizeof(*ranked));
	for (uint32_t i = 1; i < tree->n; i++) {
		const struct tree_node *node = &tree->nodes[i];
		ranked[i - 1] = (struct ranked){ node->weight, node->parent, i };
	}
	qsort(ranked, tree->n - 1, sizeof(*ranked), compare_ranked);
	for (size_t i = tree->n - 1; i-- > 0;) {
		struct tree_node *parent = &tree->nodes[ranked[i].parent];
		tree->nodes[ranked[i].node].next = parent->child;
		parent->child = ranked[i].node;
	}
	free(ranked);
}

struct frame_tree *frame_tree_new(struct frames *frames, const struct snapshot *snapshot,
				  enum tree_direction direction, enum cost_column column)
{
	struct frame_tree *tree = xcalloc(1, sizeof(*tree));
	struct index_table index = { 0 };
	(void)child_of(tree, &index, 0, TREE_NONE);
	tree->ends = xcalloc(snapshot->n_charges + 1, sizeof(*tree->ends));
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		size_t n;
		unsigned additions = direction == TREE_TOP_DOWN ? FRAMES_ALLOCATOR : FRAMES_PLAIN;
		const uint32_t *ids = frames_of(frames, snapshot, charge, additions, &n);
		tree->ends[i] = charge_add(tree, &index, ids, n, direction, &charge->cost, column);
	}
	index_table_free(&index);
	children_link(tree);
	return tree;
}

void frame_tree_sort(struct frame_tree *tree, struct row_key *keys, const struct row_sort *sort)
{
	rows_sort(keys, tree->n, sort);
	for (uint32_t i = 0; i < tree->n; i++) {
		tree->nodes[i].child = TREE_NONE;
	}
	for (size_t i = tree->n; i-- > 0;) {
		uint32_t node = keys[i].row;
		if (node != 0) {
			struct tree_node *parent = &tree->nodes[tree->nodes[node].parent];
			tree->nodes[node].next = parent->child;
			parent->child = node;
		}
	}
}

void frame_tree_free(struct frame_tree *tree)
{
	free(tree->nodes);
	free(tree->ends);
	free(tree);
}
