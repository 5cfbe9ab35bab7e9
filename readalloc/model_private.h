// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the model share: model.c has the whole, model_charges.c, model_blocks.c, model_mappings.c and model_notes.c
// what each event is about.
#ifndef READALLOC_MODEL_PRIVATE_H
#define READALLOC_MODEL_PRIVATE_H

#include "model.h"
#include "sampling.h"

static inline bool model_charge_is(const struct model *model, uint32_t i, uint32_t node,
				   const struct event *event)
{
	const struct charge *charge = &model->charges[i];
	return charge->stack == node && charge->kind == event->kind && charge->cut == event->cut;
}

// The slow half of model_charge_of, the stack being `node`.
uint32_t model_charge_find(struct model *model, uint32_t node, const struct event *event);

// The charge of an allocation. The raw stack remembers the last one, as most stacks have one kind only.
static inline uint32_t model_charge_of(struct model *model, const struct event *event)
{
	uint32_t node = stacks_resolve(&model->stacks, &model->modules, event->stack);
	uint32_t remembered = model->stacks.raw[event->stack].charge;
	bool is_same = remembered != CHARGE_NONE && model_charge_is(model, remembered, node, event);
	return is_same ? remembered : model_charge_find(model, node, event);
}

// Adds the allocation to the totals. Returns its charge; CHARGE_NONE: it does not count.
uint32_t model_total_add(struct model *model, const struct event *event,
			 const struct weight *weight);

// To be called before a charge's live columns change. Returns its columns.
static inline uint64_t *model_charge_touch(struct model *model, uint32_t i)
{
	uint64_t *column = model->charges[i].cost.column;
	if (model->charge_epochs[i] != model->epoch) {
		column[COST_peak_bytes] = column[COST_live_bytes];
		column[COST_peak_blocks] = column[COST_live_blocks];
		model->charge_epochs[i] = model->epoch;
	}
	return column;
}

static inline void model_tell_changed(const struct model *model, const struct block_change *change)
{
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->changed) {
			watcher->changed(watcher->context, model, change);
		}
	}
}

// What a block counts for.
static inline struct weight weigh(const struct model *model, uint64_t size, uint64_t addr,
				  uint32_t seq)
{
	return __builtin_expect(model->sampling == 0, 1)
		       ? (struct weight){ size, 1, 0 }
		       : sampling_weigh(model->sampling, size, addr, seq);
}

// The same of a live block. All mappings are recorded.
static inline struct weight weigh_block(const struct model *model, const struct live_block *block)
{
	bool is_mapping =
		model->sampling != 0 && block->charge != CHARGE_NONE &&
		charge_is_mapping(&model->charges[block->charge & ~(uint32_t)CHARGE_BEFORE]);
	return is_mapping ? (struct weight){ block->size, 1, 0 }
			  : weigh(model, block->size, block->addr, block->seq);
}

// A block and its birth as they were, to be told of once it is released. No struct live_birth: it would be copied at once,
// and what is read in parts soon after waits for that.
struct released_block {
	struct live_block block;
	uint32_t birth_thread, birth_spare;
	uint64_t birth_time;
};

static inline struct released_block block_copy(const struct model *model,
					       const struct live_block *block)
{
	struct released_block copy = { .block = *block };
	if (model->live.has_births) {
		const struct live_birth *birth = live_birth_of(&model->live, block);
		copy.birth_thread = birth->thread;
		copy.birth_time = birth->time;
		copy.birth_spare = birth->spare;
	}
	return copy;
}

// The birth of a block of `size` bytes that the event allocates.
static inline struct live_birth birth_by(const struct event *event, uint64_t size)
{
	uint64_t spare = event->usable > size ? event->usable - size : 0;
	return (struct live_birth){ .time = event->time,
				    .thread = event->thread,
				    .spare = spare < UINT32_MAX ? (uint32_t)spare : UINT32_MAX };
}

// The block, which counts for `weight`, is live from now on; `is_rest` as in struct block_change.
void model_block_add(struct model *model, const struct event *event, const struct live_block *block,
		     const struct live_birth *birth, const struct weight *weight, bool is_rest);

// It is no more.
void model_block_drop(struct model *model, struct live_block *block);

void model_block_alloc(struct model *model, const struct event *event);
void model_block_free(struct model *model, const struct event *event);

// A mapping takes the place of what was mapped there.
void model_mapped(struct model *model, const struct event *event);

// Nothing is mapped any more where the event says; mappings of which it is a part are cut.
void model_unmapped(struct model *model, const struct event *event);

void model_fail(struct model *model, const struct event *event);
void model_note(struct model *model, const struct event *event);

#endif
