// SPDX-License-Identifier: GPL-3.0-or-later
// The ring that all threads share which found none of their own.
#define _GNU_SOURCE
#include <pthread.h>

#include "channel_case.h"

enum { THREADS = 12, SIZE = 300000 };

static void *write_into_the_shared_ring(void *unused)
{
	struct ring claim;
	uint32_t thread;
	size_t at = 0;

	(void)unused;
	CASE_CHECK(channel_ring_share(&claim, &thread));
	CASE_CHECK(case_write(&claim, &at, SIZE));
	channel_ring_release(&claim);
	return NULL;
}

static void run_threads(void *(*body)(void *))
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		CASE_CHECK(pthread_create(&threads[i], NULL, body, NULL) == 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void share(void)
{
	struct ring claim;
	uint32_t thread;
	uint8_t bytes[1] = { 0 };

	CASE_CHECK(case_open(case_file("shared")));
	run_threads(write_into_the_shared_ring);
	CASE_CHECK(channel_ring_share(&claim, &thread));
	CASE_CHECK(ring_write(&claim, bytes, 0)); // no block for nothing
	CASE_CHECK(!ring_refuses(&claim));
	channel_drain(CASE_DRAIN_MS);
}

static void check(const char *path)
{
	struct stream stream = case_stream(path);

	CHECK(stream.is_sound && stream.has_preamble);
	CHECK_EQ(stream.end, WIRE_END_PROCESS);
	CHECK_EQ(stream.n_lost, 0);
	for (uint32_t thread = 1; thread <= THREADS; thread++) {
		CHECK_EQ(stream.sizes[thread], SIZE);
		CHECK(pattern_holds(&stream, thread));
	}
	CHECK_STR(case_messages(), "");
	stream_free(&stream);
	unlink(path);
}

static void many_threads_share_one_ring_without_loss(void)
{
	case_run(share);
	check("shared");
}

static void *kill_some_relays(void *unused)
{
	(void)unused;
	for (int i = 0; i < 3; i++) {
		case_sleep_ms(3);
		int32_t pid = atomic_load(&region_current->relay_pid);
		if (pid != 0)
			case_kill(pid);
		while (atomic_load(&region_current->relay_pid) == pid &&
		       !atomic_load(&notes->is_go))
			case_sleep_ms(1);
	}
	return NULL;
}

static void share_while_relays_are_killed(void)
{
	pthread_t killer;

	CASE_CHECK(case_open(case_file("shared")));
	CASE_CHECK(pthread_create(&killer, NULL, kill_some_relays, NULL) == 0);
	run_threads(write_into_the_shared_ring);
	atomic_store(&notes->is_go, 1);
	pthread_join(killer, NULL);
	channel_drain(CASE_DRAIN_MS);
}

static void killed_relays_lose_nothing_of_it(void)
{
	for (int i = 0; i < 4; i++) {
		case_run(share_while_relays_are_killed);
		check("shared");
	}
}

static void share_directly(void)
{
	static struct config config;

	config = *case_file("shared");
	config.relay = CONFIG_RELAY_NEVER;
	CASE_CHECK(case_open(&config));
	run_threads(write_into_the_shared_ring);
	channel_drain(CASE_DRAIN_MS);
}

static void it_is_written_directly_too(void)
{
	case_run(share_directly);
	check("shared");
}

static void fill_and_be_refused(void)
{
	static struct config config;
	struct ring claim;
	uint32_t thread;
	size_t at = 0;

	// Nobody drains before the start.
	config = *case_file("shared");
	config.buffer_size = CONFIG_BUFFER_LEAST;
	CASE_CHECK(channel_open(&config));
	CASE_CHECK(region_current->ring_size == CONFIG_BUFFER_LEAST);
	CASE_CHECK(channel_ring_share(&claim, &thread));
	CASE_CHECK(!case_write(&claim, &at, CONFIG_BUFFER_LEAST));
	CASE_CHECK(at > CONFIG_BUFFER_LEAST * 3 / 4 && ring_refuses(&claim));
	static uint8_t large[CONFIG_BUFFER_LEAST / 2];
	CASE_CHECK(!ring_write(&claim, large, sizeof large));
}

static void full_it_refuses(void)
{
	case_run(fill_and_be_refused);
}

int main(void)
{
	case_folder("channel_shared");
	many_threads_share_one_ring_without_loss();
	killed_relays_lose_nothing_of_it();
	it_is_written_directly_too();
	full_it_refuses();
	return check_result();
}
