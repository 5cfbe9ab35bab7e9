// SPDX-License-Identifier: GPL-3.0-or-later
// Hands events, in batches, to a thread that takes them while more are decoded.
#ifndef READALLOC_EVENT_PIPE_H
#define READALLOC_EVENT_PIPE_H

#include <stddef.h>

#include "event.h"

enum { EVENT_BATCH = 256 }; // events

struct event_pipe;

// In a thread of its own `take_all` is called with batch after batch; what their events own ends with that. NULL: this
// process has one processor alone, or no thread can be made.
struct event_pipe *event_pipe_new(void (*take_all)(void *context, const struct event *events,
						   size_t n),
				  void *context);
// All that was handed is taken before.
void event_pipe_free(struct event_pipe *pipe);

// Where the next batch is to be made, with room for EVENT_BATCH events.
struct event *event_pipe_place(const struct event_pipe *pipe);

// Hands the batch of `n` events that was made there; waits until there is a place for the next one.
void event_pipe_hand(struct event_pipe *pipe, size_t n);

// Waits until all that was handed is taken: nobody takes anything then.
void event_pipe_settle(struct event_pipe *pipe);

#endif
