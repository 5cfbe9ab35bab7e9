// SPDX-License-Identifier: GPL-3.0-or-later
// Limits that a run is held to: each gate is a condition under which the run has failed.
#include "gate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "function_name.h"
#include "growth.h"
#include "report.h"
#include "sampling.h"
#include "site_name.h"
#include "snapshot.h"
#include "snapshot_symbols.h"
#include "summary_text.h"
#include "symbols.h"
#include "util.h"

// A gate is not to fail by chance: an estimate may be off by as many standard errors.
enum { ERRORS_SURE = 2 };

static struct cost cost_sum(const struct snapshot *snapshot, const bool *has_nodes,
			    struct variance *variance)
{
	*variance = (struct variance){ 0 };
	struct cost sum = { .column = { 0 } };
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		const struct charge *charge = &snapshot->charges[i];
		if (has_nodes && !has_nodes[charge->stack]) {
			continue;
		}
		struct cost cost = charge->cost;
		if (charge_is_mapping(charge)) {
			cost.column[COST_live_bytes] = cost.column[COST_live_blocks] = 0;
		}
		cost_add(&sum, &cost);
		if (snapshot->variances != NULL) {
			variance_add(variance, &snapshot->variances[i]);
		}
	}
	return sum;
}

static double cost_value(const struct measure *measure, const struct snapshot *snapshot,
			 const bool *has_nodes)
{
	struct variance variance;
	struct cost sum = cost_sum(snapshot, has_nodes, &variance);
	uint64_t value = sum.column[measure->column];
	if (snapshot->sampling != 0 &&
	    (measure->column == COST_temporary_blocks || measure->column == COST_temporary_bytes)) {
		say("%s: a sample does not tell", measure->name);
	}
	return snapshot->base != NULL ? (double)(int64_t)value : (double)value;
}

static double cost_error(const struct measure *measure, const struct snapshot *snapshot,
			 const bool *has_nodes)
{
	if (measure->column < 0 || snapshot->sampling == 0) {
		return 0;
	}
	struct variance variance;
	struct cost sum = cost_sum(snapshot, has_nodes, &variance);
	return sampling_error(snapshot, &sum, &variance, measure->column);
}

static double failures_value(const struct measure *measure, const struct snapshot *snapshot,
			     const bool *has_nodes)
{
	(void)measure, (void)has_nodes;
	return (double)snapshot->n_failures;
}

static double double_frees_value(const struct measure *measure, const struct snapshot *snapshot,
				 const bool *has_nodes)
{
	(void)measure, (void)has_nodes;
	return (double)snapshot->n_double_frees;
}

static double mismatched_frees_value(const struct measure *measure, const struct snapshot *snapshot,
				     const bool *has_nodes)
{
	(void)measure, (void)has_nodes;
	return (double)snapshot->n_mismatched_frees;
}

static double unknown_frees_value(const struct measure *measure, const struct snapshot *snapshot,
				  const bool *has_nodes)
{
	(void)measure, (void)has_nodes;
	return (double)snapshot->n_unknown_frees;
}

static double lost_value(const struct measure *measure, const struct snapshot *snapshot,
			 const bool *has_nodes)
{
	(void)measure, (void)has_nodes;
	return (double)snapshot->n_lost;
}

static double growth_value(const struct measure *measure, const struct snapshot *snapshot,
			   const bool *has_nodes)
{
	(void)measure;
	size_t n;
	double slope = 0;
	if (snapshot->timeline == NULL) {
		say("growth: a difference has none");
		return 0;
	}
	if (!growth_can_tell(snapshot->timeline)) {
		say("growth: the run is too short to tell");
		return 0;
	}
	struct growth *growth = growth_find(snapshot->timeline, snapshot->n_charges, &n);
	for (size_t i = 0; i < n; i++) {
		if ((!has_nodes || has_nodes[snapshot->charges[growth[i].charge].stack]) &&
		    growth_bytes(&growth[i]) >= sampling_sure_bytes(snapshot)) {
			slope += growth[i].slope;
		}
	}
	free(growth);
	return slope;
}

static const struct measure measures[] = {
	{ "leaked", MEASURE_BYTES, cost_value, true, COST_live_bytes, 0 },
	{ "leaked_blocks", MEASURE_NUMBER, cost_value, true, COST_live_blocks, 0 },
	{ "peak", MEASURE_BYTES, cost_value, true, COST_peak_bytes, 0 },
	{ "peak_blocks", MEASURE_NUMBER, cost_value, true, COST_peak_blocks, 0 },
	{ "total", MEASURE_BYTES, cost_value, true, COST_total_bytes, 0 },
	{ "total_blocks", MEASURE_NUMBER, cost_value, true, COST_total_blocks, 0 },
	{ "temporary", MEASURE_BYTES, cost_value, true, COST_temporary_bytes, 0 },
	{ "temporary_blocks", MEASURE_NUMBER, cost_value, true, COST_temporary_blocks, 0 },
	{ "rounding", MEASURE_BYTES, cost_value, true, COST_rounding_bytes, 0 },
	{ "failures", MEASURE_NUMBER, failures_value, false, -1, 0 },
	{ "double_frees", MEASURE_NUMBER, double_frees_value, false, -1, 0 },
	{ "mismatched_frees", MEASURE_NUMBER, mismatched_frees_value, false, -1, 0 },
	{ "unknown_frees", MEASURE_NUMBER, unknown_frees_value, false, -1, 0 },
	{ "lost", MEASURE_NUMBER, lost_value, false, -1, 0 },
	{ "growth", MEASURE_RATE, growth_value, true, -1, NEEDS_TIMELINE },
};

enum { N_MEASURES = sizeof(measures) / sizeof(measures[0]) };

const struct measure *measure_at(size_t i)
{
	return i < N_MEASURES ? &measures[i] : NULL;
}

const struct measure *measure_find(const char *name, size_t size)
{
	for (size_t i = 0; i < N_MEASURES; i++) {
		if (strlen(measures[i].name) == size &&
		    strncmp(measures[i].name, name, size) == 0) {
			return &measures[i];
		}
	}
	return NULL;
}

static bool site_has(const struct pattern *functions, const struct site *site,
		     struct symbol_list list)
{
	char unknown[SITE_NAME_SIZE];
	for (size_t i = 0; i < list.n; i++) {
		if (function_matches(functions, &list.frames[i])) {
			return true;
		}
	}
	site_name(site, unknown);
	return list.frames[list.n - 1].function == NULL && pattern_matches(functions, unknown);
}

// Of each node whether its stack goes through one of the functions, and whether any does. The caller frees it.
static bool *nodes_have(const struct pattern *functions, const struct snapshot *snapshot,
			struct symbols *symbols, bool *has_any)
{
	snapshot_resolve(snapshot, symbols);
	bool *sites = xcalloc(snapshot->n_sites + 1, sizeof(*sites));
	bool *nodes = xcalloc(snapshot->n_nodes, sizeof(*nodes));
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		const struct site *site = &snapshot->sites[i];
		sites[i] = site_has(functions, site, symbols_find(symbols, site));
	}
	for (size_t i = 1; i < snapshot->n_nodes; i++) {
		const struct stack_node *node = &snapshot->nodes[i];
		nodes[i] = nodes[node->parent] || sites[node->site];
		*has_any = *has_any || nodes[i];
	}
	free(sites);
	return nodes;
}

unsigned gates_need(const struct gates *gates)
{
	unsigned needs = 0;
	for (size_t i = 0; i < gates->n; i++) {
		needs |= gates->list[i].measure->needs;
	}
	return needs;
}

char *gate_verdict(const struct gate *gate, const struct gate_result *result)
{
	static const char *const units[] = {
		[MEASURE_BYTES] = " bytes",
		[MEASURE_NUMBER] = "",
		[MEASURE_RATE] = " bytes a minute",
	};
	char number[NUMBER_TEXT_SIZE], error[NUMBER_TEXT_SIZE], *text = NULL;
	double shown = gate->measure->unit == MEASURE_RATE ? result->value * 60 : result->value;
	if (asprintf(&text, "%s is %s%s%s%s%s%s", gate->measure->name, shown < 0 ? "-" : "",
		     text_number(number, (uint64_t)(shown < 0 ? -shown : shown)),
		     units[gate->measure->unit],
		     result->error > 0 ? ", estimated with a standard error of " : "",
		     result->error > 0 ? text_number(error, (uint64_t)(result->error + 0.5)) : "",
		     result->is_of_none ? ", as no call stack has such a function" : "") < 0) {
		die("memory: none left");
	}
	return text;
}

bool gates_judge(const struct gates *gates, const struct snapshot *snapshot,
		 struct symbols *symbols, const char *label, struct gate_result *results)
{
	bool all_passed = true;
	for (size_t i = 0; i < gates->n; i++) {
		const struct gate *gate = &gates->list[i];
		bool has_any = false;
		bool *nodes = gate->functions
				      ? nodes_have(gate->functions, snapshot, symbols, &has_any)
				      : NULL;
		double value = gate->measure->value(gate->measure, snapshot, nodes);
		double error = cost_error(gate->measure, snapshot, nodes);
		results[i] = (struct gate_result){
			.value = value,
			.error = error,
			.has_failed = gate_fails(gate, value, ERRORS_SURE * error),
			.is_of_none = gate->functions && !has_any,
		};
		all_passed = all_passed && !results[i].has_failed;
		free(nodes);
		char *verdict = gate_verdict(gate, &results[i]);
		say("%s%s%s: %s: %s", label ? label : "", label ? ": " : "",
		    results[i].has_failed ? "failed" : "passed", gate->text, verdict);
		free(verdict);
	}
	return all_passed;
}
