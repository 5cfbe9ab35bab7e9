// SPDX-License-Identifier: GPL-3.0-or-later
// How far the frames that a walker found without tables hold, by the machine code of the files.
#include "stack_quality.h"

#include <stdlib.h>

#include "index_table.h"
#include "snapshot.h"
#include "symbols.h"
#include "util.h"

enum {
	NODE_TRUSTED = 1,  // a stack begins there, or leads there over good frames
	NODE_DOUBTFUL = 2, // the frame outside it is doubtful, or itself behind a doubtful one
};

// The walk over all stacks.
struct survey {
	struct stack_quality *quality;
	const struct snapshot *snapshot;
	struct symbols *symbols;
	uint8_t *nodes; // what is known of each
	struct index_table module_index;
	struct index_table seen_index; // pairs
	struct pair {
		uint32_t inner, outer; // sites
		uint8_t how;
	} * pairs;
	size_t n_pairs, pairs_room;
};

bool stack_quality_asks(unsigned how)
{
	return how == WIRE_HOW_SCAN || how == WIRE_HOW_FP;
}

static struct module_quality *module_find(struct survey *survey, const struct module *module)
{
	struct stack_quality *quality = survey->quality;
	uint32_t hash = hash_pair((uintptr_t)module, 0), step = 0, at;
	while ((at = index_table_next(&survey->module_index, hash, &step)) != INDEX_NONE) {
		if (quality->modules[at].module == module) {
			return &quality->modules[at];
		}
	}
	quality->modules =
		xrealloc(quality->modules, quality->n_modules + 1, sizeof(*quality->modules));
	index_table_add(&survey->module_index, hash, (uint32_t)quality->n_modules);
	struct module_quality *added = &quality->modules[quality->n_modules++];
	*added = (struct module_quality){ .module = module };
	return added;
}

// Whether the pair comes for the first time.
static bool pair_is_new(struct survey *survey, const struct pair *pair)
{
	uint32_t hash = hash_pair((uint64_t)pair->inner << 32 | pair->outer, pair->how);
	uint32_t step = 0, at;
	while ((at = index_table_next(&survey->seen_index, hash, &step)) != INDEX_NONE) {
		const struct pair *seen = &survey->pairs[at];
		if (seen->inner == pair->inner && seen->outer == pair->outer &&
		    seen->how == pair->how) {
			return false;
		}
	}
	if (survey->n_pairs == survey->pairs_room) {
		survey->pairs_room = grown_capacity(survey->n_pairs, 0);
		survey->pairs = xrealloc(survey->pairs, survey->pairs_room, sizeof(*pair));
	}
	index_table_add(&survey->seen_index, hash, (uint32_t)survey->n_pairs);
	survey->pairs[survey->n_pairs++] = *pair;
	return true;
}

// Looks at the frame outside that of node `i`. Whether it is good, as far as can be told.
static bool edge_look(struct survey *survey, uint32_t i)
{
	const struct snapshot *snapshot = survey->snapshot;
	const struct stack_node *node = &snapshot->nodes[i];
	const struct stack_node *outer = &snapshot->nodes[node->parent];
	if (!stack_quality_asks(outer->how)) {
		return true;
	}
	unsigned how = outer->how | (outer->parent == STACK_ROOT ? EDGE_OUTERMOST : 0);
	const struct site *inner_site = &snapshot->sites[node->site];
	enum edge_verdict verdict = call_edges_check(symbols_edges(survey->symbols), inner_site,
						     &snapshot->sites[outer->site], how);
	const struct pair pair = { node->site, outer->site, outer->how };
	if (pair_is_new(survey, &pair)) {
		module_find(survey, inner_site->module)->n[verdict]++;
		survey->quality->n[verdict]++;
	}
	return !edge_is_doubtful(verdict);
}

// From the innermost frames outward: inner nodes come behind outer ones.
static void nodes_look(struct survey *survey)
{
	const struct snapshot *snapshot = survey->snapshot;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		survey->nodes[snapshot->charges[i].stack] |= NODE_TRUSTED;
	}
	for (size_t i = snapshot->n_nodes; i-- > 1;) {
		uint32_t parent = snapshot->nodes[i].parent;
		if (parent == STACK_ROOT) {
			continue;
		}
		bool is_good =
			(survey->nodes[i] & NODE_TRUSTED) != 0 && edge_look(survey, (uint32_t)i);
		survey->nodes[i] |= is_good ? 0 : NODE_DOUBTFUL;
		survey->nodes[parent] |= is_good ? NODE_TRUSTED : 0;
	}
}

// Counts the allocations whose stack holds a doubtful frame. Outer nodes come first.
static void stacks_count(struct survey *survey)
{
	const struct snapshot *snapshot = survey->snapshot;
	struct stack_quality *quality = survey->quality;
	for (size_t i = 1; i < snapshot->n_nodes; i++) {
		survey->nodes[i] |= survey->nodes[snapshot->nodes[i].parent] & NODE_DOUBTFUL;
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint64_t n = charge->cost.column[COST_total_blocks];
		quality->n_stacks += n;
		quality->n_doubtful_stacks += survey->nodes[charge->stack] & NODE_DOUBTFUL ? n : 0;
	}
}

uint64_t quality_good(const uint64_t n[N_EDGE_VERDICTS])
{
	return n[EDGE_CONFIRMED] + n[EDGE_BEHIND_CALL];
}

uint64_t quality_told(const uint64_t n[N_EDGE_VERDICTS])
{
	return quality_good(n) + n[EDGE_NO_CALL] + n[EDGE_OTHER_FUNCTION] + n[EDGE_OTHER_RULE];
}

// The least share of good ones first, then the most.
static int compare_modules(const void *a, const void *b)
{
	const struct module_quality *one = a, *two = b;
	uint64_t told[] = { quality_told(one->n), quality_told(two->n) };
	uint64_t bad[] = { told[0] - quality_good(one->n), told[1] - quality_good(two->n) };
	// Far below 2^32, so that products fit.
	uint64_t left = bad[0] * (told[1] + 1), right = bad[1] * (told[0] + 1);
	if (left != right) {
		return left > right ? -1 : 1;
	}
	return told[0] > told[1] ? -1 : told[0] < told[1];
}

void stack_quality_find(struct stack_quality *quality, const struct snapshot *snapshot,
			struct symbols *symbols)
{
	// A view does not show the inner frames that others were found from.
	snapshot = snapshot->whole != NULL ? snapshot->whole : snapshot;
	struct survey survey = { .quality = quality, .snapshot = snapshot, .symbols = symbols };
	*quality = (struct stack_quality){ .modules = NULL };
	survey.nodes = xcalloc(snapshot->n_nodes + 1, sizeof(*survey.nodes));
	survey.pairs_room = grown_capacity(0, 0);
	survey.pairs = xcalloc(survey.pairs_room, sizeof(*survey.pairs));
	nodes_look(&survey);
	stacks_count(&survey);
	if (quality->n_modules != 0) {
		qsort(quality->modules, quality->n_modules, sizeof(*quality->modules),
		      compare_modules);
	}
	index_table_free(&survey.module_index);
	index_table_free(&survey.seen_index);
	free(survey.pairs);
	free(survey.nodes);
}

void stack_quality_free(struct stack_quality *quality)
{
	free(quality->modules);
	*quality = (struct stack_quality){ .modules = NULL };
}
