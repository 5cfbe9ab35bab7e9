// SPDX-License-Identifier: LGPL-2.1-or-later
// What elided allocations add up to, by stack, kind, size class and thread.
#define _GNU_SOURCE
#include "libdumpalloc/elide_sum.h"

#include <string.h>

#include "libdumpalloc/encoder.h"
#include "libdumpalloc/pages.h"

enum {
	NODES = sizeof(void *) > 4 ? 1 << 16 : 1 << 14,
	PLACES = 2 * NODES,
	MARK_SUM =
		0x80, // in `mark`: the node is no frame but a sum, of the stack that its parent ends
	KIND_BITS = 8,
	CUT_BITS = WIRE_CUT_BITS,
	CLASS_BITS = 7,
};

// A frame and all outside it, or a sum. Node 0 is what all stacks stand on.
struct node {
	uintptr_t pc; // of a sum: kind, cut and size class
	uint32_t parent;
	uint32_t mark; // enum unwind_how; of a sum: the thread beside MARK_SUM
	struct encoder_sum sum;
};

static struct table {
	uint32_t n; // nodes, the first among them
	uint32_t next;
	uint32_t places[PLACES]; // of nodes, by what they are; 0: free
	struct node nodes[NODES];
} * table;

bool elide_sum_start(void)
{
	table = pages_map(sizeof *table);
	if (table == NULL)
		return false;
	table->n = table->next = 1;
	return true;
}

static uint32_t intern(uint32_t parent, uintptr_t pc, uint32_t mark)
{
	uint32_t hash = ((uint32_t)pc ^ parent * 2246822519u ^ mark << 16) * 2654435769u;
	uint32_t i = hash ^ hash >> 15, n;

	for (;; i++) {
		n = table->places[i & (PLACES - 1)];
		if (n == 0)
			break;
		const struct node *node = &table->nodes[n];
		if (node->pc == pc && node->parent == parent && node->mark == mark)
			return n;
	}
	table->places[i & (PLACES - 1)] = table->n;
	table->nodes[table->n] = (struct node){ .pc = pc, .parent = parent, .mark = mark };
	return table->n++;
}

static unsigned class_of(size_t size)
{
	unsigned class = 0;

	for (; size != 0; size >>= 1)
		class ++;
	return class;
}

void elide_sum_add(const struct elide_pair *pair, struct elide_stack *stack)
{
	uint32_t node = stack->n_nodes != 0 ? stack->nodes[stack->n_nodes - 1] : 0;

	for (; stack->n_nodes < stack->depth; stack->n_nodes++) {
		size_t i = ENCODER_DEPTH_MAX - 1 - stack->n_nodes;
		node = intern(node, stack->pcs[i], stack->hows[i]);
		stack->nodes[stack->n_nodes] = node;
	}
	uintptr_t key = pair->kind | stack->cut << KIND_BITS |
			class_of(pair->size) << (KIND_BITS + CUT_BITS);
	struct encoder_sum *sum =
		&table->nodes[intern(node, key, pair->thread << 8 | MARK_SUM)].sum;
	sum->blocks++;
	sum->bytes += pair->size;
	sum->rounding += pair->usable - pair->size;
	sum->short_blocks += pair->is_short;
	if (pair->is_temporary) {
		sum->temporary_blocks++;
		sum->temporary_bytes += pair->size;
	}
}

bool elide_sum_is_full(void)
{
	return table->n > NODES - ENCODER_DEPTH_MAX - 2;
}

bool elide_sum_next(struct encoder *encoder, sequence_word seq)
{
	static uintptr_t pcs[ENCODER_DEPTH_MAX];
	static uint8_t hows[ENCODER_DEPTH_MAX];
	struct unwind_stack stack = { .pcs = pcs, .hows = hows };

	while (table->next < table->n && (table->nodes[table->next].mark & MARK_SUM) == 0)
		table->next++;
	if (table->next == table->n) {
		memset(table->places, 0, sizeof table->places);
		table->n = table->next = 1;
		return false;
	}
	struct node *node = &table->nodes[table->next++];
	for (uint32_t i = node->parent; i != 0; i = table->nodes[i].parent) {
		pcs[stack.n_pcs] = table->nodes[i].pc;
		hows[stack.n_pcs++] = (uint8_t)table->nodes[i].mark;
	}
	stack.cut = (enum unwind_cut)(node->pc >> KIND_BITS & ((1u << CUT_BITS) - 1));
	node->sum.thread = node->mark >> 8;
	node->sum.kind = (enum wire_kind)(node->pc & ((1u << KIND_BITS) - 1));
	encoder_sum(encoder, seq, &node->sum, &stack);
	return true;
}
