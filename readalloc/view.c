// SPDX-License-Identifier: GPL-3.0-or-later
// What is seen of a snapshot: a snapshot made of another, without what filters and suppressions hide, and with
// costs at the callers of wrappers. All reports show it without knowing.
#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libdumpalloc/wire.h"
#include "ages.h"
#include "census.h"
#include "index_table.h"
#include "life_filter.h"
#include "site_name.h"
#include "snapshot_symbols.h"
#include "symbols.h"
#include "text_buffer.h"
#include "timeline.h"
#include "timeline_map.h"
#include "unsure.h"
#include "util.h"

// What the view owns; NULL where the whole snapshot's serves.
struct view_inside {
	struct site *sites;
	struct stack_node *nodes;
	// With charge_of and live_of; NULL where all charges are seen as they are.
	struct charge *charges;
	struct variance *variances; // NULL where there are none
	struct misuse *misuses;
	struct suppressed *suppressed;
	uint32_t *
		charge_of; // of the whole's charge i: the index of the one that it is part of, or CHARGE_HIDDEN
	uint32_t *
		live_of; // the same for its live blocks: hidden too where a suppression hides leaks
	bool hides;      // charges that have costs
	size_t n_charges; // of the whole
	struct timeline *timeline;
	struct census *census;
	char *text;
	struct index_table by_node, by_charge;
};

void view_settings_free(struct view_settings *settings)
{
	filters_free(&settings->filters);
	wrappers_free(&settings->wrappers);
	suppressions_free(&settings->suppressions);
}

// The slice and the conditions in one line; NULL: there are none.
static char *view_text(const struct snapshot_slice *slice, const struct filters *filters)
{
	if (slice == NULL && filters->n == 0) {
		return NULL;
	}
	struct text_buffer text;
	FILE *out = text_buffer_open(&text);
	fputs(slice != NULL ? slice->text : "", out);
	for (size_t i = 0; i < filters->n; i++) {
		fprintf(out, "%s%s %s", i != 0 || slice != NULL ? ", " : "",
			filters->list[i].is_exclude ? "without" : "only", filters->list[i].text);
	}
	return text_buffer_close(&text);
}

// Of each node the filters that match its frames or those outside of it. The caller frees it.
static uint64_t *nodes_match(const struct snapshot *snapshot, struct symbols *symbols,
			     const struct filters *filters)
{
	uint64_t *of_site = xcalloc(snapshot->n_sites + 1, sizeof(*of_site));
	uint64_t *of_node = xcalloc(snapshot->n_nodes, sizeof(*of_node));
	snapshot_resolve(snapshot, symbols);
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		const struct site *site = &snapshot->sites[i];
		of_site[i] = filters_of_site(filters, site, symbols_find(symbols, site));
	}
	for (size_t i = 1; i < snapshot->n_nodes; i++) {
		const struct stack_node *node = &snapshot->nodes[i];
		of_node[i] = of_node[node->parent] | of_site[node->site];
	}
	free(of_site);
	return of_node;
}

// The charges become the view's own, so that they can be changed and hidden.
static void charges_own(struct view *view)
{
	const struct snapshot *snapshot = &view->snapshot;
	struct view_inside *inside = view->inside;
	size_t n = snapshot->n_charges;
	if (inside->charges != NULL) {
		return;
	}
	inside->charges = xcalloc(n + 1, sizeof(*inside->charges));
	inside->charge_of = xcalloc(n + 1, sizeof(*inside->charge_of));
	inside->live_of = xcalloc(n + 1, sizeof(*inside->live_of));
	if (n != 0) {
		memcpy(inside->charges, snapshot->charges, n * sizeof(*inside->charges));
	}
	if (snapshot->variances != NULL) {
		inside->variances = xcalloc(n + 1, sizeof(*inside->variances));
		for (size_t i = 0; i < n; i++) {
			inside->variances[i] = snapshot->variances[i];
		}
	}
}

// Says of each charge that is not to be seen that it is hidden.
static void charges_filter(struct view *view, struct symbols *symbols,
			   const struct filters *filters)
{
	const struct snapshot *snapshot = &view->snapshot;
	uint64_t *of_node = nodes_match(snapshot, symbols, filters);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		uint64_t bits = of_node[charge->stack] |
				filters_of_text(filters, FILTER_KIND, kind_name(charge->kind));
		if (!filters_pass(filters, bits, FILTER_STACK_KEYS)) {
			view->inside->charge_of[i] = CHARGE_HIDDEN;
			view->inside->hides = true;
		}
	}
	free(of_node);
}

// Hides what has no costs, as most of what was allocated before a slice, but for what was freed wrongly.
static void charges_drop_idle(struct view *view)
{
	const struct snapshot *snapshot = &view->snapshot;
	bool *is_misused = xcalloc(snapshot->n_charges + 1, sizeof(*is_misused));
	for (uint32_t i = 0; i < snapshot->n_misuses; i++) {
		if (snapshot->misuses[i].charge < snapshot->n_charges) {
			is_misused[snapshot->misuses[i].charge] = true;
		}
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (!is_misused[i] && cost_is_zero(&snapshot->charges[i].cost)) {
			view->inside->charge_of[i] = CHARGE_HIDDEN;
		}
	}
	free(is_misused);
}

// Takes the blocks that are not of the age to be seen out of what is live.
static void live_filter(struct view *view, const struct filters *filters)
{
	struct snapshot *snapshot = &view->snapshot;
	struct view_inside *inside = view->inside;
	struct variance *variances = NULL;
	if (inside->variances != NULL) {
		variances = xcalloc(snapshot->n_charges + 1, sizeof(*variances));
	}
	snapshot->ages = filters;
	struct cost *hidden = ages_hidden(snapshot, variances);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		struct cost *cost = &inside->charges[i].cost;
		cost->column[COST_live_bytes] -= hidden[i].column[COST_live_bytes];
		cost->column[COST_live_blocks] -= hidden[i].column[COST_live_blocks];
		if (variances != NULL) {
			inside->variances[i].live -= variances[i].live;
		}
	}
	free(variances);
	free(hidden);
}

// Takes the blocks that did not live as long as those to be seen out of all costs.
static void lives_filter(struct view *view)
{
	struct snapshot *snapshot = &view->snapshot;
	struct view_inside *inside = view->inside;
	struct variance *variances = NULL;
	if (inside->variances != NULL) {
		variances = xcalloc(snapshot->n_charges + 1, sizeof(*variances));
	}
	bool hides_live = !life_filter_admits_live(snapshot->life_filter);
	struct cost *hidden = life_filter_hidden(snapshot->life_filter, snapshot, variances);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		struct cost *cost = &inside->charges[i].cost;
		// A mapping that was cut was made as one block, and each piece is released as one.
		bool may_be_less = charge_is_mapping(&inside->charges[i]);
		for (int column = 0; column < N_COSTS; column++) {
			uint64_t hides = hidden[i].column[column], all = cost->column[column];
			cost->column[column] = may_be_less && hides > all ? 0 : all - hides;
		}
		if (variances != NULL) {
			inside->variances[i].live -= variances[i].live;
			inside->variances[i].total -= variances[i].total;
		}
		if (hides_live) {
			inside->live_of[i] = CHARGE_HIDDEN;
		}
		if (cost_is_zero(cost)) {
			inside->charge_of[i] = CHARGE_HIDDEN;
		}
	}
	free(variances);
	free(hidden);
}

// Takes what is suppressed out of the leaks, and lists it.
static void leaks_suppress(struct view *view, struct symbols *symbols,
			   const struct suppressions *suppressions)
{
	struct snapshot *snapshot = &view->snapshot;
	struct view_inside *inside = view->inside;
	snapshot_resolve(snapshot, symbols);
	uint32_t *of_nodes = suppressions_of_nodes(suppressions, snapshot, symbols);
	inside->suppressed = xcalloc(suppressions->n, sizeof(*inside->suppressed));
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		uint64_t *column = inside->charges[i].cost.column;
		if (column[COST_live_blocks] == 0 || inside->charge_of[i] == CHARGE_HIDDEN) {
			continue;
		}
		uint32_t at = suppressions_match(suppressions, of_nodes, snapshot, symbols,
						 &inside->charges[i]);
		if (at != SUPPRESSION_NONE) {
			inside->suppressed[at].bytes += column[COST_live_bytes];
			inside->suppressed[at].blocks += column[COST_live_blocks];
			inside->suppressed[at].stacks++;
			column[COST_live_bytes] = column[COST_live_blocks] = 0;
			if (inside->variances != NULL) {
				inside->variances[i].live = 0;
			}
			inside->live_of[i] = CHARGE_HIDDEN;
		}
	}
	free(of_nodes);
	for (size_t i = 0; i < suppressions->n; i++) {
		if (inside->suppressed[i].stacks != 0) {
			inside->suppressed[i].name = suppressions->list[i].name;
			inside->suppressed[snapshot->n_suppressed++] = inside->suppressed[i];
		}
	}
	snapshot->suppressed = inside->suppressed;
}

// The nodes and sites become the view's own, with room for one more of each for every charge.
static void nodes_own(struct view *view)
{
	struct snapshot *snapshot = &view->snapshot;
	struct view_inside *inside = view->inside;
	if (inside->nodes != NULL) {
		return;
	}
	inside->nodes = xcalloc(snapshot->n_nodes + snapshot->n_charges, sizeof(*inside->nodes));
	memcpy(inside->nodes, snapshot->nodes, snapshot->n_nodes * sizeof(*inside->nodes));
	inside->sites = xcalloc(snapshot->n_sites + snapshot->n_charges, sizeof(*inside->sites));
	if (snapshot->n_sites != 0) {
		memcpy(inside->sites, snapshot->sites, snapshot->n_sites * sizeof(*inside->sites));
	}
	snapshot->nodes = inside->nodes;
	snapshot->sites = inside->sites;
}

// The node like `of`, but without the innermost `n_hidden` frames of its site.
static uint32_t node_bared(struct view *view, uint32_t of, uint8_t n_hidden)
{
	struct snapshot *snapshot = &view->snapshot;
	struct view_inside *inside = view->inside;
	nodes_own(view);
	struct stack_node node = inside->nodes[of];
	struct site site = inside->sites[node.site];
	uint32_t hash = hash_pair(node.parent, node.site), step = 0, at;
	while ((at = index_table_next(&inside->by_node, hash, &step)) != INDEX_NONE) {
		const struct site *known = &inside->sites[inside->nodes[at].site];
		if (inside->nodes[at].parent == node.parent && known->module == site.module &&
		    known->offset == site.offset && known->is_exact == site.is_exact &&
		    known->n_hidden == n_hidden) {
			return at;
		}
	}
	site.n_hidden = n_hidden;
	node.site = (uint32_t)snapshot->n_sites;
	inside->sites[snapshot->n_sites++] = site;
	inside->nodes[snapshot->n_nodes] = node;
	index_table_add(&inside->by_node, hash, (uint32_t)snapshot->n_nodes);
	return (uint32_t)snapshot->n_nodes++;
}

// Gives each charge the stack that begins at the caller of the wrappers.
static void charges_bare(struct view *view, struct symbols *symbols,
			 const struct wrappers *wrappers)
{
	struct snapshot *snapshot = &view->snapshot;
	struct bare_stack *bare = xcalloc(snapshot->n_charges + 1, sizeof(*bare));
	wrappers_find(wrappers, snapshot, symbols, bare);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (bare[i].node == snapshot->charges[i].stack && bare[i].n_hidden == 0) {
			continue;
		}
		charges_own(view);
		struct charge *charge = &view->inside->charges[i];
		if (view->inside->charge_of[i] == CHARGE_HIDDEN) {
			continue;
		}
		charge->stack = bare[i].n_hidden != 0
					? node_bared(view, bare[i].node, bare[i].n_hidden)
					: bare[i].node;
		snapshot->n_skipped++;
	}
	free(bare);
}

// The charge like this one that is seen already; INDEX_NONE: there is none.
static uint32_t charge_find(const struct view_inside *inside, const struct charge *charge,
			    uint32_t hash)
{
	uint32_t step = 0, at;
	while ((at = index_table_next(&inside->by_charge, hash, &step)) != INDEX_NONE) {
		const struct charge *known = &inside->charges[at];
		if (known->stack == charge->stack && known->kind == charge->kind &&
		    known->cut == charge->cut) {
			break;
		}
	}
	return at;
}

// Adds up the charges where they are seen as they are.
static void totals_add(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		cost_add(&snapshot->total, &snapshot->charges[i].cost);
		if (snapshot->variances != NULL) {
			variance_add(&snapshot->total_variance, &snapshot->variances[i]);
		}
	}
}

// Closes the gaps that hidden charges leave, joins those that have become equal, and adds up what there is.
static void charges_pack(struct view *view)
{
	struct snapshot *snapshot = &view->snapshot;
	struct view_inside *inside = view->inside;
	uint32_t n = 0;
	snapshot->total = (struct cost){ .column = { 0 } };
	snapshot->total_variance = (struct variance){ 0 };
	if (inside->charges == NULL) {
		totals_add(snapshot);
		return;
	}
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		if (inside->charge_of[i] == CHARGE_HIDDEN) {
			inside->live_of[i] = CHARGE_HIDDEN;
			continue;
		}
		struct charge charge = inside->charges[i];
		uint32_t hash = hash_pair(charge.stack,
					  (uint64_t)charge.kind << WIRE_CUT_BITS | charge.cut);
		uint32_t at = charge_find(inside, &charge, hash);
		struct variance variance = { 0 };
		if (inside->variances != NULL) {
			variance = inside->variances[i];
			variance_add(&snapshot->total_variance, &variance);
		}
		cost_add(&snapshot->total, &charge.cost);
		if (at == INDEX_NONE) {
			at = n++;
			inside->charges[at] = charge;
			if (inside->variances != NULL) {
				inside->variances[at] = (struct variance){ 0 };
			}
			index_table_add(&inside->by_charge, hash, at);
		} else {
			cost_add(&inside->charges[at].cost, &charge.cost);
		}
		if (inside->variances != NULL) {
			variance_add(&inside->variances[at], &variance);
		}
		inside->charge_of[i] = at;
		if (inside->live_of[i] != CHARGE_HIDDEN) {
			inside->live_of[i] = at;
		}
	}
	inside->n_charges = snapshot->n_charges;
	snapshot->charges = inside->charges;
	snapshot->variances = inside->variances;
	snapshot->n_charges = n;
}

// Wrong frees of blocks that are not seen are not seen either.
static void misuses_follow(struct view *view)
{
	struct snapshot *snapshot = &view->snapshot;
	struct misuse *kept = xcalloc(snapshot->n_misuses + 1u, sizeof(*kept));
	uint32_t n = 0;
	for (uint32_t i = 0; i < snapshot->n_misuses; i++) {
		struct misuse misuse = snapshot->misuses[i];
		if (view->inside->charges != NULL && misuse.charge < view->inside->n_charges) {
			misuse.charge = view->inside->charge_of[misuse.charge];
			if (misuse.charge == CHARGE_HIDDEN) {
				*(misuse.type == MISUSE_DOUBLE ? &snapshot->n_double_frees
							       : &snapshot->n_mismatched_frees) -=
					misuse.n;
				continue;
			}
		}
		kept[n++] = misuse;
	}
	view->inside->misuses = kept;
	snapshot->misuses = kept;
	snapshot->n_misuses = n;
}

// What the analyses know by charge.
static void analyses_follow(struct view *view)
{
	struct snapshot *snapshot = &view->snapshot;
	struct view_inside *inside = view->inside;
	bool is_whole = !inside->hides;
	if (inside->charges == NULL) {
		return;
	}
	snapshot->charge_of = inside->charge_of;
	snapshot->live_of = inside->live_of;
	snapshot->n_known = inside->n_charges;
	bool is_all_live = snapshot->ages == NULL && snapshot->life_filter == NULL;
	if (is_whole && is_all_live && snapshot->n_charges == inside->n_charges) {
		return;
	}
	if (snapshot->census != NULL) {
		inside->census = census_map(snapshot->census, inside->charge_of, inside->n_charges,
					    is_whole && is_all_live);
		snapshot->census = inside->census;
	}
	if (snapshot->timeline != NULL) {
		inside->timeline = timeline_map(snapshot->timeline, inside->charge_of, is_whole);
		snapshot->timeline = inside->timeline;
	}
}

struct view *view_new(const struct snapshot *whole, struct symbols *symbols,
		      const struct view_settings *settings, bool skips_wrappers)
{
	struct view *view = xcalloc(1, sizeof(*view));
	struct view_inside *inside = view->inside = xcalloc(1, sizeof(*inside));
	view->snapshot = *whole;
	inside->text = view_text(whole->slice, &settings->filters);
	view->snapshot.view = inside->text;
	view->snapshot.whole = whole;
	if (whole->slice != NULL ||
	    filters_have(&settings->filters,
			 FILTER_STACK_KEYS | FILTER_LIVE_KEYS | FILTER_LIFE_KEYS) ||
	    settings->suppressions.n != 0) {
		charges_own(view);
	}
	if (whole->slice != NULL) {
		charges_drop_idle(view);
	}
	if (filters_have(&settings->filters, FILTER_STACK_KEYS)) {
		charges_filter(view, symbols, &settings->filters);
	}
	if (whole->life_filter != NULL) {
		lives_filter(view);
	}
	// Where lives hide all that is live, nothing is left for ages to hide.
	if (filters_have(&settings->filters, FILTER_LIVE_KEYS) &&
	    (whole->life_filter == NULL || life_filter_admits_live(whole->life_filter))) {
		live_filter(view, &settings->filters);
	}
	if (settings->suppressions.n != 0) {
		leaks_suppress(view, symbols, &settings->suppressions);
	}
	if (skips_wrappers && wrappers_have(&settings->wrappers)) {
		charges_bare(view, symbols, &settings->wrappers);
	}
	charges_pack(view);
	misuses_follow(view);
	analyses_follow(view);
	unsure_count(&view->snapshot);
	return view;
}

void view_free(struct view *view)
{
	if (view == NULL) {
		return;
	}
	struct view_inside *inside = view->inside;
	index_table_free(&inside->by_node);
	index_table_free(&inside->by_charge);
	free(inside->sites);
	free(inside->nodes);
	free(inside->charges);
	free(inside->variances);
	free(inside->misuses);
	free(inside->suppressed);
	free(inside->charge_of);
	free(inside->live_of);
	free(inside->text);
	timeline_free(inside->timeline);
	census_free(inside->census);
	free(inside);
	free(view);
}
