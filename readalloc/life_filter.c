// SPDX-License-Identifier: GPL-3.0-or-later
// What blocks cost that are not to be seen for how long they lived.
#include "life_filter.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ages.h"
#include "event.h"
#include "filter.h"
#include "live_table.h"
#include "model.h"
#include "sampling.h"
#include "snapshot.h"
#include "util.h"

// Of a charge, what blocks had that were released, and are not seen.
struct hidden {
	struct cost cost;
	uint32_t epoch; // the model's, of whose peak the columns of the peak are
	double variance;
};

struct life_filter {
	const struct filters *filters;
	const struct live_table *live; // the model's
	struct hidden *charges;
	size_t n_charges;
	// The last peak: what was allocated up to that number, and is released later, was live then.
	bool has_peak;
	uint32_t epoch, peak_seq;
};

struct life_filter *life_filter_new(const struct filters *filters)
{
	struct life_filter *filter = xcalloc(1, sizeof(*filter));
	filter->filters = filters;
	return filter;
}

void life_filter_free(struct life_filter *filter)
{
	if (filter) {
		free(filter->charges);
		free(filter);
	}
}

static bool admits(const struct life_filter *filter, uint64_t life)
{
	return filters_pass(filter->filters, filters_of_number(filter->filters, FILTER_LIFE, life),
			    FILTER_LIFE_KEYS);
}

bool life_filter_admits_live(const struct life_filter *filter)
{
	return filters_pass(filter->filters, 0, FILTER_LIFE_KEYS);
}

static struct hidden *charge_reach(struct life_filter *filter, uint32_t charge)
{
	if (charge >= filter->n_charges) {
		size_t n = grown_densely(filter->n_charges, (size_t)charge + 1);
		filter->charges = xrealloc(filter->charges, n, sizeof(*filter->charges));
		memset(&filter->charges[filter->n_charges], 0,
		       (n - filter->n_charges) * sizeof(*filter->charges));
		filter->n_charges = n;
	}
	return &filter->charges[charge];
}

static bool was_at_peak(const struct life_filter *filter, uint32_t seq)
{
	return filter->has_peak && (int32_t)(filter->peak_seq - seq) >= 0;
}

static void block_hide(struct life_filter *filter, const struct model *model,
		       const struct block_change *change)
{
	struct hidden *hidden = charge_reach(filter, change->charge);
	uint64_t *column = hidden->cost.column;
	column[COST_total_bytes] += change->bytes;
	column[COST_total_blocks] += change->blocks;
	column[COST_rounding_bytes] += change->birth_spare * change->blocks;
	if (change->is_temporary) {
		column[COST_temporary_blocks]++;
		column[COST_temporary_bytes] += change->size;
	}
	if (was_at_peak(filter, change->seq)) {
		if (hidden->epoch != filter->epoch) {
			column[COST_peak_bytes] = column[COST_peak_blocks] = 0;
			hidden->epoch = filter->epoch;
		}
		column[COST_peak_bytes] += change->bytes;
		column[COST_peak_blocks] += change->blocks;
	}
	if (model->sampling != 0 && !charge_is_mapping(&model->charges[change->charge])) {
		hidden->variance +=
			sampling_weigh(model->sampling, change->size, change->addr, change->seq)
				.variance;
	}
}

static void changed(void *context, const struct model *model, const struct block_change *change)
{
	struct life_filter *filter = context;
	if (!change->is_release) {
		// Peaks are at allocations.
		if (model->epoch != filter->epoch) {
			filter->has_peak = true;
			filter->epoch = model->epoch;
			filter->peak_seq = (uint32_t)change->event->seq;
		}
		return;
	}
	uint64_t now = change->event->time;
	uint64_t life = now > change->birth_time ? now - change->birth_time : 0;
	if (!change->is_rest && !admits(filter, life)) {
		block_hide(filter, model, change);
	}
}

static void noted(void *context, const struct model *model, const struct event *event)
{
	struct life_filter *filter = context;
	(void)model;
	if (event->note->type != WIRE_ELIDED_SUM || event->note->elided.charge == CHARGE_NONE ||
	    admits(filter, 0)) {
		return;
	}
	const struct elided *sum = &event->note->elided;
	uint64_t *column = charge_reach(filter, sum->charge)->cost.column;
	column[COST_total_bytes] += sum->bytes;
	column[COST_total_blocks] += sum->blocks;
	column[COST_rounding_bytes] += sum->rounding;
	column[COST_temporary_bytes] += sum->temporary_bytes;
	column[COST_temporary_blocks] += sum->temporary_blocks;
}

void life_filter_watch(struct life_filter *filter, struct model *model)
{
	filter->live = &model->live;
	filter->epoch = model->epoch;
	live_table_keep_births(&model->live);
	model_watch(model,
		    &(struct watcher){ .context = filter, .changed = changed, .noted = noted });
}

static void live_hide(const struct life_filter *filter, const struct snapshot *snapshot,
		      const struct live_block *block, struct cost *hidden,
		      struct variance *variances)
{
	if (block->addr == 0 || !charge_counts(block->charge)) {
		return;
	}
	const struct charge *charge = &snapshot->charges[block->charge];
	struct weight weight = ages_weigh(snapshot, block, charge_is_mapping(charge));
	uint64_t *column = hidden[block->charge].column;
	column[COST_live_bytes] += weight.bytes;
	column[COST_live_blocks] += weight.blocks;
	column[COST_total_bytes] += weight.bytes;
	column[COST_total_blocks] += weight.blocks;
	column[COST_rounding_bytes] += live_birth_of(filter->live, block)->spare * weight.blocks;
	if (was_at_peak(filter, block->seq)) {
		column[COST_peak_bytes] += weight.bytes;
		column[COST_peak_blocks] += weight.blocks;
	}
	if (variances != NULL) {
		variances[block->charge].live += weight.variance;
		variances[block->charge].total += weight.variance;
	}
}

struct cost *life_filter_hidden(const struct life_filter *filter, const struct snapshot *snapshot,
				struct variance *variances)
{
	struct cost *hidden = xcalloc(snapshot->n_charges + 1, sizeof(*hidden));
	for (size_t i = 0; i < snapshot->n_charges && i < filter->n_charges; i++) {
		hidden[i] = filter->charges[i].cost;
		if (filter->charges[i].epoch != filter->epoch) {
			hidden[i].column[COST_peak_bytes] = hidden[i].column[COST_peak_blocks] = 0;
		}
		if (variances != NULL) {
			variances[i].total += filter->charges[i].variance;
		}
	}
	size_t n_slots = life_filter_admits_live(filter) ? 0 : filter->live->n_slots;
	for (size_t k = 0; k < n_slots; k++) {
		live_hide(filter, snapshot, &filter->live->slots[k], hidden, variances);
	}
	return hidden;
}
