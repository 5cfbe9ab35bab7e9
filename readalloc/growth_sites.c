// SPDX-License-Identifier: GPL-3.0-or-later
// Growth that shows only when the stacks of one call site are put together, as those of a recursive function.
#include "growth_sites.h"

#include <stdbool.h>
#include <stdlib.h>

#include "culprit.h"
#include "growth.h"
#include "snapshot.h"
#include "timeline.h"
#include "timeline_map.h"
#include "util.h"

// The call sites of the charges, numbered in the order in which they come up.
struct places {
	uint32_t *of_charge; // CHARGE_HIDDEN: none, all of the stack is library
	struct place {
		double bytes;                // allocated there
		bool is_known;               // some charge grows by itself
		const struct growth *growth; // of all charges together; NULL: they do not grow
	} * list;
	size_t n;
};

static uint32_t site_of(const struct snapshot *snapshot, const bool *is_library, uint32_t stack)
{
	for (; stack != STACK_ROOT; stack = snapshot->nodes[stack].parent) {
		uint32_t site = snapshot->nodes[stack].site;
		if (!is_library[site]) {
			return site;
		}
	}
	return SITE_NONE;
}

static void places_init(struct places *places, const struct snapshot *snapshot)
{
	uint32_t *of_site = xcalloc(snapshot->n_sites + 1, sizeof(*of_site)); // + 1; 0: none yet
	bool *is_library = xcalloc(snapshot->n_sites + 1, sizeof(*is_library));
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		is_library[i] = culprit_is_library(snapshot->sites[i].module);
	}
	places->of_charge = xcalloc(snapshot->n_charges + 1, sizeof(*places->of_charge));
	places->list = xcalloc(snapshot->n_sites + 1, sizeof(*places->list));
	places->n = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint32_t site = site_of(snapshot, is_library, charge->stack);
		if (site == SITE_NONE) {
			places->of_charge[i] = CHARGE_HIDDEN;
			continue;
		}
		if (of_site[site] == 0) {
			of_site[site] = (uint32_t)++places->n;
		}
		places->of_charge[i] = of_site[site] - 1;
		places->list[of_site[site] - 1].bytes +=
			(double)charge->cost.column[COST_total_bytes];
	}
	free(is_library);
	free(of_site);
}

static void places_free(struct places *places)
{
	free(places->of_charge);
	free(places->list);
}

// Adds to the `n` that grow by themselves the charges of places that grow.
static struct growth *charges_add(struct growth *found, size_t *n, const struct places *places,
				  const struct snapshot *snapshot)
{
	size_t room = *n;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct place *place = places->of_charge[i] == CHARGE_HIDDEN
						    ? NULL
						    : &places->list[places->of_charge[i]];
		double bytes = (double)snapshot->charges[i].cost.column[COST_total_bytes];
		if (place == NULL || place->growth == NULL || place->is_known || bytes == 0) {
			continue;
		}
		if (*n == room) {
			room = grown_capacity(*n, 0);
			found = xrealloc(found, room, sizeof(*found));
		}
		found[*n] = *place->growth;
		found[*n].charge = (uint32_t)i;
		found[*n].slope *= bytes / place->bytes;
		found[*n].steps *= bytes / place->bytes;
		found[*n].from_bytes *= bytes / place->bytes;
		found[(*n)++].to_bytes *= bytes / place->bytes;
	}
	return found;
}

struct growth *growth_sites_find(const struct snapshot *snapshot, size_t *n)
{
	struct growth *found = growth_find(snapshot->timeline, snapshot->n_charges, n);
	struct places places;
	if (!growth_can_tell(snapshot->timeline)) {
		return found;
	}
	places_init(&places, snapshot);
	for (size_t i = 0; i < *n; i++) {
		uint32_t place = places.of_charge[found[i].charge];
		if (place != CHARGE_HIDDEN) {
			places.list[place].is_known = true;
		}
	}
	struct timeline *together = timeline_map(snapshot->timeline, places.of_charge, false);
	size_t n_growing;
	struct growth *growing = growth_find(together, places.n, &n_growing);
	for (size_t i = 0; i < n_growing; i++) {
		places.list[growing[i].charge].growth = &growing[i];
	}
	found = charges_add(found, n, &places, snapshot);
	free(growing);
	timeline_free(together);
	places_free(&places);
	return found;
}
