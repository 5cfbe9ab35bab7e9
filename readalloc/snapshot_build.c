// SPDX-License-Identifier: GPL-3.0-or-later
// Makes the snapshot of this moment.
#include "snapshot_build.h"

#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "preamble.h"
#include "snapshot.h"
#include "util.h"

static const double MICROSECONDS = 1e6;

struct snapshot *snapshot_build(struct model *model, const struct preamble *preamble,
				uint64_t n_lost, const char *damage)
{
	model_settle(model);
	struct snapshot *snapshot = xcalloc(1, sizeof(*snapshot));
	*snapshot = (struct snapshot){
		.program = preamble->program,
		.executable = preamble->executable,
		.first_malloc = preamble->first_malloc,
		.command_line = preamble->command_line,
		.pid = preamble->pid,
		.parent_pid = preamble->parent_pid,
		.parent_stream = preamble->parent_stream,
		.parent_position = preamble->parent_position,
		.duration = (double)model->last_time / MICROSECONDS,
		.start_time = preamble->start_time,
		.machine = (unsigned)preamble->machine,
		.word_size = (unsigned)preamble->word_size,
		.walker = preamble->walker,
		.depth_limit = preamble->depth_limit,
		.sampling = preamble->sampling,
		.elide_limit = preamble->elide_limit,
		.n_elided = model->n_elided,
		.elide_end = model->elide_end,
		.total = model->total,
		.total_variance = model->total_variance,
		.n_events = model->n_events,
		.n_failures = model->n_failures,
		.n_unknown_frees = model->n_unknown_frees,
		.has_exited = model->has_exited,
		.has_pauses = model->has_pauses || preamble->least_size != 0,
		.n_missed_frees = model->n_missed_frees,
		.n_lost = n_lost,
		.n_double_frees = model->misuses.n_double,
		.n_mismatched_frees = model->misuses.n_mismatched,
		.misuses = model->misuses.list,
		.n_misuses = model->misuses.n,
		.strays = model->strays.list,
		.n_strays = model->strays.n,
		.pools = model->pools.totals,
		.n_pools = model->pools.n_totals,
		.memory = &model->memory,
		.peak_time = (double)model->peak_time / MICROSECONDS,
		.damage = damage,
		.sites = model->stacks.sites,
		.n_sites = model->stacks.n_sites,
		.nodes = model->stacks.nodes,
		.n_nodes = model->stacks.n_nodes,
		.charges = model->charges,
		.n_charges = model->n_charges,
		.variances = model->variances,
	};
	memcpy(snapshot->lost, model->lost, sizeof(snapshot->lost));
	if (n_lost > model->n_reported_lost) {
		snapshot->lost[WIRE_LOST_UNTOLD] += n_lost - model->n_reported_lost;
	}
	return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
	free(snapshot);
}
