// SPDX-License-Identifier: GPL-3.0-or-later
// How far the reading of many streams is.
#include "crowd.h"
#include "progress.h"

void crowd_look(const struct crowd *crowd, struct progress_state *state)
{
	*state = (struct progress_state){ .is_many = true };
	for (size_t i = 0; i < crowd->n; i++) {
		const struct stream *stream = crowd->streams[i];
		if (stream->state == STREAM_OVER) {
			continue; // it has a row
		}
		const struct model *model = &stream->session->model;
		state->n_streams++;
		state->n_events += model->n_events;
		state->live_bytes += model->total.column[COST_live_bytes];
		state->n_behind += tcp_waiting(stream->fd) + stream->n + stream->n_raw;
	}
	for (size_t i = 0; i < crowd->roll.n; i++) {
		state->n_events += crowd->roll.rows[i].n_events;
	}
	state->n_events += crowd->roll.others.n_events;
}
