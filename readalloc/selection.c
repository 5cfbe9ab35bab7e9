// SPDX-License-Identifier: GPL-3.0-or-later
// Which allocations count, by what only their events tell: the thread and the size.
#include "selection.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "filter.h"
#include "util.h"

void selection_free(struct selection *selection)
{
	free(selection->threads);
}

static uint64_t bits_of_number(const struct selection *selection, uint32_t tid)
{
	char number[16];
	snprintf(number, sizeof(number), "%" PRIu32, tid);
	return filters_of_text(selection->filters, FILTER_THREAD, number);
}

// The thread of the event; after an exec or a long run another may have its position.
static struct selection_thread *thread_of(struct selection *selection, const struct event *event)
{
	if (event->thread >= selection->n_threads) {
		size_t n = grown_capacity(selection->n_threads, (size_t)event->thread + 1);
		selection->threads = xrealloc(selection->threads, n, sizeof(*selection->threads));
		memset(&selection->threads[selection->n_threads], 0,
		       (n - selection->n_threads) * sizeof(*selection->threads));
		selection->n_threads = n;
	}
	struct selection_thread *thread = &selection->threads[event->thread];
	if (!thread->is_known || thread->tid != event->tid) {
		*thread = (struct selection_thread){ bits_of_number(selection, event->tid),
						     event->tid, true };
	}
	return thread;
}

bool selection_admits(void *context, const struct event *event)
{
	struct selection *selection = context;
	uint64_t bits = thread_of(selection, event)->bits |
			filters_of_number(selection->filters, FILTER_SIZE, event->size);
	return filters_pass(selection->filters, bits, FILTER_EVENT_KEYS);
}

void selection_note(struct selection *selection, const struct event *event)
{
	if (event->note->type != WIRE_THREAD || event->note->text[0] == '\0') {
		return;
	}
	struct selection_thread *thread = thread_of(selection, event);
	thread->bits = bits_of_number(selection, event->tid) |
		       filters_of_text(selection->filters, FILTER_THREAD, event->note->text);
}
