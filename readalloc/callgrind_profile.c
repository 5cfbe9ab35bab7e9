// SPDX-License-Identifier: GPL-3.0-or-later
// A snapshot as functions and the calls between them, each with exact costs: what a callgrind file holds.
#include "callgrind_private.h"

#include "../libdumpalloc/wire.h"
#include "site_name.h"
#include "text_store.h"
#include "util.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// The number of the call, which is not in order yet.
static uint32_t find_call(struct profile *profile, struct index_table *by_call,
			  struct profile_call wanted)
{
	struct profile_inside *inside = profile->inside;
	uint32_t hash = hash_pair(hash_pair(wanted.caller, wanted.callee),
				  (uint64_t)wanted.file << 32 | wanted.line);
	uint32_t step = 0, at;
	while ((at = index_table_next(by_call, hash, &step)) != INDEX_NONE) {
		const struct profile_call *call = &profile->calls[at];
		if (call->caller == wanted.caller && call->callee == wanted.callee &&
		    call->file == wanted.file && call->line == wanted.line) {
			return at;
		}
	}
	if (profile->n_calls == inside->calls_room) {
		inside->calls_room = grown_capacity(inside->calls_room, 0);
		profile->calls =
			xrealloc(profile->calls, inside->calls_room, sizeof(*profile->calls));
	}
	at = (uint32_t)profile->n_calls++;
	profile->calls[at] = wanted;
	index_table_add(by_call, hash, at);
	return at;
}

// How often the level-1 function stands in the stack of `node`.
static uint32_t count_in_stack(const struct profile *profile, const struct snapshot *snapshot,
			       uint32_t node, uint32_t function)
{
	const struct profile_inside *inside = profile->inside;
	uint32_t n = 0;
	for (; node != STACK_ROOT; node = snapshot->nodes[node].parent) {
		uint32_t site = snapshot->nodes[node].site;
		for (size_t i = inside->first_place[site]; i < inside->first_place[site + 1]; i++) {
			n += inside->places[i].function == function;
		}
	}
	return n;
}

static const struct place *innermost_place(const struct profile_inside *inside,
					   const struct snapshot *snapshot, uint32_t node)
{
	return &inside->places[inside->first_place[snapshot->nodes[node].site]];
}

// While the calls are found.
struct search {
	const struct snapshot *snapshot;
	struct index_table by_call;
	uint8_t *has_costs;  // a bit for each node: it has, or one below it
	uint32_t *innermost; // of each node: the function of its innermost frame, at its level
	uint32_t allocator_of_kind[UINT8_MAX + 1];
};

// Finds the call into `node` and those between the functions inlined there.
static void find_node(struct profile *profile, struct search *search, uint32_t node)
{
	struct profile_inside *inside = profile->inside;
	const struct snapshot *snapshot = search->snapshot;
	uint32_t parent = snapshot->nodes[node].parent, site = snapshot->nodes[node].site;
	size_t first = inside->first_place[site];
	uint32_t caller = parent == STACK_ROOT ? FUNCTION_NONE : search->innermost[parent];
	const struct place *from =
		parent == STACK_ROOT ? NULL : innermost_place(inside, snapshot, parent);
	for (size_t i = inside->first_place[site + 1]; i-- > first;) {
		const struct place *place = &inside->places[i];
		uint32_t level = 1 + count_in_stack(profile, snapshot, parent, place->function);
		for (size_t k = i + 1; k < inside->first_place[site + 1]; k++) {
			level += inside->places[k].function == place->function;
		}
		uint32_t function = profile_function_at(profile, place->function, level);
		inside->of_nodes[inside->n_of_nodes++] =
			caller == FUNCTION_NONE
				? CALL_NONE
				: find_call(profile, &search->by_call,
					    (struct profile_call){ caller, function, from->file,
								   from->line });
		caller = function;
		from = place;
	}
	search->innermost[node] = caller;
}

static uint32_t allocator_function(struct profile *profile, struct search *search, uint32_t kind)
{
	uint32_t *known = &search->allocator_of_kind[kind];
	if (*known == FUNCTION_NONE) {
		*known = profile_function_of(profile, HEAP_OBJECT, UNKNOWN_FILE, kind_name(kind));
	}
	return *known;
}

static void find_charge(struct profile *profile, struct search *search, size_t i)
{
	const struct charge *charge = &search->snapshot->charges[i];
	uint32_t leaf = allocator_function(profile, search, charge->kind);
	cost_add(&profile->functions[leaf].self, &charge->cost);
	if (charge->stack != STACK_ROOT) {
		const struct place *place =
			innermost_place(profile->inside, search->snapshot, charge->stack);
		profile->inside->of_charges[i] =
			find_call(profile, &search->by_call,
				  (struct profile_call){ search->innermost[charge->stack], leaf,
							 place->file, place->line });
	}
}

// The outermost function of a charge's stack; the allocator function where it is empty.
static uint32_t beginning(struct profile *profile, struct search *search,
			  const struct charge *charge)
{
	const struct snapshot *snapshot = search->snapshot;
	uint32_t node = charge->stack;
	if (node == STACK_ROOT) {
		return allocator_function(profile, search, charge->kind);
	}
	while (snapshot->nodes[node].parent != STACK_ROOT) {
		node = snapshot->nodes[node].parent;
	}
	const struct profile_inside *inside = profile->inside;
	return inside->places[inside->first_place[snapshot->nodes[node].site + 1] - 1].function;
}

// Stacks that were cut get a caller that says so. Another stack may begin with a function that is called
// in a third: it needs a caller too, or the sum of its incoming calls is not its cost.
static void find_beginnings(struct profile *profile, struct search *search)
{
	const struct snapshot *snapshot = search->snapshot;
	uint32_t unknown = profile_file(profile, UNKNOWN_FILE);
	uint8_t *is_called = xcalloc(snapshot->n_charges + profile->n_functions + 1, 1);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (snapshot->charges[i].cut != WIRE_CUT_WHOLE) {
			is_called[beginning(profile, search, &snapshot->charges[i])] = 1;
		}
	}
	for (size_t i = 0; i < profile->n_calls; i++) {
		is_called[profile->calls[i].callee] = 1;
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint32_t function = beginning(profile, search, charge);
		if (is_called[function] && !cost_is_zero(&charge->cost)) {
			const char *name =
				charge->cut != WIRE_CUT_WHOLE ? "(stack cut)" : "(stack begins)";
			uint32_t caller =
				profile_function_of(profile, UNKNOWN_FILE, UNKNOWN_FILE, name);
			profile->inside->beginnings[i] =
				find_call(profile, &search->by_call,
					  (struct profile_call){ caller, function, unknown, 0 });
		}
	}
	free(is_called);
}

// Which nodes have costs, or one below them has.
static void find_costs(struct search *search)
{
	const struct snapshot *snapshot = search->snapshot;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		uint32_t node = snapshot->charges[i].stack;
		if (cost_is_zero(&snapshot->charges[i].cost)) {
			continue;
		}
		for (; node != STACK_ROOT && !(search->has_costs[node / 8] >> node % 8 & 1);
		     node = snapshot->nodes[node].parent) {
			search->has_costs[node / 8] |= (uint8_t)(1u << node % 8);
		}
	}
}

// One after the other, as the calls of each node are to be found by those of all before it.
static void find_nodes(struct profile *profile, struct search *search)
{
	struct profile_inside *inside = profile->inside;
	const struct snapshot *snapshot = search->snapshot;
	size_t n = 0;
	for (size_t i = 1; i < snapshot->n_nodes; i++) {
		uint32_t site = snapshot->nodes[i].site;
		n += inside->first_place[site + 1] - inside->first_place[site];
	}
	inside->of_nodes = xcalloc(n, sizeof(*inside->of_nodes));
	for (uint32_t i = 1; i < snapshot->n_nodes; i++) {
		uint32_t site = snapshot->nodes[i].site;
		if (search->has_costs[i / 8] >> i % 8 & 1) {
			find_node(profile, search, i);
			continue;
		}
		for (n = inside->first_place[site + 1] - inside->first_place[site]; n > 0; n--) {
			inside->of_nodes[inside->n_of_nodes++] = CALL_NONE;
		}
	}
}

static uint32_t *calls_none(size_t n)
{
	uint32_t *calls = xcalloc(n, sizeof(*calls));
	memset(calls, 0xff, n * sizeof(*calls));
	return calls;
}

static void find_calls(struct profile *profile, const struct snapshot *snapshot)
{
	struct profile_inside *inside = profile->inside;
	struct search search = { .snapshot = snapshot };
	search.has_costs = xcalloc(snapshot->n_nodes / 8 + 1, 1);
	search.innermost = xcalloc(snapshot->n_nodes, sizeof(*search.innermost));
	memset(search.allocator_of_kind, 0xff, sizeof(search.allocator_of_kind));
	inside->of_charges = calls_none(snapshot->n_charges);
	inside->beginnings = calls_none(snapshot->n_charges);
	find_costs(&search);
	find_nodes(profile, &search);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (!cost_is_zero(&snapshot->charges[i].cost)) {
			find_charge(profile, &search, i);
		}
	}
	find_beginnings(profile, &search);
	free(search.has_costs);
	free(search.innermost);
	index_table_free(&search.by_call);
}

struct profile *profile_new(const struct snapshot *snapshot, struct symbols *symbols)
{
	struct profile *profile = xcalloc(1, sizeof(*profile));
	struct profile_inside *inside = profile->inside = xcalloc(1, sizeof(*inside));
	inside->snapshot = snapshot;
	inside->texts = text_store_new();
	profile_places(profile, snapshot, symbols);
	find_calls(profile, snapshot);
	profile_order(profile);
	inside->below = xcalloc(snapshot->n_nodes, sizeof(*inside->below));
	return profile;
}

void profile_free(struct profile *profile)
{
	struct profile_inside *inside = profile->inside;
	text_store_free(inside->texts);
	index_table_free(&inside->by_name);
	index_table_free(&inside->by_file);
	free(inside->places);
	free(inside->first_place);
	free(inside->of_nodes);
	free(inside->of_charges);
	free(inside->beginnings);
	free(inside->below);
	free(inside);
	free(profile->functions);
	free(profile->files);
	free(profile->calls);
	free(profile->order);
	free(profile);
}
