// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks that come and go, in runs of any kind.
#include "model_blocks.h"

uint64_t model_block_drop(struct model *model, struct live_block *block)
{
	return block_drop(model, TRAITS_NONE, block);
}

void model_block_add(struct model *model, const struct event *event, const struct live_block *block,
		     const struct live_birth *birth, const struct weight *weight, bool is_rest)
{
	block_add(model, TRAITS_NONE, event, block, birth, weight, is_rest);
}

uint32_t model_total_add(struct model *model, const struct event *event,
			 const struct weight *weight)
{
	return total_add(model, TRAITS_NONE, event, weight);
}

void model_block_alloc(struct model *model, const struct event *event)
{
	block_alloc(model, TRAITS_NONE, event, last_block_of(model, event->thread));
}

void model_block_free(struct model *model, const struct event *event)
{
	block_free(model, TRAITS_NONE, event, last_block_of(model, event->thread));
}
