// SPDX-License-Identifier: GPL-3.0-or-later
// Live blocks that may have been released meanwhile, as events were lost after they were allocated.
#include "unsure.h"

#include <stdlib.h>

#include "ages.h"
#include "live_table.h"
#include "model.h"
#include "snapshot.h"
#include "util.h"

void unsure_show(const struct model *model, bool is_sure_at_end, struct snapshot *snapshot)
{
	if (snapshot->n_lost == 0) {
		return;
	}
	snapshot->live = &model->live;
	snapshot->next_seq = model->next_seq;
	snapshot->sure_since = is_sure_at_end ? model->sure_since : model->next_seq;
}

// Of a block half its number is kept: one that is older by 2^32 events or a multiple may pass for a young one.
bool unsure_is(const struct snapshot *snapshot, const struct live_block *block)
{
	return snapshot->live != NULL && (uint32_t)(snapshot->next_seq - 1) - block->seq >=
						 snapshot->next_seq - snapshot->sure_since;
}

// Where the block is counted; CHARGE_HIDDEN: nowhere.
static uint32_t charge_of(const struct snapshot *snapshot, const struct live_block *block)
{
	if (block->addr == 0 || !charge_counts(block->charge) || !unsure_is(snapshot, block) ||
	    (snapshot->ages != NULL &&
	     !ages_admit(snapshot, live_birth_of(snapshot->live, block)))) {
		return CHARGE_HIDDEN;
	}
	return snapshot->live_of != NULL ? snapshot->live_of[block->charge] : block->charge;
}

struct unsure *unsure_of_charges(const struct snapshot *snapshot)
{
	struct unsure *of_charges = xcalloc(snapshot->n_charges + 1, sizeof(*of_charges));
	size_t n_slots = snapshot->live != NULL ? snapshot->live->n_slots : 0;
	for (size_t k = 0; k < n_slots; k++) {
		const struct live_block *block = &snapshot->live->slots[k];
		uint32_t charge = charge_of(snapshot, block);
		if (charge != CHARGE_HIDDEN) {
			struct weight weight = ages_weigh(
				snapshot, block, charge_is_mapping(&snapshot->charges[charge]));
			of_charges[charge].blocks += weight.blocks;
			of_charges[charge].bytes += weight.bytes;
		}
	}
	return of_charges;
}

void unsure_count(struct snapshot *snapshot)
{
	if (snapshot->live == NULL) {
		return;
	}
	struct unsure *of_charges = unsure_of_charges(snapshot);
	snapshot->unsure_blocks = snapshot->unsure_bytes = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		snapshot->unsure_blocks += of_charges[i].blocks;
		snapshot->unsure_bytes += of_charges[i].bytes;
	}
	free(of_charges);
}
