// SPDX-License-Identifier: GPL-3.0-or-later
// What can be fetched from memory before an event's turn comes.
#ifndef READALLOC_MODEL_FORESEE_H
#define READALLOC_MODEL_FORESEE_H

#include "census.h"
#include "model.h"

// Has the processor fetch what model_apply will need for an allocation or a release that was just decoded. Always inline: a
// call may be left out by the compiler, to which fetching is doing nothing.
static inline __attribute__((always_inline)) void model_foresee(const struct model *model,
								uint64_t addr, uint32_t stack)
{
	live_table_prefetch(&model->live, addr);
	if (stack != STACK_UNKNOWN) {
		__builtin_prefetch(&model->stacks.raw[stack]);
	}
}

// Whether there is more to be fetched, which model_foresee_more does.
static inline bool model_has_more(const struct model *model)
{
	return model->live.has_births || (model->census && model->census->others.n != 0);
}

static inline __attribute__((always_inline)) void model_foresee_more(const struct model *model,
								     uint64_t addr)
{
	if (model->live.has_births) {
		live_table_prefetch_birth(&model->live, addr);
	}
	if (model->census && model->census->others.n != 0) {
		live_table_prefetch(&model->census->others, addr);
	}
}

#endif
