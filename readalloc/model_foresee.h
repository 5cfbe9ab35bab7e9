// SPDX-License-Identifier: GPL-3.0-or-later
// What can be fetched from memory before an event's turn comes.
#ifndef READALLOC_MODEL_FORESEE_H
#define READALLOC_MODEL_FORESEE_H

#include "census.h"
#include "model.h"

// Has the processor fetch what model_apply will need for an allocation or a release that was just decoded. Always inline: a
// call may be left out by the compiler, to which fetching is doing nothing.
static inline __attribute__((always_inline)) void model_foresee(const struct model *model,
								const struct event *event)
{
	live_table_prefetch(&model->live, event->addr);
	if (event->stack != STACK_UNKNOWN) {
		__builtin_prefetch(&model->stacks.raw[event->stack]);
	}
	if (model->census && model->census->others.n != 0) {
		live_table_prefetch(&model->census->others, event->addr);
	}
}

#endif
