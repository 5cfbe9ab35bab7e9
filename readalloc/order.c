// SPDX-License-Identifier: GPL-3.0-or-later
// Brings the events of all threads into the one order of their sequence numbers.
#include "order.h"

#include <stdbool.h>
#include <stdlib.h>

#include "util.h"

enum { WINDOW_MIN = 4096, WORD_BITS = 64 };

void order_init(struct order *order, event_taker take, void *context)
{
	*order = (struct order){ .next = 1, .take = take, .context = context };
	order->place = order->ready;
	order->mask = WINDOW_MIN - 1;
	order->ring = xcalloc(WINDOW_MIN, sizeof(*order->ring));
	order->waiting = xcalloc(WINDOW_MIN / WORD_BITS, sizeof(*order->waiting));
}

void order_free(struct order *order)
{
	order_flush(order);
	free(order->ring);
	free(order->waiting);
	*order = (struct order){ 0 };
}

void order_drain(struct order *order)
{
	size_t n = (size_t)(order->place - order->ready);
	if (order->take_all) {
		order->take_all(order->context, order->ready, n);
	}
	for (size_t i = 0; i < n && !order->take_all; i++) {
		order->take(order->context, &order->ready[i]);
	}
	for (size_t i = 0; i < n && order->has_notes; i++) {
		if (order->ready[i].type == EVENT_NOTE) {
			free(order->ready[i].note);
		}
	}
	order->place = order->ready;
	order->has_notes = false;
}

static bool is_waiting(const struct order *order, uint64_t seq)
{
	size_t slot = seq & order->mask;
	return order->waiting[slot / WORD_BITS] >> slot % WORD_BITS & 1;
}

static void slot_fill(struct order *order, const struct event *event)
{
	size_t slot = event->seq & order->mask;
	order->ring[slot] = *event;
	order->waiting[slot / WORD_BITS] |= (uint64_t)1 << slot % WORD_BITS;
}

static void window_grow(struct order *order, uint64_t n_needed)
{
	struct order old = *order;
	size_t size = order->mask + 1;
	while (size < n_needed) {
		size *= 2;
	}
	order->mask = size - 1;
	order->ring = xcalloc(size, sizeof(*order->ring));
	order->waiting = xcalloc(size / WORD_BITS, sizeof(*order->waiting));
	for (uint64_t seq = old.next, left = old.n_waiting; left != 0; seq++) {
		if (is_waiting(&old, seq)) {
			slot_fill(order, &old.ring[seq & old.mask]);
			left--;
		}
	}
	free(old.ring);
	free(old.waiting);
}

// The first number from `next` on that waits; there is one.
static uint64_t first_waiting(const struct order *order)
{
	uint64_t seq = order->next;
	for (;;) {
		size_t slot = seq & order->mask;
		uint64_t word = order->waiting[slot / WORD_BITS] >> slot % WORD_BITS;
		if (word != 0) {
			return seq + (uint64_t)__builtin_ctzll(word);
		}
		seq += WORD_BITS - slot % WORD_BITS;
	}
}

// Moves on to `seq`, over a hole.
static void hole_skip(struct order *order, uint64_t seq)
{
	order->n_missing += seq - order->next;
	order->next = seq;
}

static void run_release(struct order *order)
{
	while (order->n_waiting != 0 && is_waiting(order, order->next)) {
		size_t slot = order->next & order->mask;
		order->waiting[slot / WORD_BITS] &= ~((uint64_t)1 << slot % WORD_BITS);
		order->n_waiting--;
		order->next++;
		order_release(order, &order->ring[slot]);
	}
}

// Makes `seq` fit in a window of the largest size, giving up on the oldest holes.
static void window_advance(struct order *order, uint64_t seq)
{
	while (seq - order->next >= ORDER_WINDOW_MAX && order->n_waiting != 0) {
		hole_skip(order, first_waiting(order));
		run_release(order);
	}
	if (seq - order->next >= ORDER_WINDOW_MAX) {
		// Nothing waits: the numbers between belong to other threads and may still come.
		hole_skip(order, seq - ORDER_WINDOW_MAX + 1);
	}
}

void order_put_waiting(struct order *order, const struct event *event)
{
	uint64_t seq = event->seq;
	if (seq < order->next) {
		// It was given up; late is better than never.
		order->n_late++;
		order->n_missing -= order->n_missing != 0;
		order_release(order, event);
		return;
	}
	if (seq - order->next >= ORDER_WINDOW_MAX) {
		window_advance(order, seq);
	}
	if (seq - order->next > order->mask) {
		window_grow(order, seq - order->next + 1);
	}
	if (is_waiting(order, seq)) {
		// A number given twice is a defect of the writer; the first stays in its place.
		order->n_late++;
		order_release(order, event);
		return;
	}
	slot_fill(order, event);
	order->n_waiting++;
	run_release(order);
}

void order_expire(struct order *order, uint64_t time, uint64_t n_blocks, uint64_t n_threads)
{
	if (order->n_waiting == 0) {
		return;
	}
	if (order->stuck_at != order->next) {
		order->stuck_at = order->next;
		order->stuck_blocks = n_blocks;
		return;
	}
	if (n_blocks - order->stuck_blocks <= 2 * n_threads + 16) {
		return;
	}
	uint64_t seq = first_waiting(order);
	uint64_t since = order->ring[seq & order->mask].time;
	if (time > since && time - since > ORDER_PATIENCE) {
		hole_skip(order, seq);
		run_release(order);
	}
}

struct event *order_waiting_at(struct order *order, uint64_t seq)
{
	return is_waiting(order, seq) ? &order->ring[seq & order->mask] : NULL;
}

void order_forget(struct order *order)
{
	for (size_t slot = 0; order->n_waiting != 0 && slot <= order->mask; slot++) {
		if (is_waiting(order, slot)) {
			if (order->ring[slot].type == EVENT_NOTE) {
				free(order->ring[slot].note);
			}
			order->waiting[slot / WORD_BITS] &= ~((uint64_t)1 << slot % WORD_BITS);
			order->n_waiting--;
		}
	}
}

void order_flush(struct order *order)
{
	while (order->n_waiting != 0) {
		hole_skip(order, first_waiting(order));
		run_release(order);
	}
	order_drain(order);
}

void order_end(struct order *order, uint64_t n_handed, uint64_t bits)
{
	order_flush(order);
	uint64_t last = order->next - 1;
	uint64_t behind = n_handed - last;
	if (bits == 32) {
		behind = (uint32_t)behind;
	}
	// A count behind what was seen is not a loss but a writer that counted before the last events.
	if (behind < (bits == 32 ? (uint64_t)1 << 31 : (uint64_t)1 << 63)) {
		order->n_missing += behind;
		order->next += behind;
	}
}
