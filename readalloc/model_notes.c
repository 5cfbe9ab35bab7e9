// SPDX-License-Identifier: GPL-3.0-or-later
// Failed calls, and notes.
#include "model_private.h"

void model_fail(struct model *model, const struct event *event)
{
	model->n_failures++;
	if (model->n_watchers == 0) {
		return;
	}
	uint32_t stack = event->stack;
	if (stack != STACK_UNKNOWN) {
		stack = stacks_resolve(&model->stacks, &model->modules, stack);
	}
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->failed) {
			watcher->failed(watcher->context, model, event, stack);
		}
	}
}

// Allocations that were left out, and their releases.
static void elided_apply(struct model *model, const struct event *event)
{
	struct elided *sum = &event->note->elided;
	sum->charge = CHARGE_NONE;
	if (model->is_counted && !model->is_counted(model->counted_context, event)) {
		return;
	}
	sum->charge = model_charge_of(model, event);
	const struct {
		enum cost_column column;
		uint64_t value;
	} parts[] = {
		{ COST_total_bytes, sum->bytes },
		{ COST_total_blocks, sum->blocks },
		{ COST_rounding_bytes, sum->rounding },
		{ COST_temporary_bytes, sum->temporary_bytes },
		{ COST_temporary_blocks, sum->temporary_blocks },
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		model->charges[sum->charge].cost.column[parts[i].column] += parts[i].value;
		model->total.column[parts[i].column] += parts[i].value;
	}
	model->n_events += 2 * sum->blocks;
	model->n_elided += 2 * sum->blocks;
}

// Allocations may be missing from now on, or were until now: what was freed before may be freed again.
static void pause_apply(struct model *model, const struct event *event)
{
	const struct note *note = event->note;
	bool is_pause = note->type == WIRE_PAUSE;
	model->has_pauses = true;
	model->known_since = event->seq;
	if (note->number == WIRE_SCOPE_PROCESS) {
		model->is_paused = is_pause;
	} else if (note->number == WIRE_SCOPE_THREAD && is_pause) {
		model->n_paused_threads++;
	} else if (note->number == WIRE_SCOPE_THREAD && model->n_paused_threads != 0) {
		model->n_paused_threads--;
	}
	model->is_partial = model->is_paused || model->n_paused_threads != 0;
}

void model_note(struct model *model, const struct event *event)
{
	const struct note *note = event->note;
	switch (note->type) {
	case WIRE_MAP:
		modules_map(&model->modules, note);
		break;
	case WIRE_UNMAP:
		modules_unmap(&model->modules, note->number);
		break;
	case WIRE_LOST:
		model->n_reported_lost += note->number;
		model->lost[note->flags < WIRE_LOST_END ? note->flags : WIRE_LOST_UNTOLD] +=
			note->number;
		// What has no place among the sampled is an allocation: no release is missing for it.
		if (note->flags != WIRE_LOST_NO_PLACE) {
			model->sure_since = event->seq;
		}
		break;
	case WIRE_EXIT:
		model->has_exited = true;
		break;
	case WIRE_ELIDED_END:
		model->elide_end = note->number < WIRE_ELIDED_REASONS ? (unsigned)note->number : 0;
		break;
	case WIRE_ELIDED_SUM:
		elided_apply(model, event);
		break;
	case WIRE_POOL:
	case WIRE_POOL_END:
		pools_note(&model->pools, note);
		break;
	case WIRE_PAUSE:
	case WIRE_RESUME:
		pause_apply(model, event);
		break;
	case WIRE_RESTART:
	case WIRE_TIME:
	case WIRE_FAIL:
	case WIRE_THREAD:
	case WIRE_THREAD_EXIT:
	case WIRE_TAG:
	case WIRE_FORK:
	case WIRE_MESSAGE:
	case WIRE_SNAPSHOT:
	case WIRE_POOL_ALLOC:
	case WIRE_POOL_FREE:
	case WIRE_MAPPING:
		break;
	}
}
