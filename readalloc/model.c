// SPDX-License-Identifier: GPL-3.0-or-later
// What the events add up to: live blocks, costs of stacks, the peak.
#include "model.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model_private.h"
#include "util.h"

void model_init(struct model *model)
{
	memset(model, 0, sizeof(*model));
	stacks_init(&model->stacks);
	modules_init(&model->modules);
	live_table_init(&model->live);
	misuses_init(&model->misuses);
	pools_init(&model->pools);
	model->next_seq = 1;
}

void model_free(struct model *model)
{
	stacks_free(&model->stacks);
	modules_free(&model->modules);
	live_table_free(&model->live);
	mappings_free(&model->mappings);
	misuses_free(&model->misuses);
	pools_free(&model->pools);
	memory_curve_free(&model->memory);
	index_table_free(&model->charge_index);
	pages_free(model->charges, model->charges_room * sizeof(*model->charges));
	pages_free(model->charge_epochs, model->charges_room * sizeof(*model->charge_epochs));
	free(model->variances);
	free(model->last_blocks);
}

void model_close(struct model *model)
{
	stacks_close(&model->stacks);
	index_table_free(&model->charge_index);
}

void model_watch(struct model *model, const struct watcher *watcher)
{
	assert(model->n_watchers < MODEL_WATCHERS_MAX);
	model->watchers[model->n_watchers++] = *watcher;
	model->has_change_watchers |= watcher->changed != NULL;
}

void model_tell_watchers(const struct model *model, const struct block_change *change)
{
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->changed) {
			watcher->changed(watcher->context, model, change);
		}
	}
}

void model_tell_time(const struct model *model, uint64_t time)
{
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->time_moves) {
			watcher->time_moves(watcher->context, model, time);
		}
	}
}

static void tell_noted(const struct model *model, const struct event *event)
{
	for (unsigned i = 0; i < model->n_watchers; i++) {
		const struct watcher *watcher = &model->watchers[i];
		if (watcher->noted) {
			watcher->noted(watcher->context, model, event);
		}
	}
}

void model_apply(struct model *model, const struct event *event)
{
	if (event->seq != model->next_seq || model->is_partial) {
		model->known_since = event->seq;
		if (event->seq != model->next_seq) {
			model->sure_since = event->seq;
		}
	}
	model->next_seq = event->seq + 1;
	if (event->time > model->last_time) {
		model_tell_time(model, event->time);
		model->last_time = event->time;
	}
	switch ((enum event_type)event->type) {
	case EVENT_ALLOC:
	case EVENT_REALLOC:
		model->n_events++;
		model_block_alloc(model, event);
		break;
	case EVENT_FREE:
		model->n_events++;
		model_block_free(model, event);
		break;
	case EVENT_REALLOC_FREE:
		model_block_free(model, event);
		break;
	case EVENT_FAIL:
		model_fail(model, event);
		break;
	case EVENT_NOTE:
		model_note(model, event);
		tell_noted(model, event);
		break;
	case EVENT_POOL_ALLOC:
		pools_alloc(&model->pools, event);
		break;
	case EVENT_POOL_FREE:
		pools_release(&model->pools, event);
		break;
	case EVENT_MAPPED:
		model->n_events++;
		model_mapped(model, event);
		break;
	case EVENT_UNMAPPED:
		// That of mremap is a part of one event.
		model->n_events += event->kind != WIRE_KIND_MREMAP;
		model_unmapped(model, event);
		break;
	case EVENT_NOTHING:
		break;
	}
}

void model_apply_all(struct model *model, const struct event *events, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!model->is_partial) {
			i += model_apply_blocks(model, &events[i], n - i);
		}
		if (i < n) {
			model_apply(model, &events[i]);
		}
	}
}

void model_count_anew(struct model *model)
{
	for (size_t k = 0; k < model->live.n_slots; k++) {
		model->live.slots[k].charge |= CHARGE_BEFORE;
	}
	for (size_t i = 0; i < model->n_charges; i++) {
		model->charges[i].cost = (struct cost){ .column = { 0 } };
		model->charge_epochs[i] = model->epoch;
	}
	if (model->variances) {
		memset(model->variances, 0, model->n_charges * sizeof(*model->variances));
	}
	model->total_variance = (struct variance){ 0 };
	model->before_bytes = model->total.column[COST_live_bytes];
	model->before_blocks = model->total.column[COST_live_blocks];
	model->before_freed_bytes = model->before_freed_blocks = 0;
	model->total = (struct cost){ .column = { 0 } };
	model->peak_time = model->last_time;
	model->n_events = model->n_failures = model->n_unknown_frees = model->n_missed_frees = 0;
	model->n_reported_lost = 0;
	model->n_elided = 0;
	memset(model->lost, 0, sizeof(model->lost));
	model->has_pauses = model->is_partial;
	misuses_forget(&model->misuses);
	strays_forget(&model->strays);
	pools_count_anew(&model->pools);
}
