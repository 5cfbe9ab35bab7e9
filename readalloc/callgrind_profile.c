// SPDX-License-Identifier: GPL-3.0-or-later
// A snapshot as functions and the calls between them, each with exact costs: what a callgrind file holds.
#include "callgrind_profile.h"

#include "../libdumpalloc/wire.h"
#include "index_table.h"
#include "site_name.h"
#include "snapshot_symbols.h"
#include "symbols.h"
#include "text_store.h"
#include "util.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// One source-level frame of a site.
struct place {
	uint32_t function; // at level 1
	const char *file;  // of the line
	uint32_t line;
};

struct profile_inside {
	struct text_store *texts;
	struct index_table by_name, by_call;
	size_t functions_capacity, calls_capacity;
	// The frames of site i, innermost first: places[first_place[i]] up to first_place[i + 1].
	struct place *places;
	size_t *first_place;
	// Of node i: the function of its innermost frame, at its level.
	uint32_t *innermost;
	struct cost *below; // inclusive costs of the nodes
};

static uint32_t add_function(struct profile *profile, const char *object, const char *file,
			     const char *name, uint32_t level)
{
	struct profile_inside *inside = profile->inside;
	if (profile->n_functions == inside->functions_capacity) {
		inside->functions_capacity =
			grown_capacity(inside->functions_capacity, profile->n_functions + 1);
		profile->functions = xrealloc(profile->functions, inside->functions_capacity,
					      sizeof(*profile->functions));
	}
	profile->functions[profile->n_functions] = (struct profile_function){
		.object = object,
		.file = file,
		.name = name,
		.level = level,
		.next_level = FUNCTION_NONE,
	};
	return (uint32_t)profile->n_functions++;
}

static uint32_t find_function(struct profile *profile, const char *object, const char *file,
			      const char *name)
{
	struct profile_inside *inside = profile->inside;
	object = text_store_keep(inside->texts, object);
	file = text_store_keep(inside->texts, file);
	name = text_store_keep(inside->texts, name);
	uint32_t hash = hash_pair(hash_pair((uintptr_t)object, (uintptr_t)file), (uintptr_t)name);
	uint32_t step = 0, at;
	while ((at = index_table_next(&inside->by_name, hash, &step)) != INDEX_NONE) {
		const struct profile_function *function = &profile->functions[at];
		if (function->object == object && function->file == file &&
		    function->name == name) {
			return at;
		}
	}
	at = add_function(profile, object, file, name, 1);
	index_table_add(&inside->by_name, hash, at);
	return at;
}

static uint32_t function_at_level(struct profile *profile, uint32_t function, uint32_t level)
{
	while (profile->functions[function].level < level) {
		struct profile_function *outer = &profile->functions[function];
		if (outer->next_level == FUNCTION_NONE) {
			uint32_t inner = add_function(profile, outer->object, outer->file,
						      outer->name, outer->level + 1);
			profile->functions[function].next_level = inner;
		}
		function = profile->functions[function].next_level;
	}
	return function;
}

static void add_call(struct profile *profile, uint32_t caller, uint32_t callee, const char *file,
		     uint32_t line, const struct cost *cost)
{
	struct profile_inside *inside = profile->inside;
	uint32_t hash = hash_pair(hash_pair(caller, callee), (uintptr_t)file ^ line);
	uint32_t step = 0, at;
	while ((at = index_table_next(&inside->by_call, hash, &step)) != INDEX_NONE) {
		struct profile_call *call = &profile->calls[at];
		if (call->caller == caller && call->callee == callee && call->file == file &&
		    call->line == line) {
			cost_add(&call->cost, cost);
			return;
		}
	}
	if (profile->n_calls == inside->calls_capacity) {
		inside->calls_capacity =
			grown_capacity(inside->calls_capacity, profile->n_calls + 1);
		profile->calls =
			xrealloc(profile->calls, inside->calls_capacity, sizeof(*profile->calls));
	}
	at = (uint32_t)profile->n_calls++;
	profile->calls[at] = (struct profile_call){ caller, callee, file, line, *cost };
	index_table_add(&inside->by_call, hash, at);
}

static struct place find_place(struct profile *profile, const struct site *site,
			       const struct symbol *symbol)
{
	const char *object = site->module != NULL ? site->module->path : NULL;
	char unknown[SITE_NAME_SIZE];
	site_name(site, unknown);
	const char *file = symbol->file != NULL ? symbol->file : UNKNOWN_FILE;
	return (struct place){
		find_function(profile, object != NULL && object[0] != '\0' ? object : UNKNOWN_FILE,
			      symbol->home != NULL ? symbol->home : file,
			      symbol->function != NULL ? symbol->function : unknown),
		text_store_keep(profile->inside->texts, file),
		symbol->line,
	};
}

static void find_places(struct profile *profile, const struct snapshot *snapshot,
			struct symbols *symbols)
{
	struct profile_inside *inside = profile->inside;
	snapshot_resolve(snapshot, symbols);

	size_t n = 0, capacity = 0;
	inside->first_place = xcalloc(snapshot->n_sites + 1, sizeof(*inside->first_place));
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		const struct site *site = &snapshot->sites[i];
		struct symbol_list list = symbols_find(symbols, site);
		if (n + list.n > capacity) {
			capacity = grown_capacity(capacity, n + list.n);
			inside->places =
				xrealloc(inside->places, capacity, sizeof(*inside->places));
		}
		for (size_t k = 0; k < list.n; k++) {
			inside->places[n++] = find_place(profile, site, &list.frames[k]);
		}
		inside->first_place[i + 1] = n;
	}
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

// Adds the call into `node` and those between the functions inlined there.
static void add_node(struct profile *profile, const struct snapshot *snapshot, uint32_t node)
{
	struct profile_inside *inside = profile->inside;
	uint32_t parent = snapshot->nodes[node].parent, site = snapshot->nodes[node].site;
	size_t first = inside->first_place[site];
	uint32_t caller = parent == STACK_ROOT ? FUNCTION_NONE : inside->innermost[parent];
	const struct place *from =
		parent == STACK_ROOT ? NULL : innermost_place(inside, snapshot, parent);
	for (size_t i = inside->first_place[site + 1]; i-- > first;) {
		const struct place *place = &inside->places[i];
		uint32_t level = 1 + count_in_stack(profile, snapshot, parent, place->function);
		for (size_t k = i + 1; k < inside->first_place[site + 1]; k++) {
			level += inside->places[k].function == place->function;
		}
		uint32_t function = function_at_level(profile, place->function, level);
		if (caller != FUNCTION_NONE) {
			add_call(profile, caller, function, from->file, from->line,
				 &inside->below[node]);
		}
		caller = function;
		from = place;
	}
	inside->innermost[node] = caller;
}

static uint32_t allocator_function(struct profile *profile, uint32_t kind)
{
	return find_function(profile, HEAP_OBJECT, UNKNOWN_FILE, kind_name(kind));
}

static void add_charge(struct profile *profile, const struct snapshot *snapshot,
		       const struct charge *charge)
{
	uint32_t leaf = allocator_function(profile, charge->kind);
	cost_add(&profile->functions[leaf].self, &charge->cost);
	if (charge->stack != STACK_ROOT) {
		const struct place *place =
			innermost_place(profile->inside, snapshot, charge->stack);
		add_call(profile, profile->inside->innermost[charge->stack], leaf, place->file,
			 place->line, &charge->cost);
	}
}

// The outermost function of a charge's stack; the allocator function where it is empty.
static uint32_t beginning(struct profile *profile, const struct snapshot *snapshot,
			  const struct charge *charge)
{
	uint32_t node = charge->stack;
	if (node == STACK_ROOT) {
		return allocator_function(profile, charge->kind);
	}
	while (snapshot->nodes[node].parent != STACK_ROOT) {
		node = snapshot->nodes[node].parent;
	}
	const struct profile_inside *inside = profile->inside;
	return inside->places[inside->first_place[snapshot->nodes[node].site + 1] - 1].function;
}

// Stacks that were cut get a caller that says so. Another stack may begin with a function that is called
// in a third: it needs a caller too, or the sum of its incoming calls is not its cost.
static void add_beginnings(struct profile *profile, const struct snapshot *snapshot)
{
	const char *unknown = text_store_keep(profile->inside->texts, UNKNOWN_FILE);
	uint8_t *is_called = xcalloc(snapshot->n_charges + profile->n_functions + 1, 1);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (snapshot->charges[i].cut != WIRE_CUT_WHOLE) {
			is_called[beginning(profile, snapshot, &snapshot->charges[i])] = 1;
		}
	}
	for (size_t i = 0; i < profile->n_calls; i++) {
		is_called[profile->calls[i].callee] = 1;
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint32_t function = beginning(profile, snapshot, charge);
		if (is_called[function] && !cost_is_zero(&charge->cost)) {
			const char *name =
				charge->cut != WIRE_CUT_WHOLE ? "(stack cut)" : "(stack begins)";
			uint32_t caller = find_function(profile, UNKNOWN_FILE, UNKNOWN_FILE, name);
			add_call(profile, caller, function, unknown, 0, &charge->cost);
		}
	}
	free(is_called);
}

static int compare_calls(const void *a, const void *b)
{
	const struct profile_call *one = a, *two = b;
	if (one->caller != two->caller) {
		return one->caller < two->caller ? -1 : 1;
	}
	if (one->file != two->file) {
		return strcmp(one->file, two->file);
	}
	if (one->line != two->line) {
		return one->line < two->line ? -1 : 1;
	}
	return one->callee < two->callee ? -1 : one->callee > two->callee;
}

struct profile *profile_new(const struct snapshot *snapshot, struct symbols *symbols)
{
	struct profile *profile = xcalloc(1, sizeof(*profile));
	struct profile_inside *inside = profile->inside = xcalloc(1, sizeof(*inside));
	inside->texts = text_store_new();
	find_places(profile, snapshot, symbols);

	inside->below = xcalloc(snapshot->n_nodes + 1, sizeof(*inside->below));
	inside->innermost = xcalloc(snapshot->n_nodes + 1, sizeof(*inside->innermost));
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		cost_add(&inside->below[snapshot->charges[i].stack], &snapshot->charges[i].cost);
	}
	for (size_t i = snapshot->n_nodes; i-- > 1;) {
		cost_add(&inside->below[snapshot->nodes[i].parent], &inside->below[i]);
	}
	for (uint32_t i = 1; i < snapshot->n_nodes; i++) {
		if (!cost_is_zero(&inside->below[i])) {
			add_node(profile, snapshot, i);
		}
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (!cost_is_zero(&snapshot->charges[i].cost)) {
			add_charge(profile, snapshot, &snapshot->charges[i]);
		}
	}
	add_beginnings(profile, snapshot);
	if (profile->n_calls > 0) {
		qsort(profile->calls, profile->n_calls, sizeof(*profile->calls), compare_calls);
	}
	return profile;
}

void profile_free(struct profile *profile)
{
	struct profile_inside *inside = profile->inside;
	text_store_free(inside->texts);
	index_table_free(&inside->by_name);
	index_table_free(&inside->by_call);
	free(inside->places);
	free(inside->first_place);
	free(inside->innermost);
	free(inside->below);
	free(inside);
	free(profile->functions);
	free(profile->calls);
	free(profile);
}
