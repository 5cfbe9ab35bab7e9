// SPDX-License-Identifier: GPL-3.0-or-later
// The events of most runs, of which each instruction counts.
#include "model_blocks.h"

size_t model_apply_plain(struct model *model, const struct event *events, size_t n)
{
	const struct event *event = events, *end = events + n;
	uint64_t n_halves = 0, next_seq = model->next_seq;
	uint32_t thread = events[0].thread;
	struct last_block *last = last_block_of(model, thread);
	for (; event != end && event->seq == next_seq; event++) {
		enum event_type type = event->type;
		if (type > EVENT_REALLOC_FREE) {
			break;
		}
		next_seq++;
		if (event->time > model->last_time) {
			model_tell_time(model, event->time);
			model->last_time = event->time;
		}
		if (event->thread != thread) {
			thread = event->thread;
			last = last_block_of(model, thread);
		}
		if (type <= EVENT_REALLOC) {
			block_alloc(model, true, event, last);
		} else {
			n_halves += type == EVENT_REALLOC_FREE;
			block_free(model, true, event, last);
		}
	}
	model->next_seq = next_seq;
	size_t n_applied = (size_t)(event - events);
	model->n_events += n_applied - n_halves;
	return n_applied;
}
