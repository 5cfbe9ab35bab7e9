// SPDX-License-Identifier: GPL-3.0-or-later
// The order window: events of all threads come out by number, holes are waited for, then counted.
#include "order.h"

#include <stdlib.h>

#include "check.h"

struct taken {
	uint64_t *seqs;
	size_t n, room;
};

static void event_take(void *context, const struct event *event)
{
	struct taken *taken = context;
	if (taken->n == taken->room) {
		taken->room = taken->room * 2 + 16;
		taken->seqs = realloc(taken->seqs, taken->room * sizeof(*taken->seqs));
	}
	taken->seqs[taken->n++] = event->seq;
}

static void put_at(struct order *order, uint64_t seq, uint64_t time)
{
	struct event event = { .type = EVENT_FREE, .seq = seq, .time = time };
	order_put(order, &event);
}

static void put(struct order *order, uint64_t seq)
{
	put_at(order, seq, 0);
}

static void shuffled_events_come_out_in_order(void)
{
	enum { N = 100000, THREADS = 5 };
	struct taken taken = { 0 };
	struct order order;
	order_init(&order, event_take, &taken);
	// Each number belongs to a random thread; threads deliver blocks of random length.
	uint64_t *of[THREADS];
	size_t n_of[THREADS] = { 0 };
	size_t done[THREADS] = { 0 };
	for (int t = 0; t < THREADS; t++) {
		of[t] = calloc(N, sizeof(uint64_t));
	}
	srand(1);
	for (uint64_t seq = 1; seq <= N; seq++) {
		int t = rand() % THREADS;
		of[t][n_of[t]++] = seq;
	}
	for (size_t left = N; left != 0;) {
		int t = rand() % THREADS;
		for (int n = rand() % 3000; n > 0 && done[t] < n_of[t]; n--, left--) {
			put(&order, of[t][done[t]++]);
		}
	}
	order_drain(&order);
	CHECK_EQ(taken.n, N);
	for (size_t i = 0; i < taken.n; i++) {
		if (taken.seqs[i] != i + 1) {
			CHECK_EQ(taken.seqs[i], i + 1);
			break;
		}
	}
	CHECK_EQ(order.n_missing, 0);
	CHECK_EQ(order.n_waiting, 0);
	for (int t = 0; t < THREADS; t++) {
		free(of[t]);
	}
	order_free(&order);
	free(taken.seqs);
}

static void hole_is_waited_for_until_the_window_is_full(void)
{
	struct taken taken = { 0 };
	struct order order;
	order_init(&order, event_take, &taken);
	for (uint64_t seq = 2; seq <= ORDER_WINDOW_MAX; seq++) {
		put(&order, seq);
	}
	order_drain(&order);
	CHECK_EQ(taken.n, 0);
	put(&order, ORDER_WINDOW_MAX + 1);
	order_drain(&order);
	CHECK_EQ(taken.n, ORDER_WINDOW_MAX);
	CHECK_EQ(order.n_missing, 1);
	// Late, it is better than never.
	put(&order, 1);
	order_drain(&order);
	CHECK_EQ(taken.n, ORDER_WINDOW_MAX + 1);
	CHECK_EQ(order.n_missing, 0);
	CHECK_EQ(order.n_late, 1);
	order_free(&order);
	free(taken.seqs);
}

static void flush_releases_in_order_and_counts_holes(void)
{
	struct taken taken = { 0 };
	struct order order;
	order_init(&order, event_take, &taken);
	put(&order, 9000);
	put(&order, 3);
	put(&order, 2);
	order_drain(&order);
	CHECK_EQ(taken.n, 0);
	order_flush(&order);
	order_drain(&order);
	CHECK_EQ(taken.n, 3);
	CHECK_EQ(taken.seqs[0], 2);
	CHECK_EQ(taken.seqs[1], 3);
	CHECK_EQ(taken.seqs[2], 9000);
	CHECK_EQ(order.n_missing, 1 + (9000 - 4));
	order_free(&order);
	free(taken.seqs);
}

static void far_jump_is_no_endless_work(void)
{
	struct taken taken = { 0 };
	struct order order;
	order_init(&order, event_take, &taken);
	for (uint64_t i = 1; i <= 1000; i++) {
		put(&order, i << 50);
	}
	order_flush(&order);
	order_drain(&order);
	CHECK_EQ(taken.n, 1000);
	CHECK_EQ(order.next, ((uint64_t)1000 << 50) + 1);
	order_free(&order);
	free(taken.seqs);
}

static void old_hole_is_given_up_after_a_round_and_the_patience(void)
{
	struct taken taken = { 0 };
	struct order order;
	order_init(&order, event_take, &taken);
	put_at(&order, 2, 1000);
	uint64_t late = 1000 + ORDER_PATIENCE + 1;
	order_expire(&order, late, 100, 2);
	order_expire(&order, late, 120, 2);
	order_drain(&order);
	CHECK_EQ(taken.n, 0);
	order_expire(&order, late - 1, 121, 2);
	order_drain(&order);
	CHECK_EQ(taken.n, 0);
	order_expire(&order, late, 121, 2);
	order_drain(&order);
	CHECK_EQ(taken.n, 1);
	CHECK_EQ(order.n_missing, 1);
	order_free(&order);
	free(taken.seqs);
}

static void short_numbers_continue_to_the_nearest(void)
{
	struct order order = { .next = 1 };
	CHECK_EQ(order_unwrap(&order, 5), 5);
	order.next = 0xFFFFFFF0;
	CHECK_EQ(order_unwrap(&order, 0xFFFFFFFF), 0xFFFFFFFF);
	CHECK_EQ(order_unwrap(&order, 3), 0x100000003);
	order.next = 0x100000002;
	CHECK_EQ(order_unwrap(&order, 0xFFFFFFFE), 0xFFFFFFFE);
	CHECK_EQ(order_unwrap(&order, 2), 0x100000002);
}

static void numbers_handed_out_at_the_end_count(void)
{
	struct taken taken = { 0 };
	struct order order;
	order_init(&order, event_take, &taken);
	put(&order, 1);
	order_end(&order, 4, 64);
	CHECK_EQ(order.n_missing, 3);
	order_end(&order, 2, 64);
	CHECK_EQ(order.n_missing, 3);
	order.next = 0x100000003;
	order_end(&order, 3, 32);
	CHECK_EQ(order.n_missing, 4);
	order_free(&order);
	free(taken.seqs);
}

int main(void)
{
	shuffled_events_come_out_in_order();
	hole_is_waited_for_until_the_window_is_full();
	flush_releases_in_order_and_counts_holes();
	far_jump_is_no_endless_work();
	old_hole_is_given_up_after_a_round_and_the_patience();
	short_numbers_continue_to_the_nearest();
	numbers_handed_out_at_the_end_count();
	return check_result();
}
