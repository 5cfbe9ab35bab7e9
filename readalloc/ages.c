// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the live blocks are seen, by how long ago they were allocated.
#include "ages.h"

#include <assert.h>

#include "filter.h"
#include "lives.h"
#include "sampling.h"
#include "snapshot.h"
#include "util.h"

static const double MICROSECONDS = 1e6;

bool ages_admit(const struct snapshot *snapshot, const struct live_birth *birth)
{
	if (snapshot->ages == NULL) {
		return true;
	}
	uint64_t now = (uint64_t)(snapshot->duration * MICROSECONDS + 0.5);
	uint64_t age = now > birth->time ? now - birth->time : 0;
	return filters_pass(snapshot->ages, filters_of_number(snapshot->ages, FILTER_AGE, age),
			    FILTER_LIVE_KEYS);
}

struct weight ages_weigh(const struct snapshot *snapshot, const struct live_block *block,
			 bool is_mapping)
{
	// All mappings are recorded.
	return snapshot->sampling == 0 || is_mapping
		       ? (struct weight){ block->size, 1, 0 }
		       : sampling_weigh(snapshot->sampling, block->size, block->addr, block->seq);
}

static void block_hide(const struct snapshot *whole, const struct live_block *block,
		       struct cost *hidden, struct variance *variances)
{
	if (block->addr == 0 || !charge_counts(block->charge) ||
	    ages_admit(whole, live_birth_of(whole->lives->live, block))) {
		return;
	}
	struct weight weight =
		ages_weigh(whole, block, charge_is_mapping(&whole->charges[block->charge]));
	struct cost *cost = &hidden[block->charge];
	cost->column[COST_live_bytes] += weight.bytes;
	cost->column[COST_live_blocks] += weight.blocks;
	if (variances) {
		variances[block->charge].live += weight.variance;
	}
}

struct cost *ages_hidden(const struct snapshot *snapshot, struct variance *variances)
{
	assert(snapshot->lives != NULL);
	struct cost *hidden = xcalloc(snapshot->n_charges + 1, sizeof(*hidden));
	for (size_t k = 0; k < snapshot->lives->live->n_slots; k++) {
		block_hide(snapshot, &snapshot->lives->live->slots[k], hidden, variances);
	}
	return hidden;
}
