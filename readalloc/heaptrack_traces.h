// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers that heaptrack's text format gives to call stacks.
#ifndef READALLOC_HEAPTRACK_TRACES_H
#define READALLOC_HEAPTRACK_TRACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct charge;
struct stack_node;

// Stacks that are whole, and such that are cut: these stand below a frame that says so.
enum { HEAPTRACK_WHOLE, HEAPTRACK_CUT, HEAPTRACK_WAYS };

// The first numbers: 0 is none.
enum { HEAPTRACK_NO_STACK = 1, HEAPTRACK_CUT_ROOT, HEAPTRACK_FIRST };

// A node that the stack of a charge passes gets a number when the first such charge is reached, after the node it was called
// from: so whoever reaches the charges in their order gives the same numbers.
struct heaptrack_traces {
	uint32_t *of[HEAPTRACK_WAYS]; // of each node; 0: none
	size_t n_nodes;               // that there is room for
	uint32_t next;
};

void heaptrack_traces_init(struct heaptrack_traces *traces);
void heaptrack_traces_free(struct heaptrack_traces *traces);

// The number of the charge's stack in the tree `nodes`.
uint32_t heaptrack_traces_reach(struct heaptrack_traces *traces, const struct stack_node *nodes,
				const struct charge *charge);

#endif
