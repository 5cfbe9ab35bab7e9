// SPDX-License-Identifier: GPL-3.0-or-later
// The order of the calls of a profile, and their costs: some calls at a time, and one column after the other.
#include "callgrind_private.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

// Costs of so many calls are held, or of a sixth as many as there are nodes: 12 bytes for each.
enum { ROOM_MIN = 1 << 12, NODES_EACH = 6 };

// Of the profile whose calls are sorted: qsort has no argument for it.
static const struct profile *sorted;

static int compare_calls(const void *a, const void *b)
{
	const struct profile_call *one = &sorted->calls[*(const uint32_t *)a];
	const struct profile_call *two = &sorted->calls[*(const uint32_t *)b];
	if (one->file != two->file) {
		return strcmp(sorted->files[one->file], sorted->files[two->file]);
	}
	if (one->line != two->line) {
		return one->line < two->line ? -1 : 1;
	}
	return one->callee < two->callee ? -1 : one->callee > two->callee;
}

// Writes the indexes of the calls by caller. Returns where those of each begin, and those of the last end; the caller frees it.
static uint32_t *callers_sort(struct profile *profile)
{
	uint32_t *first = xcalloc(profile->n_functions + 2, sizeof(*first));
	for (size_t i = 0; i < profile->n_calls; i++) {
		first[profile->calls[i].caller + 2]++;
	}
	for (size_t i = 2; i < profile->n_functions + 2; i++) {
		first[i] += first[i - 1];
	}
	for (size_t i = 0; i < profile->n_calls; i++) {
		profile->order[first[profile->calls[i].caller + 1]++] = (uint32_t)i;
	}
	return first;
}

static void renumber(uint32_t *calls, size_t n, const uint32_t *numbers)
{
	for (size_t i = 0; i < n; i++) {
		calls[i] = calls[i] == CALL_NONE ? CALL_NONE : numbers[calls[i]];
	}
}

void profile_order(struct profile *profile)
{
	struct profile_inside *inside = profile->inside;
	profile->order = xcalloc(profile->n_calls, sizeof(*profile->order));
	uint32_t *first = callers_sort(profile);
	sorted = profile;
	for (size_t i = 0; i < profile->n_functions; i++) {
		qsort(profile->order + first[i], first[i + 1] - first[i], sizeof(*profile->order),
		      compare_calls);
	}
	free(first);
	uint32_t *numbers = xcalloc(profile->n_calls, sizeof(*numbers));
	for (size_t i = 0; i < profile->n_calls; i++) {
		numbers[profile->order[i]] = (uint32_t)i;
	}
	renumber(inside->of_nodes, inside->n_of_nodes, numbers);
	renumber(inside->of_charges, inside->snapshot->n_charges, numbers);
	renumber(inside->beginnings, inside->snapshot->n_charges, numbers);
	free(numbers);
}

size_t profile_costs_room(const struct profile *profile)
{
	size_t most = profile->inside->snapshot->n_nodes / NODES_EACH;
	most = most > ROOM_MIN ? most : ROOM_MIN;
	return profile->n_calls < most ? profile->n_calls : most;
}

// What is asked for: some calls, from number `first` on.
struct wanted {
	size_t first, n;
	struct cost *costs;
	unsigned column;
};

static inline void call_add(const struct wanted *wanted, uint32_t call, uint64_t value)
{
	size_t i = (size_t)call - wanted->first;
	if (i < wanted->n) {
		wanted->costs[i].column[wanted->column] += value;
	}
}

// Sums up the column of the nodes. False: all of it is 0.
static bool charges_add(const struct profile_inside *inside, const struct wanted *wanted)
{
	const struct snapshot *snapshot = inside->snapshot;
	uint64_t any = 0;
	memset(inside->below, 0, snapshot->n_nodes * sizeof(*inside->below));
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		uint64_t value = snapshot->charges[i].cost.column[wanted->column];
		inside->below[snapshot->charges[i].stack] += value;
		call_add(wanted, inside->of_charges[i], value);
		call_add(wanted, inside->beginnings[i], value);
		any |= value;
	}
	return any != 0;
}

static void nodes_add(const struct profile_inside *inside, const struct wanted *wanted)
{
	const struct snapshot *snapshot = inside->snapshot;
	const uint32_t *call = inside->of_nodes + inside->n_of_nodes;
	for (size_t i = snapshot->n_nodes; i-- > 1;) {
		const struct stack_node *node = &snapshot->nodes[i];
		uint64_t value = inside->below[i];
		size_t n = inside->first_place[node->site + 1] - inside->first_place[node->site];
		for (; n > 0; n--) {
			call_add(wanted, *--call, value);
		}
		inside->below[node->parent] += value;
	}
}

void profile_costs(const struct profile *profile, size_t first, size_t n, struct cost *costs)
{
	struct wanted wanted = { .first = first, .n = n, .costs = costs };
	memset(costs, 0, n * sizeof(*costs));
	for (; wanted.column < N_COSTS; wanted.column++) {
		if (charges_add(profile->inside, &wanted)) {
			nodes_add(profile->inside, &wanted);
		}
	}
}
