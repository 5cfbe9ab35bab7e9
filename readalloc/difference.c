// SPDX-License-Identifier: GPL-3.0-or-later
// The difference of two runs, or of two parts of one: a snapshot whose costs are those of one less those of the other.
#include "difference.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../libdumpalloc/wire.h"
#include "difference_keys.h"
#include "index_table.h"
#include "util.h"

struct difference_inside {
	struct site *sites;
	struct stack_node *nodes;
	struct charge *charges, *increases;
	struct cost *base_costs;
	struct variance *variances; // NULL: neither run is sampled
	uint32_t *keys;             // of the charges
	size_t n;
	struct index_table by_key;
};

static void cost_subtract(struct cost *from, const struct cost *cost)
{
	for (int i = 0; i < N_COSTS; i++) {
		from->column[i] -= cost->column[i];
	}
}

// The call sites and stacks of both, those of the base behind the others.
static void stacks_join(struct difference *difference, const struct snapshot *base)
{
	struct snapshot *snapshot = &difference->snapshot;
	struct difference_inside *inside = difference->inside;
	size_t n_sites = snapshot->n_sites, n_nodes = snapshot->n_nodes;
	inside->sites = xcalloc(n_sites + base->n_sites + 1, sizeof(*inside->sites));
	inside->nodes = xcalloc(n_nodes + base->n_nodes, sizeof(*inside->nodes));
	memcpy(inside->nodes, snapshot->nodes, n_nodes * sizeof(*inside->nodes));
	for (size_t i = 0; i < n_sites; i++) {
		inside->sites[i] = snapshot->sites[i];
	}
	for (size_t i = 0; i < base->n_sites; i++) {
		inside->sites[n_sites + i] = base->sites[i];
		inside->sites[n_sites + i].is_of_base = true;
	}
	// The root is one for both.
	for (size_t i = 1; i < base->n_nodes; i++) {
		struct stack_node node = base->nodes[i];
		node.parent += node.parent != STACK_ROOT ? (uint32_t)n_nodes - 1 : 0;
		node.site += (uint32_t)n_sites;
		inside->nodes[n_nodes - 1 + i] = node;
	}
	snapshot->sites = inside->sites;
	snapshot->n_sites = n_sites + base->n_sites;
	snapshot->nodes = inside->nodes;
	snapshot->n_nodes = n_nodes + base->n_nodes - 1;
}

// The charge of this key, kind and cut; with no costs if it is new, and then with that stack.
static size_t charge_find(struct difference_inside *inside, uint32_t key, const struct charge *like,
			  uint32_t stack)
{
	uint32_t hash = hash_pair(key, (uint64_t)like->kind << WIRE_CUT_BITS | like->cut);
	uint32_t step = 0, at;
	while ((at = index_table_next(&inside->by_key, hash, &step)) != INDEX_NONE) {
		const struct charge *known = &inside->charges[at];
		if (inside->keys[at] == key && known->kind == like->kind &&
		    known->cut == like->cut) {
			return at;
		}
	}
	inside->charges[inside->n] =
		(struct charge){ .stack = stack, .cut = like->cut, .kind = like->kind };
	inside->keys[inside->n] = key;
	index_table_add(&inside->by_key, hash, (uint32_t)inside->n);
	return inside->n++;
}

static void charges_join(struct difference *difference, const struct snapshot *now,
			 const uint32_t *now_keys, const struct snapshot *base,
			 const uint32_t *base_keys)
{
	struct difference_inside *inside = difference->inside;
	size_t room = now->n_charges + base->n_charges + 1;
	inside->charges = xcalloc(room, sizeof(*inside->charges));
	inside->base_costs = xcalloc(room, sizeof(*inside->base_costs));
	inside->keys = xcalloc(room, sizeof(*inside->keys));
	if (now->variances || base->variances) {
		inside->variances = xcalloc(room, sizeof(*inside->variances));
	}
	for (size_t i = 0; i < now->n_charges; i++) {
		const struct charge *charge = &now->charges[i];
		size_t at = charge_find(inside, now_keys[charge->stack], charge, charge->stack);
		cost_add(&inside->charges[at].cost, &charge->cost);
		if (now->variances) {
			variance_add(&inside->variances[at], &now->variances[i]);
		}
	}
	for (size_t i = 0; i < base->n_charges; i++) {
		const struct charge *charge = &base->charges[i];
		uint32_t stack = charge->stack != STACK_ROOT
					 ? charge->stack + (uint32_t)now->n_nodes - 1
					 : STACK_ROOT;
		size_t at = charge_find(inside, base_keys[charge->stack], charge, stack);
		cost_subtract(&inside->charges[at].cost, &charge->cost);
		cost_add(&inside->base_costs[at], &charge->cost);
		// Errors of both are in a difference.
		if (base->variances) {
			variance_add(&inside->variances[at], &base->variances[i]);
		}
	}
}

// Leaves out what has not changed at all.
static void charges_pack(struct difference *difference)
{
	struct difference_inside *inside = difference->inside;
	size_t n = 0;
	for (size_t i = 0; i < inside->n; i++) {
		if (!cost_is_zero(&inside->charges[i].cost)) {
			inside->charges[n] = inside->charges[i];
			if (inside->variances) {
				inside->variances[n] = inside->variances[i];
			}
			inside->base_costs[n++] = inside->base_costs[i];
		}
	}
	inside->n = n;
	difference->snapshot.charges = inside->charges;
	difference->snapshot.n_charges = n;
	difference->snapshot.variances = inside->variances;
	difference->snapshot.base_costs = inside->base_costs;
}

static void increases_find(struct difference *difference)
{
	struct difference_inside *inside = difference->inside;
	struct snapshot *increases = &difference->increases;
	*increases = difference->snapshot;
	increases->total = (struct cost){ .column = { 0 } };
	increases->total_variance = (struct variance){ 0 };
	inside->increases = xcalloc(inside->n + 1, sizeof(*inside->increases));
	for (size_t i = 0; i < inside->n; i++) {
		struct charge *charge = &inside->increases[i];
		*charge = inside->charges[i];
		for (int k = 0; k < N_COSTS; k++) {
			uint64_t *column = &charge->cost.column[k];
			*column = (int64_t)*column < 0 ? 0 : *column;
		}
		cost_add(&increases->total, &charge->cost);
		if (inside->variances) {
			variance_add(&increases->total_variance, &inside->variances[i]);
		}
	}
	increases->charges = inside->increases;
}

struct difference *difference_new(const struct snapshot *now, struct symbols *now_symbols,
				  const struct snapshot *base, struct symbols *base_symbols)
{
	struct difference *difference = xcalloc(1, sizeof(*difference));
	difference->inside = xcalloc(1, sizeof(*difference->inside));
	difference->snapshot = *now;
	difference->snapshot.base = base;
	if (difference->snapshot.sampling == 0) {
		difference->snapshot.sampling = base->sampling;
	}
	// Wrong frees are told of the run itself, and stand at charges that are not here.
	difference->snapshot.misuses = NULL;
	difference->snapshot.n_misuses = 0;
	difference->snapshot.strays = NULL;
	difference->snapshot.n_strays = 0;
	difference->snapshot.timeline = NULL;
	difference->snapshot.census = NULL;
	difference->snapshot.lives = NULL;
	difference->snapshot.live = NULL;
	uint32_t *now_keys, *base_keys;
	difference_keys_find(now, now_symbols, base, base_symbols, &now_keys, &base_keys);
	stacks_join(difference, base);
	charges_join(difference, now, now_keys, base, base_keys);
	charges_pack(difference);
	cost_subtract(&difference->snapshot.total, &base->total);
	variance_add(&difference->snapshot.total_variance, &base->total_variance);
	increases_find(difference);
	free(now_keys);
	free(base_keys);
	return difference;
}

void difference_free(struct difference *difference)
{
	if (difference == NULL) {
		return;
	}
	struct difference_inside *inside = difference->inside;
	index_table_free(&inside->by_key);
	free(inside->sites);
	free(inside->nodes);
	free(inside->charges);
	free(inside->increases);
	free(inside->base_costs);
	free(inside->variances);
	free(inside->keys);
	free(inside);
	free(difference);
}
