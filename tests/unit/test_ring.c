// SPDX-License-Identifier: GPL-3.0-or-later
// A ring alone: whole records or nothing, wrap-around at every offset, both ways of being full.
#define _GNU_SOURCE
#include "libdumpalloc/ring.h"

#include <pthread.h>

#include "channel_case.h"

static const struct config settings = { .sink = CONFIG_SINK_FILE };

static struct ring *open_ring(uint32_t *thread)
{
	if (!channel_open(&settings))
		abort();
	return channel_ring_acquire(thread);
}

// Takes out what the ring holds, as a drainer does.
static size_t take(struct ring *ring, uint8_t *bytes)
{
	uint32_t head = atomic_load(&ring->head);
	uint32_t tail = atomic_load(&ring->tail);

	for (uint32_t i = 0; i < head - tail; i++)
		bytes[i] = ring->bytes[(tail + i) % ring->size];
	atomic_store(&ring->tail, head);
	return head - tail;
}

static void before_the_start_a_full_ring_refuses(void)
{
	uint32_t thread;
	struct ring *ring = open_ring(&thread);
	static uint8_t bytes[1 << 20];
	uint32_t n = 0;

	CHECK_EQ(thread, 1);
	pattern_fill(bytes, ring->size, 0, 1);
	CHECK(!ring_write(ring, bytes, ring->size / 2 + 1));
	errno = 77;
	while (ring_write(ring, bytes + n, 1000))
		n += 1000;
	CHECK_EQ(errno, 77);
	CHECK(n + 1000 > ring->size && n <= ring->size);
	CHECK(ring_write(ring, bytes + n, ring->size - n));
	CHECK(!ring_write(ring, bytes, 1));
	CHECK(ring_write(ring, bytes, 0));

	static uint8_t out[1 << 20];
	CHECK_EQ(take(ring, out), ring->size);
	CHECK(memcmp(out, bytes, ring->size) == 0);
	CHECK(ring_write(ring, bytes, ring->size / 2));
	channel_forget();
}

static void records_wrap_at_every_offset(void)
{
	uint32_t thread;
	struct ring *ring = open_ring(&thread);
	uint8_t bytes[61], out[61];
	bool is_well = true;

	// 61 is prime to the ring's size: after `size` records every offset has been a beginning.
	for (uint32_t i = 0; i < ring->size && is_well; i++) {
		pattern_fill(bytes, sizeof bytes, i, 1);
		is_well = ring_write(ring, bytes, sizeof bytes) && take(ring, out) == sizeof out &&
			  memcmp(bytes, out, sizeof out) == 0;
	}
	CHECK(is_well);
	channel_forget();
}

static void positions_wrap_at_the_end_of_their_word(void)
{
	uint32_t thread;
	struct ring *ring = open_ring(&thread);
	uint8_t bytes[1000], out[1000];

	pattern_fill(bytes, sizeof bytes, 0, 1);
	atomic_store(&ring->head, UINT32_MAX - 499);
	atomic_store(&ring->tail, UINT32_MAX - 499);
	ring->tail_seen = UINT32_MAX - 499;
	CHECK(ring_write(ring, bytes, sizeof bytes));
	CHECK_EQ(atomic_load(&ring->head), 500);
	CHECK_EQ(take(ring, out), sizeof out);
	CHECK(memcmp(bytes, out, sizeof out) == 0);
	channel_forget();
}

// Takes a piece each time somebody waits.
static void *take_when_awaited(void *argument)
{
	struct ring *ring = argument;

	for (int i = 0; i < 4; i++) {
		while (atomic_load(&ring->is_awaited) == 0)
			case_sleep_ms(1);
		atomic_fetch_add(&ring->tail, ring->size / 8);
		atomic_fetch_add(&region_current->progress, 1);
		if (atomic_exchange(&ring->is_awaited, 0))
			futex_wake(&ring->tail);
	}
	return NULL;
}

static void a_full_ring_waits_for_room(void)
{
	uint32_t thread;
	struct ring *ring = open_ring(&thread);
	static uint8_t bytes[1 << 18];
	pthread_t other;

	atomic_store(&region_current->relay, RELAY_RUNNING);
	CHECK(ring_write(ring, bytes, ring->size / 2) && ring_write(ring, bytes, ring->size / 2));
	CHECK(pthread_create(&other, NULL, take_when_awaited, ring) == 0);
	CHECK(ring_write(ring, bytes, ring->size / 2));
	CHECK_EQ(atomic_load(&ring->tail), ring->size / 2);
	pthread_join(other, NULL);
	channel_forget();
}

static void without_progress_the_wait_ends_and_is_not_repeated(void)
{
	uint32_t thread;
	struct ring *ring = open_ring(&thread);
	static uint8_t bytes[1 << 18];

	atomic_store(&region_current->relay, RELAY_RUNNING);
	region_current->stall_ms = 300;
	CHECK(ring_write(ring, bytes, ring->size / 2) && ring_write(ring, bytes, ring->size / 2));
	uint32_t since = clock_ms();
	CHECK(!ring_write(ring, bytes, 1));
	CHECK(clock_ms() - since >= 300);
	CHECK_EQ(atomic_exchange(&ring->is_awaited, 0), 1);
	for (int i = 0; i < 1000; i++)
		CHECK(!ring_write(ring, bytes, 1));
	CHECK_EQ(atomic_load(&ring->is_awaited), 0);
	// Room again: nothing stays refused.
	atomic_fetch_add(&ring->tail, 10);
	CHECK(ring_write(ring, bytes, 10));
	channel_forget();
}

static void drop_policy_never_waits(void)
{
	uint32_t thread;
	static uint8_t bytes[1 << 18];
	static const struct config drops = { .sink = CONFIG_SINK_FILE, .drops_when_full = true };

	if (!channel_open(&drops))
		abort();
	struct ring *ring = channel_ring_acquire(&thread);
	atomic_store(&region_current->relay, RELAY_RUNNING);
	CHECK(ring_write(ring, bytes, ring->size / 2) && ring_write(ring, bytes, ring->size / 2));
	CHECK(!ring_write(ring, bytes, 1));
	CHECK_EQ(atomic_load(&ring->is_awaited), 0);
	channel_forget();
}

static void sequences_start_at_one(void)
{
	uint32_t thread;

	open_ring(&thread);
	CHECK_EQ(channel_sequence_last(), 0);
	CHECK_EQ(channel_sequence_next(), 1);
	CHECK_EQ(channel_sequence_next(), 2);
	CHECK_EQ(channel_sequence_last(), 2);
	channel_forget();
}

int main(void)
{
	before_the_start_a_full_ring_refuses();
	records_wrap_at_every_offset();
	positions_wrap_at_the_end_of_their_word();
	a_full_ring_waits_for_room();
	without_progress_the_wait_ends_and_is_not_repeated();
	drop_policy_never_waits();
	sequences_start_at_one();
	return check_result();
}
