// SPDX-License-Identifier: GPL-3.0-or-later
// The loop over blocks that come and go, of which each instruction counts.
#include "model_blocks.h"

static inline __attribute__((always_inline)) size_t apply(struct model *model, struct traits traits,
							  const struct event *events, size_t n)
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
			block_alloc(model, traits, event, last);
		} else {
			n_halves += type == EVENT_REALLOC_FREE;
			block_free(model, traits, event, last);
		}
	}
	model->next_seq = next_seq;
	size_t n_applied = (size_t)(event - events);
	model->n_events += n_applied - n_halves;
	return n_applied;
}

size_t model_apply_blocks(struct model *model, const struct event *events, size_t n)
{
	if (!model_is_plain(model)) {
		return apply(model, TRAITS_NONE, events, n);
	}
	if (!model->census || !model->timeline) {
		return apply(model, (struct traits){ .is_plain = true }, events, n);
	}
	return apply(model, (struct traits){ .is_plain = true, .is_watched = true }, events, n);
}
