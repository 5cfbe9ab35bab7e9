// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of a snapshot's stacks and the calls between them, with one cost each.
#include "call_graph.h"

#include <stdlib.h>

#include "cost.h"
#include "frames.h"
#include "util.h"

static uint32_t element_find(struct graph_elements *elements, uint64_t a, uint64_t b,
			     uint32_t frame)
{
	uint32_t hash = hash_pair(a, b), step = 0, at;
	while ((at = index_table_next(&elements->index, hash, &step)) < elements->n) {
		if (elements->all[at].a == a && elements->all[at].b == b) {
			return at;
		}
	}
	if (elements->n == elements->room) {
		elements->room = grown_capacity(elements->n, 0);
		elements->all = xrealloc(elements->all, elements->room, sizeof(*elements->all));
	}
	elements->all[elements->n] = (struct graph_element){ .a = a, .b = b, .frame = frame };
	index_table_add(&elements->index, hash, (uint32_t)elements->n);
	return (uint32_t)elements->n++;
}

// What is in a stack more than once has its cost once.
static void element_charge(struct graph_element *element, size_t stack, uint64_t cost)
{
	if (element->seen != stack + 1) {
		element->seen = stack + 1;
		element->cost += cost;
		element->weight += cost_magnitude(cost);
	}
}

static void charge_stack(struct call_graph *graph, const struct frames *frames, const uint32_t *ids,
			 size_t n, size_t stack, uint64_t cost)
{
	uint32_t function = INDEX_NONE;
	for (size_t i = 0; i < n; i++) {
		const struct frame_name *name = &frames->names[ids[i]];
		uint32_t caller = function;
		function = element_find(&graph->functions, (uintptr_t)name->function,
					(uintptr_t)name->object, ids[i]);
		element_charge(&graph->functions.all[function], stack, cost);
		if (caller != INDEX_NONE) {
			uint32_t call = element_find(&graph->calls, caller, function, 0);
			element_charge(&graph->calls.all[call], stack, cost);
		}
	}
	if (function != INDEX_NONE) {
		graph->functions.all[function].self += cost;
		graph->functions.all[function].self_weight += cost_magnitude(cost);
	}
}

void call_graph_make(struct call_graph *graph, struct frames *frames,
		     const struct snapshot *snapshot, enum cost_column metric, unsigned additions)
{
	*graph = (struct call_graph){ 0 };
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint64_t cost = charge->cost.column[metric];
		if (cost != 0) {
			size_t n;
			const uint32_t *ids = frames_of(frames, snapshot, charge, additions, &n);
			charge_stack(graph, frames, ids, n, i, cost);
		}
	}
}

void call_graph_free(struct call_graph *graph)
{
	index_table_free(&graph->functions.index);
	index_table_free(&graph->calls.index);
	free(graph->functions.all);
	free(graph->calls.all);
}
