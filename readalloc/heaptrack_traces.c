// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers that heaptrack's text format gives to call stacks.
#include "heaptrack_traces.h"

#include <stdlib.h>
#include <string.h>

#include "snapshot.h"
#include "util.h"

static void nodes_grow(struct heaptrack_traces *traces, size_t n_needed)
{
	size_t n = grown_densely(traces->n_nodes, n_needed);
	for (int way = 0; way < HEAPTRACK_WAYS; way++) {
		uint32_t **of = &traces->of[way];
		*of = xrealloc(*of, n, sizeof(**of));
		memset(*of + traces->n_nodes, 0, (n - traces->n_nodes) * sizeof(**of));
	}
	traces->n_nodes = n;
}

void heaptrack_traces_init(struct heaptrack_traces *traces)
{
	*traces = (struct heaptrack_traces){ .next = HEAPTRACK_FIRST };
	nodes_grow(traces, STACK_ROOT + 1);
	traces->of[HEAPTRACK_CUT][STACK_ROOT] = HEAPTRACK_CUT_ROOT;
}

void heaptrack_traces_free(struct heaptrack_traces *traces)
{
	free(traces->of[HEAPTRACK_WHOLE]);
	free(traces->of[HEAPTRACK_CUT]);
}

uint32_t heaptrack_traces_reach(struct heaptrack_traces *traces, const struct stack_node *nodes,
				const struct charge *charge)
{
	if (charge->stack == STACK_ROOT) {
		return HEAPTRACK_NO_STACK;
	}
	if (charge->stack >= traces->n_nodes) {
		nodes_grow(traces, (size_t)charge->stack + 1);
	}
	uint32_t *of = traces->of[charge->cut == WIRE_CUT_WHOLE ? HEAPTRACK_WHOLE : HEAPTRACK_CUT];
	uint32_t n = 0;
	for (uint32_t node = charge->stack; node != STACK_ROOT && of[node] == 0;
	     node = nodes[node].parent) {
		n++;
	}
	// The outermost of them has the least number.
	traces->next += n;
	uint32_t number = traces->next;
	for (uint32_t node = charge->stack; n != 0; n--, node = nodes[node].parent) {
		of[node] = --number;
	}
	return of[charge->stack];
}
