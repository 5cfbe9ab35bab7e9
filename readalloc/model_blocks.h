// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks that come and go: inline, for the loop over the events of most runs (model_loop.c) and for all others (model_blocks.c).
#ifndef READALLOC_MODEL_BLOCKS_H
#define READALLOC_MODEL_BLOCKS_H

#include <string.h>

#include "model_private.h"
#include "util.h"

// It takes little more than a call, for which registers are to be kept.
#define INLINE static inline __attribute__((always_inline))

static inline struct last_block *last_block_of(struct model *model, uint32_t thread)
{
	if (thread >= model->n_last_blocks) {
		size_t n = grown_capacity(model->n_last_blocks, (size_t)thread + 1);
		model->last_blocks = xrealloc(model->last_blocks, n, sizeof(*model->last_blocks));
		memset(&model->last_blocks[model->n_last_blocks], 0,
		       (n - model->n_last_blocks) * sizeof(*model->last_blocks));
		model->n_last_blocks = n;
	}
	return &model->last_blocks[thread];
}

// Whether the block was allocated after `seq`, as only an event that comes too late finds it.
static inline bool is_younger(const struct live_block *block, uint64_t seq)
{
	return (int32_t)(block->seq - (uint32_t)seq) > 0;
}

// Begins the next epoch: no charge has changed in it.
INLINE void epoch_begin(struct model *model)
{
	model->epoch++;
	if (__builtin_expect(model->epoch == 0, 0)) {
		// The numbers have come round.
		memset(model->charge_epochs, 0, model->n_charges * sizeof(*model->charge_epochs));
		model->epoch = 1;
	}
}

INLINE void tell_released(const struct model *model, struct traits traits,
			  const struct event *event, const struct released_block *released,
			  bool is_temporary, bool is_missed)
{
	const struct live_block *block = &released->block;
	struct weight weight = weigh_block(model, traits, block);
	model_tell_changed(
		model, traits,
		&(struct block_change){ .event = event,
					.is_release = true,
					.is_missed = is_missed,
					.is_temporary = is_temporary,
					.charge = block->charge,
					.seq = block->seq,
					.has_birth = !traits.is_plain && model->live.has_births,
					.birth_thread = released->birth_thread,
					.birth_time = released->birth_time,
					.birth_spare = released->birth_spare,
					.addr = block->addr,
					.charge_bytes = released->charge_bytes,
					.size = block->size,
					.bytes = weight.bytes,
					.blocks = weight.blocks });
}

// Returns the bytes that are still live of its charge.
INLINE uint64_t block_drop(struct model *model, struct traits traits, struct live_block *block)
{
	struct weight weight = weigh_block(model, traits, block);
	if (!charge_counts(block->charge)) {
		bool is_before = block->charge != CHARGE_NONE;
		model->before_freed_bytes += is_before ? weight.bytes : 0;
		model->before_freed_blocks += is_before ? weight.blocks : 0;
		live_table_remove(&model->live, block);
		return 0;
	}
	uint64_t *column = model_charge_touch(model, block->charge);
	column[COST_live_bytes] -= weight.bytes;
	column[COST_live_blocks] -= weight.blocks;
	model->total.column[COST_live_bytes] -= weight.bytes;
	model->total.column[COST_live_blocks] -= weight.blocks;
	if (!traits.is_plain && model->variances) {
		model->variances[block->charge].live -= weight.variance;
		model->total_variance.live -= weight.variance;
	}
	live_table_remove(&model->live, block);
	return column[COST_live_bytes];
}

INLINE void block_add(struct model *model, struct traits traits, const struct event *event,
		      const struct live_block *block, const struct live_birth *birth,
		      const struct weight *weight, bool is_rest)
{
	uint64_t *column = model_charge_touch(model, block->charge);
	column[COST_live_bytes] += weight->bytes;
	column[COST_live_blocks] += weight->blocks;
	model->total.column[COST_live_blocks] += weight->blocks;
	model->total.column[COST_live_bytes] += weight->bytes;
	if (!traits.is_plain && model->variances) {
		model->variances[block->charge].live += weight->variance;
		model->total_variance.live += weight->variance;
	}
	if (model->total.column[COST_live_bytes] > model->total.column[COST_peak_bytes]) {
		model->total.column[COST_peak_bytes] = model->total.column[COST_live_bytes];
		model->total.column[COST_peak_blocks] = model->total.column[COST_live_blocks];
		model->peak_time = event->time;
		epoch_begin(model);
	}
	model_tell_changed(
		model, traits,
		&(struct block_change){ .event = event,
					.is_rest = is_rest,
					.charge = block->charge,
					.seq = block->seq,
					.has_birth = !traits.is_plain && model->live.has_births,
					.birth_thread = birth->thread,
					.birth_time = birth->time,
					.addr = block->addr,
					.charge_bytes = column[COST_live_bytes],
					.size = block->size,
					.bytes = weight->bytes,
					.blocks = weight->blocks });
}

// Adds the allocation to the totals. Returns its charge; CHARGE_NONE: it does not count.
INLINE uint32_t total_add(struct model *model, struct traits traits, const struct event *event,
			  const struct weight *weight)
{
	if (!traits.is_plain && model->is_counted &&
	    !model->is_counted(model->counted_context, event)) {
		return CHARGE_NONE;
	}
	uint32_t i = model_charge_of(model, event);
	uint64_t *column = model->charges[i].cost.column;
	column[COST_total_bytes] += weight->bytes;
	column[COST_total_blocks] += weight->blocks;
	model->total.column[COST_total_bytes] += weight->bytes;
	model->total.column[COST_total_blocks] += weight->blocks;
	if (!traits.is_plain && model->variances) {
		model->variances[i].total += weight->variance;
		model->total_variance.total += weight->variance;
	}
	// What can be used is not known of all.
	uint64_t rounding = event->usable > event->size ? event->usable - event->size : 0;
	column[COST_rounding_bytes] += rounding * weight->blocks;
	model->total.column[COST_rounding_bytes] += rounding * weight->blocks;
	return i;
}

INLINE void block_alloc(struct model *model, struct traits traits, const struct event *event,
			struct last_block *last)
{
	struct weight weight = weigh(model, traits, event->size, event->addr, (uint32_t)event->seq);
	uint32_t i = total_add(model, traits, event, &weight);
	*last = (struct last_block){ event->addr, (uint32_t)event->seq };
	struct live_block *present = live_table_find(&model->live, event->addr);
	if (present) {
		model->n_missed_frees++;
		if (is_younger(present, event->seq)) {
			return;
		}
		struct released_block replaced = block_copy(model, traits, present);
		replaced.charge_bytes = block_drop(model, traits, present);
		if (charge_counts(replaced.block.charge)) {
			tell_released(model, traits, event, &replaced, false, true);
		}
	}
	struct live_block block = { event->addr, event->size, i, (uint32_t)event->seq };
	struct live_birth birth =
		traits.is_plain ? (struct live_birth){ 0 } : birth_by(event, event->size);
	live_table_add(&model->live, &block, traits.is_plain ? NULL : &birth);
	if (i != CHARGE_NONE) {
		block_add(model, traits, event, &block, &birth, &weight, false);
	}
}

INLINE void block_free(struct model *model, struct traits traits, const struct event *event,
		       struct last_block *last)
{
	struct live_block *block = live_table_find(&model->live, event->addr);
	uint32_t stack = event->stack;
	if (stack != STACK_UNKNOWN) {
		stack = stacks_resolve(&model->stacks, &model->modules, stack);
	}
	if (!block || is_younger(block, event->seq)) {
		bool is_double = !block && misuses_unmatched(&model->misuses, event, stack,
							     model->known_since);
		model->n_unknown_frees += !is_double;
		if (!block && !is_double) {
			strays_add(&model->strays, model, event, stack);
		}
		return;
	}
	bool is_counted = charge_counts(block->charge);
	bool is_known = block->charge != CHARGE_NONE;
	uint32_t charge = is_known ? block->charge & ~(uint32_t)CHARGE_BEFORE : CHARGE_UNKNOWN;
	const struct misused_block freed = {
		.charge = charge,
		.allocator = is_known ? model->charges[charge].kind : WIRE_KIND_NONE,
		.size = block->size,
		.seq = block->seq,
	};
	misuses_freed(&model->misuses, event, stack, &freed, model->sure_since);
	bool is_temporary = is_counted && (traits.is_plain || model->sampling == 0) &&
			    last->addr == event->addr && last->seq == block->seq &&
			    !(event->marks & WIRE_KIND_NOT_LAST);
	if (is_temporary) {
		uint64_t *column = model->charges[block->charge].cost.column;
		column[COST_temporary_blocks]++;
		column[COST_temporary_bytes] += block->size;
		model->total.column[COST_temporary_blocks]++;
		model->total.column[COST_temporary_bytes] += block->size;
		last->addr = 0;
	}
	struct released_block released = block_copy(model, traits, block);
	released.charge_bytes = block_drop(model, traits, block);
	if (is_counted) {
		tell_released(model, traits, event, &released, is_temporary, false);
	}
}

#undef INLINE

#endif
