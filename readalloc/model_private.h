// SPDX-License-Identifier: GPL-3.0-or-later
// What the parts of the model share: model.c has the whole, model_charges.c, model_blocks.c, model_mappings.c and model_notes.c
// what each event is about.
#ifndef READALLOC_MODEL_PRIVATE_H
#define READALLOC_MODEL_PRIVATE_H

#include "census_change.h"
#include "model.h"
#include "sampling.h"
#include "timeline_change.h"

// The slow half of model_charge_of.
uint32_t model_charge_find(struct model *model, const struct event *event);

// The charge of an allocation. The raw stack remembers the last one, as most stacks have one kind only, while the modules are
// the same.
static inline uint32_t model_charge_of(struct model *model, const struct event *event)
{
	const struct raw_node *raw = &model->stacks.raw[event->stack];
	uint32_t remembered = raw->charge;
	if (__builtin_expect(
		    raw->generation == model->modules.generation && remembered != CHARGE_NONE, 1)) {
		const struct charge *charge = &model->charges[remembered];
		if (charge->kind == event->kind && charge->cut == event->cut) {
			return remembered;
		}
	}
	return model_charge_find(model, event);
}

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

// What is known of the run, a constant wherever it is passed: it need not be asked of the model.
struct traits {
	bool is_plain;   // model_is_plain
	bool is_watched; // by a census and by a timeline
};

static const struct traits TRAITS_NONE = { false, false };

// The slow half of model_tell_changed.
void model_tell_watchers(const struct model *model, const struct block_change *change);

// To be called after a block that counts has come or gone. Always inline, so that the change need not be written down.
static inline __attribute__((always_inline)) void
model_tell_changed(const struct model *model, struct traits traits,
		   const struct block_change *change)
{
	if (traits.is_watched || model->census) {
		census_changed(model->census, model, change);
	}
	if (traits.is_watched || model->timeline) {
		timeline_changed(model->timeline, model, change);
	}
	if (!traits.is_plain && model->has_change_watchers) {
		model_tell_watchers(model, change);
	}
}

// What a block counts for.
static inline struct weight weigh(const struct model *model, struct traits traits, uint64_t size,
				  uint64_t addr, uint32_t seq)
{
	return traits.is_plain || model->sampling == 0
		       ? (struct weight){ size, 1, 0 }
		       : sampling_weigh(model->sampling, size, addr, seq);
}

// The same of a live block. All mappings are recorded.
static inline struct weight weigh_block(const struct model *model, struct traits traits,
					const struct live_block *block)
{
	bool is_mapping =
		!traits.is_plain && model->sampling != 0 && block->charge != CHARGE_NONE &&
		charge_is_mapping(&model->charges[block->charge & ~(uint32_t)CHARGE_BEFORE]);
	return is_mapping ? (struct weight){ block->size, 1, 0 }
			  : weigh(model, traits, block->size, block->addr, block->seq);
}

// A block and its birth as they were, to be told of once it is released. No struct live_birth: it would be copied at once,
// and what is read in parts soon after waits for that.
struct released_block {
	struct live_block block;
	uint32_t birth_thread, birth_spare;
	uint64_t birth_time;
	uint64_t charge_bytes; // that are live of its charge once it is released
};

static inline struct released_block block_copy(const struct model *model, struct traits traits,
					       const struct live_block *block)
{
	struct released_block copy = { .block = *block };
	if (!traits.is_plain && model->live.has_births) {
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

// It is no more. Returns the bytes that are still live of its charge, 0 if it does not count.
uint64_t model_block_drop(struct model *model, struct live_block *block);

// Adds the allocation to the totals. Returns its charge; CHARGE_NONE: it does not count.
uint32_t model_total_add(struct model *model, const struct event *event,
			 const struct weight *weight);

void model_block_alloc(struct model *model, const struct event *event);
void model_block_free(struct model *model, const struct event *event);

// Whether all blocks are recorded and count, and are watched by a census and a timeline at most: so it is in most runs.
static inline bool model_is_plain(const struct model *model)
{
	return model->sampling == 0 && !model->is_counted && !model->variances &&
	       !model->live.has_births && !model->has_change_watchers;
}

// Applies the events, of which there are any, to the first one that is no allocation and no release, or comes after others that
// are missing. Returns how many that are. The model is not partial.
size_t model_apply_blocks(struct model *model, const struct event *events, size_t n);

// Before the model's time moves on to `time`.
void model_tell_time(const struct model *model, uint64_t time);

// A mapping takes the place of what was mapped there.
void model_mapped(struct model *model, const struct event *event);

// Nothing is mapped any more where the event says; mappings of which it is a part are cut.
void model_unmapped(struct model *model, const struct event *event);

void model_fail(struct model *model, const struct event *event);
void model_note(struct model *model, const struct event *event);

#endif
