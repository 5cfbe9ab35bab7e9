// SPDX-License-Identifier: GPL-3.0-or-later
// What the census does for each block that comes or goes: inline, as it takes little more than a call.
#ifndef READALLOC_CENSUS_CHANGE_H
#define READALLOC_CENSUS_CHANGE_H

#include "census.h"
#include "event.h"
#include "model.h"

static const uint32_t CENSUS_THREAD_NONE = UINT32_MAX;

// The slow half of census_changed: makes room for the charge and the thread.
void census_reach(struct census *census, uint32_t charge, uint32_t thread);

// The same: the heap's bytes are of another level than they were.
void census_level_enter(struct census *census, uint64_t bytes);

// The thread that allocated a live block, which is forgotten.
static inline __attribute__((always_inline)) uint32_t
census_owner_take(struct census *census, const struct block_change *change)
{
	if (change->has_birth) {
		return change->birth_thread;
	}
	uint64_t addr = change->addr;
	struct live_block *other =
		census->others.n != 0 ? live_table_find(&census->others, addr) : NULL;
	uint32_t thread = census->first_thread;
	if (other) {
		thread = other->charge;
		live_table_remove(&census->others, other);
	}
	return thread;
}

static inline __attribute__((always_inline)) void
census_owner_keep(struct census *census, const struct block_change *change, uint32_t thread)
{
	if (change->has_birth) {
		return;
	}
	if (census->first_thread == CENSUS_THREAD_NONE) {
		census->first_thread = thread;
	} else if (thread != census->first_thread) {
		live_table_add(&census->others,
			       &(struct live_block){ .addr = change->addr, .charge = thread },
			       NULL);
	}
}

static inline __attribute__((always_inline)) void
census_released(struct census *census, const struct model *model, const struct block_change *change)
{
	const struct event *event = change->event;
	uint32_t thread = census_owner_take(census, change);
	struct census_thread *owner = &census->threads[thread];
	owner->live_bytes -= change->bytes;
	owner->live_blocks -= change->blocks;
	struct census_size *size = &census->sizes[census_size_class(change->size)];
	size->live_blocks -= change->blocks;
	size->live_bytes -= change->bytes;
	if (change->is_missed || change->is_rest) {
		census->cut_thread = thread;
		return;
	}
	census->threads[event->thread].tid = event->tid;
	census->threads[event->thread].n_releases += change->blocks;
	if (model->sampling == 0 && (uint32_t)event->seq - change->seq <= CENSUS_SHORT_LIFE &&
	    !(event->marks & WIRE_KIND_NOT_SHORT)) {
		census->charges[change->charge].short_blocks++;
		census->short_blocks++;
	}
}

static inline __attribute__((always_inline)) void
census_allocated(struct census *census, const struct block_change *change)
{
	const struct event *event = change->event;
	struct census_size *size = &census->sizes[census_size_class(change->size)];
	size->live_blocks += change->blocks;
	size->live_bytes += change->bytes;
	if (change->is_rest) {
		struct census_thread *owner = &census->threads[census->cut_thread];
		owner->live_bytes += change->bytes;
		owner->live_blocks += change->blocks;
		census_owner_keep(census, change, census->cut_thread);
		return;
	}
	size->total_blocks += change->blocks;
	size->total_bytes += change->bytes;
	struct census_thread *thread = &census->threads[event->thread];
	thread->tid = event->tid;
	thread->n_allocations += change->blocks;
	thread->bytes += change->bytes;
	thread->live_bytes += change->bytes;
	thread->live_blocks += change->blocks;
	census_owner_keep(census, change, event->thread);
	if (event->usable >= change->size) {
		struct census_charge *charge = &census->charges[change->charge];
		charge->asked_bytes += change->bytes;
		charge->usable_bytes +=
			change->bytes + (event->usable - change->size) * change->blocks;
	}
}

static inline __attribute__((always_inline)) void
census_changed(struct census *census, const struct model *model, const struct block_change *change)
{
	uint64_t live = model->total.column[COST_live_bytes];
	if (change->charge >= census->n_charges || change->event->thread >= census->n_threads) {
		census_reach(census, change->charge, change->event->thread);
	}
	if (live - census->level_begin >= census->level_size) {
		census_level_enter(census, live);
	}
	census->levels[census->level]++;
	census->n_changes++;
	if (change->is_release) {
		census_released(census, model, change);
	} else {
		census_allocated(census, change);
	}
}

#endif
