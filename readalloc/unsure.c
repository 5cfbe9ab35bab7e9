// SPDX-License-Identifier: GPL-3.0-or-later
// Live blocks that may have been released meanwhile, as events were lost after they were allocated.
#include "unsure.h"

#include "model.h"
#include "snapshot.h"

// Of a block half its number is kept: one that is older by 2^32 events or a multiple may pass for a young one.
static bool is_before(const struct live_block *block, uint64_t since, uint64_t next)
{
	return (uint32_t)(next - 1) - block->seq >= next - since;
}

void unsure_show(const struct model *model, bool is_sure_at_end, struct snapshot *snapshot)
{
	uint64_t next = model->next_seq;
	uint64_t since = is_sure_at_end ? model->sure_since : next;
	if (snapshot->n_lost == 0) {
		return;
	}
	snapshot->sure_since = since;
	for (size_t i = 0; i < LIVE_PARTS; i++) {
		const struct live_part *part = &model->live.parts[i];
		for (size_t k = 0; k < part->n_slots; k++) {
			const struct live_block *block = &part->slots[k];
			if (block->addr != 0 && charge_counts(block->charge) &&
			    is_before(block, since, next)) {
				snapshot->unsure_blocks++;
				snapshot->unsure_bytes += block->size;
			}
		}
	}
}
