// SPDX-License-Identifier: GPL-3.0-or-later
// Brings the events of all threads into the one order of their sequence numbers.
#ifndef READALLOC_ORDER_H
#define READALLOC_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"

// Limits of the window. A number that has not come when the window is full, or when later events have waited
// both for ORDER_PATIENCE of stream time and for a whole round of blocks, is counted lost.
enum {
	ORDER_WINDOW_MAX = 1 << 20,    // events
	ORDER_PATIENCE = 30 * 1000000, // microseconds
	ORDER_BATCH = 128,             // events
};

// Events from `next` on wait in a ring until all before them have come.
struct order {
	uint64_t next; // the number to be released next
	event_taker take;
	void *context;
	struct event *ring; // at seq & mask
	uint64_t *waiting;  // one bit per slot
	size_t mask;
	uint64_t n_waiting;
	uint64_t n_missing; // numbers given up and not seen since
	uint64_t n_late;    // events that came after their number was given up
	uint64_t stuck_at;  // the hole that was there when stuck_blocks was set
	uint64_t stuck_blocks;
	// Takes all events whose turn has come at once, in the place of `take`; NULL: they are taken one by one.
	void (*take_all)(void *context, const struct event *events, size_t n);
	struct event *place; // in `ready`, behind those there
	bool has_notes;      // there are any among those
	struct event ready[ORDER_BATCH];
};

// Events go to `take`.
void order_init(struct order *order, event_taker take, void *context);
void order_free(struct order *order);

// Hands on the events whose turn has come; what they own ends here. To be called before anyone looks at what `take` has
// made of them.
void order_drain(struct order *order);

// Where the next event is best made: order_put need not copy it from there.
static inline struct event *order_place(struct order *order)
{
	return order->place;
}

static inline void order_release(struct order *order, const struct event *event)
{
	struct event *place = order_place(order);
	if (event != place) {
		*place = *event;
	}
	if (__builtin_expect(place->type == EVENT_NOTE, 0)) {
		order->has_notes = true;
	}
	order->place = place + 1;
	if (order->place == order->ready + ORDER_BATCH) {
		order_drain(order);
	}
}

// The slow half of order_put.
void order_put_waiting(struct order *order, const struct event *event);

// Takes an event with the number `event->seq`; releases it and those waiting for it when its turn has come.
static inline void order_put(struct order *order, const struct event *event)
{
	if (event->seq == order->next && order->n_waiting == 0) {
		order->next++;
		order_release(order, event);
		return;
	}
	struct event waiting = *event; // its place is wanted for those released before it
	order_put_waiting(order, &waiting);
}

// To be called after each block: gives up on a hole that has been there too long. `time` is the newest time
// of the stream, `n_blocks` the blocks so far, `n_threads` the threads so far.
void order_expire(struct order *order, uint64_t time, uint64_t n_blocks, uint64_t n_threads);

// Takes an event behind those released so far, whatever its number is.
static inline void order_append(struct order *order, struct event *event)
{
	event->seq = order->next - 1;
	order_release(order, event);
}

// Releases everything that waits, in order, and hands it on; holes are counted missing.
void order_flush(struct order *order);

// For an archive: the event that waits with this number, from `next` on and within the window; NULL: none does. And: none
// is to be handed on, as what they belong to is not whole.
struct event *order_waiting_at(struct order *order, uint64_t seq);
void order_forget(struct order *order);

// The stream ended after handing out `n_handed` numbers modulo 2^`bits`: those never seen are missing.
void order_end(struct order *order, uint64_t n_handed, uint64_t bits);

// Continues a 32-bit number to 64 bits: the nearest to what was released.
static inline uint64_t order_unwrap(const struct order *order, uint32_t low)
{
	uint64_t distance = (uint64_t)(int64_t)(int32_t)(low - (uint32_t)order->next);
	return order->next + distance;
}

#endif
