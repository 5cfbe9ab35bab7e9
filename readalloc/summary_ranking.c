// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's lists of call stacks, those that cost most first.
#include "summary_ranking.h"

#include <inttypes.h>

#include "cost.h"
#include "row_order.h"
#include "site_name.h"
#include "snapshot.h"
#include "summary_text.h"
#include "summary_totals.h"
#include "symbols.h"

enum { FRAMES_MAX = 24 }; // of one stack; innermost

static const char *const cost_titles[N_COSTS] = {
#define X(field, word, title) [COST_##field] = (title),
	COST_LIST(X)
#undef X
};

// Whether stacks are to be sorted by a cost; they have no other columns.
static bool is_sorted(const struct ranking *ranking)
{
	return ranking->sort->text != NULL && ranking->sort->column < N_COSTS;
}

// Whether `one` comes before `two`.
static bool ranks_before(const struct ranking *ranking, const struct charge *one,
			 const struct charge *two)
{
	const uint64_t *a = one->cost.column, *b = two->cost.column;
	if (is_sorted(ranking)) {
		uint64_t a_cost = cost_magnitude(a[ranking->sort->column]);
		uint64_t b_cost = cost_magnitude(b[ranking->sort->column]);
		if (a_cost != b_cost) {
			return (a_cost > b_cost) != ranking->sort->is_ascending;
		}
	}
	uint64_t a_bytes = cost_magnitude(a[ranking->bytes]);
	uint64_t b_bytes = cost_magnitude(b[ranking->bytes]);
	if (a_bytes != b_bytes) {
		return a_bytes > b_bytes;
	}
	return cost_magnitude(a[ranking->blocks]) > cost_magnitude(b[ranking->blocks]);
}

void ranking_add(struct ranking *ranking, const struct charge *charge)
{
	bool is_nothing = charge->cost.column[ranking->blocks] == 0 &&
			  charge->cost.column[ranking->bytes] == 0;
	if (is_nothing || (ranking->bytes == COST_live_bytes && charge_is_mapping(charge))) {
		return;
	}
	ranking->n_stacks++;
	size_t i = ranking->n;
	while (i > 0 && ranks_before(ranking, charge, ranking->top[i - 1])) {
		i--;
	}
	if (i == ranking->n_max) {
		return;
	}
	if (ranking->n < ranking->n_max) {
		ranking->n++;
	}
	for (size_t k = ranking->n - 1; k > i; k--) {
		ranking->top[k] = ranking->top[k - 1];
	}
	ranking->top[i] = charge;
}

// Of a difference the mappings are in it.
static uint64_t ranking_whole(const struct ranking *ranking, const struct snapshot *snapshot)
{
	bool has_no_mappings = ranking->bytes == COST_live_bytes && snapshot->base == NULL;
	return cost_whole(snapshot, ranking->bytes) -
	       (has_no_mappings ? summary_mapped(snapshot, COST_live_bytes) : 0);
}

static void prepare(const struct ranking *ranking, const struct snapshot *snapshot,
		    struct symbols *symbols)
{
	const struct site *sites[RANKING_MAX * FRAMES_MAX];
	size_t n = 0;
	for (size_t i = 0; i < ranking->n; i++) {
		size_t depth = 0;
		for (uint32_t node = ranking->top[i]->stack;
		     node != STACK_ROOT && depth < FRAMES_MAX;
		     node = snapshot->nodes[node].parent, depth++) {
			sites[n++] = &snapshot->sites[snapshot->nodes[node].site];
		}
	}
	symbols_prepare(symbols, sites, n);
}

static void write_stack(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
			const struct charge *charge)
{
	size_t n_written = 0, n_more = 0;
	if (charge->stack == STACK_ROOT) {
		fputs("      no call stack was recorded\n", out);
	}
	for (uint32_t node = charge->stack; node != STACK_ROOT;
	     node = snapshot->nodes[node].parent) {
		if (n_written >= FRAMES_MAX) {
			n_more++;
			continue;
		}
		const struct site *site = &snapshot->sites[snapshot->nodes[node].site];
		struct symbol_list list = symbols_find(symbols, site);
		for (size_t i = 0; i < list.n; i++, n_written++) {
			text_frame(out, &list.frames[i], site);
		}
	}
	if (n_more > 0) {
		fprintf(out, "      and %zu more\n", n_more);
	}
	if (charge->cut != WIRE_CUT_WHOLE) {
		fputs("      ... the stack was cut here\n", out);
	}
}

void ranking_write(FILE *out, const struct ranking *ranking, const struct snapshot *snapshot,
		   struct symbols *symbols)
{
	uint64_t whole = ranking_whole(ranking, snapshot), shown = 0;
	char text[NUMBER_TEXT_SIZE], count[NUMBER_TEXT_SIZE];
	for (size_t i = 0; i < ranking->n; i++) {
		shown += cost_magnitude(ranking->top[i]->cost.column[ranking->bytes]);
	}
	if (ranking->n == 0) {
		fprintf(out, "\n%s\n",
			snapshot->base != NULL ? ranking->unchanged : ranking->nothing);
		return;
	}
	fprintf(out, "\n%s%s: %zu of %zu %s, %.1f %% of the bytes", ranking->title,
		snapshot->base != NULL ? ", changes" : "", ranking->n, ranking->n_stacks,
		text_noun(ranking->n_stacks, "call stack", "call stacks"),
		text_percent(shown, whole));
	if (is_sorted(ranking)) {
		fprintf(out, ", sorted by: %s", cost_titles[ranking->sort->column]);
	}
	fputc('\n', out);
	prepare(ranking, snapshot, symbols);
	for (size_t i = 0; i < ranking->n; i++) {
		const struct charge *charge = ranking->top[i];
		uint64_t bytes = charge->cost.column[ranking->bytes];
		uint64_t blocks = charge->cost.column[ranking->blocks];
		fprintf(out, "\n%3zu. %s %s (%.1f %%) in %s %s by %s", i + 1,
			text_cost(text, snapshot, bytes),
			text_noun(cost_magnitude(bytes), "byte", "bytes"),
			text_percent(cost_magnitude(bytes), whole),
			text_cost(count, snapshot, blocks),
			text_noun(cost_magnitude(blocks), "block", "blocks"),
			kind_name(charge->kind));
		summary_error_write(out, snapshot, &charge->cost,
				    snapshot_variance(snapshot, charge), ranking->bytes);
		if (is_sorted(ranking)) {
			fprintf(out, "; %s: %s", cost_titles[ranking->sort->column],
				text_cost(text, snapshot,
					  charge->cost.column[ranking->sort->column]));
		}
		putc('\n', out);
		write_stack(out, snapshot, symbols, charge);
	}
}
