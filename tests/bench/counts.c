// SPDX-License-Identifier: GPL-3.0-or-later
// Reads a stream from standard input and prints what a report on it has to hold: `counts < STREAM`.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode.h"
#include "model.h"

struct counts {
	struct model model;
	uint64_t n_events, n_live_max;
};

// A realloc of a block counts twice, as it is a release and an allocation.
static void event_take(void *context, const struct event *event)
{
	struct counts *counts = context;

	model_apply(&counts->model, event);
	counts->n_events += event->type == EVENT_ALLOC || event->type == EVENT_FREE ||
			    event->type == EVENT_REALLOC || event->type == EVENT_REALLOC_FREE;
	if (counts->model.live.n > counts->n_live_max)
		counts->n_live_max = counts->model.live.n;
}

int main(void)
{
	static uint8_t buffer[2 * DECODER_BUFFER_MIN];
	static struct counts counts;
	struct order order;
	struct decoder decoder;
	size_t size = 0, used;
	ssize_t n;

	model_init(&counts.model);
	order_init(&order, event_take, &counts);
	decoder_init(&decoder, &counts.model, &order);
	do {
		n = read(STDIN_FILENO, buffer + size, sizeof(buffer) - size);
		size += n > 0 ? (size_t)n : 0;
		used = decoder_feed(&decoder, buffer, size, n <= 0);
		size -= used;
		memmove(buffer, buffer + used, size);
	} while (n > 0);
	order_flush(&order);
	printf("events %" PRIu64 " live %" PRIu64 " frames %zu nodes %zu stacks %zu\n",
	       counts.n_events, counts.n_live_max, counts.model.stacks.n_raw - 1,
	       counts.model.stacks.n_nodes - 1, counts.model.n_charges);
	return n < 0 || decoder.damage.reason != NULL;
}
