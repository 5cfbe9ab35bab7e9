// SPDX-License-Identifier: GPL-3.0-or-later
// Batches reach the other thread whole and in order, and what they own ends there.
#include "event_pipe.h"

#include <stdlib.h>

#include "check.h"

enum { N_BATCHES = 1000 };

struct taken {
	uint64_t n, n_wrong, n_notes;
};

static void take_all(void *context, const struct event *events, size_t n)
{
	struct taken *taken = context;
	for (size_t i = 0; i < n; i++) {
		taken->n_wrong += events[i].seq != taken->n++;
		taken->n_notes += events[i].type == EVENT_NOTE;
	}
}

// Batches of 1, 2, 3 and so on events; the first of each is a note.
static uint64_t batch_hand(struct event_pipe *pipe, uint64_t seq, size_t n)
{
	struct event *place = event_pipe_place(pipe);
	for (size_t i = 0; i < n; i++) {
		place[i] = (struct event){ .seq = seq++ };
	}
	place[0].type = EVENT_NOTE;
	place[0].note = calloc(1, sizeof(*place[0].note));
	event_pipe_hand(pipe, n);
	return seq;
}

int main(void)
{
	struct taken taken = { 0 };
	struct event_pipe *pipe = event_pipe_new(take_all, &taken);
	if (!pipe) {
		return 77; // one processor alone
	}
	event_pipe_settle(pipe);
	uint64_t seq = 0;
	for (size_t i = 0; i < N_BATCHES; i++) {
		seq = batch_hand(pipe, seq, 1 + i % EVENT_BATCH);
		if (i % 100 == 50) {
			event_pipe_settle(pipe);
			CHECK_EQ(taken.n, seq);
		}
	}
	event_pipe_free(pipe); // with batches that wait
	CHECK_EQ(taken.n, seq);
	CHECK_EQ(taken.n_wrong, 0);
	CHECK_EQ(taken.n_notes, N_BATCHES);
	return check_result();
}
