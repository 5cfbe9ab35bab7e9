// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with the use of the heap, or looks so: the places to look at first.
#include "suspects.h"

#include <stdbool.h>
#include <stdlib.h>

#include "census.h"
#include "event.h"
#include "growth.h"
#include "growth_sites.h"
#include "misuse.h"
#include "sampling.h"
#include "short_peak.h"
#include "snapshot.h"
#include "stray.h"
#include "symbols.h"
#include "timeline.h"
#include "util.h"

enum {
	RANKED_MAX = 1000, // stacks of one type that are looked up
	GROWTH_LEAST = 4096,
	GROWTH_SHARE = 100, // of the peak
	PEAK_LEAST = 4096,
	PEAK_SHARE = 6, // of the peak: half of what is more than two thirds of it
	WASTE_LEAST = 4096,
	WASTE_SHARE = 10, // of the peak
	CHURN_LEAST = 1000,
	CHURN_SHARE = 10, // of all blocks
};

// What one charge has to do with a type of suspects.
struct part {
	uint32_t charge;
	uint64_t amount;
	struct growth growth; // of growth
};

// The greatest RANKED_MAX parts are among those that are kept.
struct parts {
	struct part list[2 * RANKED_MAX];
	size_t n;
	bool is_cut; // there are more
};

static int compare_parts(const void *a, const void *b)
{
	const struct part *one = a, *two = b;
	if (one->amount != two->amount) {
		return one->amount < two->amount ? 1 : -1;
	}
	return (one->charge > two->charge) - (one->charge < two->charge);
}

// Puts the greatest first and drops those that are too many.
static void parts_rank(struct parts *parts)
{
	qsort(parts->list, parts->n, sizeof(*parts->list), compare_parts);
	if (parts->n > RANKED_MAX) {
		parts->n = RANKED_MAX;
		parts->is_cut = true;
	}
}

static void part_put(struct parts *parts, const struct part *part)
{
	if (parts->n == sizeof(parts->list) / sizeof(parts->list[0])) {
		parts_rank(parts);
	}
	// Once some were dropped, what is no more than the least of those kept is dropped too.
	if (parts->is_cut && compare_parts(part, &parts->list[RANKED_MAX - 1]) > 0) {
		return;
	}
	parts->list[parts->n++] = *part;
}

static void part_add(struct parts *parts, size_t charge, uint64_t amount)
{
	if (amount != 0) {
		part_put(parts, &(struct part){ .charge = (uint32_t)charge, .amount = amount });
	}
}

static void prepare(const struct snapshot *snapshot, struct symbols *symbols,
		    const struct parts *parts)
{
	size_t n = 0;
	const struct site **sites = xcalloc(snapshot->n_sites + 1, sizeof(*sites));
	bool *is_listed = xcalloc(snapshot->n_sites + 1, sizeof(*is_listed));
	for (size_t i = 0; i < parts->n; i++) {
		uint32_t node = snapshot->charges[parts->list[i].charge].stack;
		for (; node != STACK_ROOT; node = snapshot->nodes[node].parent) {
			uint32_t site = snapshot->nodes[node].site;
			if (!is_listed[site]) {
				is_listed[site] = true;
				sites[n++] = &snapshot->sites[site];
			}
		}
	}
	symbols_prepare(symbols, sites, n);
	free(is_listed);
	free(sites);
}

// Whether the culprit is one of a type that says more.
static bool is_told(const struct suspects *suspects, const struct culprit *culprit)
{
	for (size_t i = 0; i < suspects->n; i++) {
		const struct suspect *suspect = &suspects->list[i];
		if ((suspect->type == SUSPECT_GROWTH || suspect->type == SUSPECT_LEAK) &&
		    culprit_equal(&suspect->culprit, culprit)) {
			return true;
		}
	}
	return false;
}

// The suspect of that culprit among the `n` there are; a new one if there is none.
static struct suspect *suspect_of(struct suspect *found, size_t *n, const struct culprit *culprit)
{
	size_t i = 0;
	while (i < *n && !culprit_equal(&found[i].culprit, culprit)) {
		i++;
	}
	*n += i == *n;
	return &found[i];
}

static int compare_suspects(const void *a, const void *b)
{
	const struct suspect *one = a, *two = b;
	if (one->amount != two->amount) {
		return one->amount < two->amount ? 1 : -1;
	}
	return (one->charge > two->charge) - (one->charge < two->charge);
}

// Whether what has grown is too little to matter, whatever it would come to in a minute.
static bool is_trifle(const struct snapshot *snapshot, const struct suspect *suspect)
{
	return suspect->type == SUSPECT_GROWTH && suspect->grown < GROWTH_LEAST &&
	       suspect->grown * GROWTH_SHARE < (double)snapshot->total.column[COST_peak_bytes];
}

static void growth_add(struct suspect *suspect, const struct growth *growth)
{
	suspect->grown += growth_bytes(growth);
	suspect->is_container &= growth->steps > 0;
	suspect->steps += growth->steps;
	suspect->from_bytes += growth->from_bytes;
	suspect->to_bytes += growth->to_bytes;
}

// Puts the parts together by culprit and keeps the greatest that have `least`. The costs are those of the columns.
static void suspects_add(struct suspects *suspects, const struct snapshot *snapshot,
			 struct symbols *symbols, struct parts *parts, enum suspect_type type,
			 uint64_t least, enum cost_column bytes, enum cost_column blocks)
{
	if (parts->n == 0) {
		return;
	}
	parts_rank(parts);
	prepare(snapshot, symbols, parts);
	struct suspect *found = xcalloc(parts->n, sizeof(*found));
	size_t n = 0;
	for (size_t i = 0; i < parts->n; i++) {
		const struct part *part = &parts->list[i];
		const struct charge *charge = &snapshot->charges[part->charge];
		struct culprit culprit = culprit_of(snapshot, symbols, charge->stack);
		bool is_librarys = culprit.node == STACK_ROOT && charge->stack != STACK_ROOT;
		// What the library keeps by design does not grow all the time.
		bool is_kept = culprit.is_kept && type != SUSPECT_GROWTH;
		if (is_librarys || is_kept || is_told(suspects, &culprit)) {
			continue;
		}
		struct suspect *suspect = suspect_of(found, &n, &culprit);
		if (suspect->n_stacks++ == 0) {
			suspect->type = type;
			suspect->culprit = culprit;
			suspect->charge = part->charge;
			suspect->stack = charge->stack;
			suspect->confidence = part->growth.confidence;
			suspect->is_container = part->growth.steps > 0;
			suspect->is_least = parts->is_cut;
		}
		suspect->amount += part->amount;
		growth_add(suspect, &part->growth);
		suspect->bytes += charge->cost.column[bytes];
		suspect->blocks += charge->cost.column[blocks];
	}
	qsort(found, n, sizeof(*found), compare_suspects);
	size_t n_told = 0;
	for (size_t i = 0; i < n && n_told < SUSPECTS_OF_TYPE_MAX && suspects->n < SUSPECTS_MAX &&
			   found[i].amount >= least;
	     i++) {
		if (!is_trifle(snapshot, &found[i])) {
			suspects->list[suspects->n++] = found[i];
			n_told++;
		}
	}
	free(found);
}

static void misuses_find(struct suspects *suspects, const struct snapshot *snapshot,
			 struct symbols *symbols)
{
	for (uint32_t i = 0; i < snapshot->n_misuses && i < SUSPECTS_OF_TYPE_MAX; i++) {
		const struct misuse *misuse = &snapshot->misuses[i];
		struct suspect suspect = { .type = SUSPECT_MISUSE,
					   .misuse = misuse,
					   .charge = misuse->charge,
					   .stack = misuse->stack,
					   .blocks = misuse->n };
		if (suspect.stack == STACK_UNKNOWN && misuse->charge != CHARGE_UNKNOWN) {
			suspect.stack = snapshot->charges[misuse->charge].stack;
		}
		if (suspect.stack != STACK_UNKNOWN) {
			suspect.culprit = culprit_of(snapshot, symbols, suspect.stack);
		}
		suspects->list[suspects->n++] = suspect;
	}
}

static void strays_find(struct suspects *suspects, const struct snapshot *snapshot,
			struct symbols *symbols)
{
	size_t n = 0;
	for (uint32_t i = 0; i < snapshot->n_strays && n < SUSPECTS_OF_TYPE_MAX; i++) {
		const struct stray *stray = &snapshot->strays[i];
		if (!stray_is_sure(stray, snapshot)) {
			continue;
		}
		bool is_block = stray->stack == STACK_UNKNOWN;
		struct suspect suspect = { .type = SUSPECT_STRAY,
					   .stray = stray,
					   .charge = UINT32_MAX,
					   .stack = is_block ? stray->block_stack : stray->stack,
					   .blocks = stray->n };
		if (suspect.stack != STACK_UNKNOWN) {
			suspect.culprit = culprit_of(snapshot, symbols, suspect.stack);
		}
		suspects->list[suspects->n++] = suspect;
		n++;
	}
}

static void failures_find(struct suspects *suspects, const struct snapshot *snapshot,
			  struct symbols *symbols)
{
	const struct census *census = snapshot->census;
	for (size_t i = 0; i < census->n_failures && i < SUSPECTS_OF_TYPE_MAX; i++) {
		const struct census_failure *failure = &census->failures[i];
		struct suspect suspect = { .type = SUSPECT_FAILURE,
					   .charge = UINT32_MAX,
					   .stack = failure->stack,
					   .blocks = failure->n,
					   .size = failure->size,
					   .kind = failure->kind };
		if (suspect.stack != STACK_UNKNOWN) {
			suspect.culprit = culprit_of(snapshot, symbols, suspect.stack);
		}
		suspects->list[suspects->n++] = suspect;
	}
}

static void growth_parts(struct parts *parts, const struct snapshot *snapshot)
{
	size_t n;
	struct growth *growing = growth_sites_find(snapshot, &n);
	for (size_t i = 0; i < n; i++) {
		const struct growth *growth = &growing[i];
		if (growth_bytes(growth) >= sampling_sure_bytes(snapshot)) {
			part_put(parts, &(struct part){
						.charge = growth->charge,
						.amount = (uint64_t)(growth->slope * 60) + 1,
						.growth = *growth,
					});
		}
	}
	free(growing);
}

static void leak_parts(struct parts *parts, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_charges && snapshot_has_leaks(snapshot); i++) {
		const struct charge *charge = &snapshot->charges[i];
		const uint64_t *column = charge->cost.column;
		double noise = SAMPLING_SURE * sampling_error(snapshot, &charge->cost,
							      snapshot_variance(snapshot, charge),
							      COST_live_bytes);
		if (!charge_is_mapping(charge) && (double)column[COST_live_bytes] >= noise) {
			part_add(parts, i, column[COST_live_bytes] + column[COST_live_blocks]);
		}
	}
}

static void peak_parts(struct parts *parts, const struct snapshot *snapshot)
{
	if (!short_peak_is(snapshot)) {
		return;
	}
	uint64_t *excess = short_peak_excess(snapshot);
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		part_add(parts, i, excess[i]);
	}
	free(excess);
}

static void waste_parts(struct parts *parts, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		struct census_charge sizes = census_of(snapshot->census, i);
		const uint64_t *column = snapshot->charges[i].cost.column;
		double asked = (double)sizes.asked_bytes, usable = (double)sizes.usable_bytes;
		double peak = (double)column[COST_peak_bytes];
		if (asked > 0 && usable * 3 >= asked * 5) {
			part_add(parts, i, (uint64_t)(peak * (usable - asked) / asked));
		}
	}
}

static void churn_parts(struct parts *parts, const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		part_add(parts, i, census_of(snapshot->census, i).short_blocks);
	}
}

static uint64_t greater(uint64_t one, uint64_t two)
{
	return one > two ? one : two;
}

void suspects_find(struct suspects *suspects, const struct snapshot *snapshot,
		   struct symbols *symbols)
{
	const uint64_t *total = snapshot->total.column;
	const uint64_t peak = total[COST_peak_bytes], blocks = total[COST_total_blocks];
	const struct {
		enum suspect_type type;
		bool needs_timeline, needs_census;
		void (*find)(struct parts *parts, const struct snapshot *snapshot);
		uint64_t least;
		enum cost_column bytes, blocks;
	} rows[] = {
		{ SUSPECT_GROWTH, true, false, growth_parts, 1, COST_live_bytes, COST_live_blocks },
		{ SUSPECT_LEAK, false, false, leak_parts, 1, COST_live_bytes, COST_live_blocks },
		{ SUSPECT_PEAK, true, true, peak_parts, greater(peak / PEAK_SHARE, PEAK_LEAST),
		  COST_peak_bytes, COST_peak_blocks },
		{ SUSPECT_WASTE, false, true, waste_parts, greater(peak / WASTE_SHARE, WASTE_LEAST),
		  COST_peak_bytes, COST_peak_blocks },
		{ SUSPECT_CHURN, false, true, churn_parts,
		  greater(blocks / CHURN_SHARE, CHURN_LEAST), COST_total_bytes, COST_total_blocks },
	};
	suspects->n = 0;
	misuses_find(suspects, snapshot, symbols);
	strays_find(suspects, snapshot, symbols);
	if (snapshot->census != NULL) {
		failures_find(suspects, snapshot, symbols);
	}
	struct parts *parts = xcalloc(1, sizeof(*parts));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((rows[i].needs_timeline && snapshot->timeline == NULL) ||
		    (rows[i].needs_census && snapshot->census == NULL)) {
			continue;
		}
		parts->n = 0;
		parts->is_cut = false;
		rows[i].find(parts, snapshot);
		suspects_add(suspects, snapshot, symbols, parts, rows[i].type, rows[i].least,
			     rows[i].bytes, rows[i].blocks);
	}
	free(parts);
}
