// SPDX-License-Identifier: GPL-3.0-or-later
// A relay that is killed: another goes on where it was with its file, and nothing is lost or twice there.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>

#include "channel_case.h"

enum { ROUNDS = 6 };

static uint32_t n_kills; // of a round
static int32_t last_killed;

// Each as soon as the next relay is there, and a little later each time.
static void *kill_relays(void *unused)
{
	(void)unused;
	for (uint32_t i = 0; i < n_kills; i++) {
		int32_t pid;
		while ((pid = atomic_load(&region_current->relay_pid)) == 0 || pid == last_killed)
			sched_yield();
		case_sleep_ms(i * 3 % 7);
		case_kill(pid);
		last_killed = pid;
	}
	atomic_store(&notes->is_go, 1);
	return NULL;
}

static void write_while_relays_are_killed(void)
{
	uint32_t thread;
	size_t at = 0;
	pthread_t killer;

	CASE_CHECK(case_open(case_file("orphan")));
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(pthread_create(&killer, NULL, kill_relays, NULL) == 0);
	while (atomic_load(&notes->is_go) == 0)
		CASE_CHECK(case_write(ring, &at, 10000));
	pthread_join(killer, NULL);
	CASE_CHECK(case_write(ring, &at, 1000));
	CASE_CHECK(!channel_is_broken());
	atomic_store(&notes->n_written, (uint32_t)at);
	channel_drain(CASE_DRAIN_MS);
}

static void check_orphan(void)
{
	struct stream stream = case_stream("orphan");

	CHECK(stream.is_sound && stream.has_preamble);
	CHECK_EQ(stream.end, WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], atomic_load(&notes->n_written));
	CHECK(pattern_holds(&stream, 1));
	CHECK_STR(case_messages(), "");
	stream_free(&stream);
	unlink("orphan");
}

static void others_go_on(void)
{
	for (n_kills = 1; n_kills <= ROUNDS; n_kills++) {
		case_run(write_while_relays_are_killed);
		check_orphan();
	}
}

// More often than a program cares to start relays.
static void in_the_end_the_program_writes_by_itself(void)
{
	n_kills = 8;
	case_run(write_while_relays_are_killed);
	check_orphan();
}

static void kill_before_the_end(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file("orphan")));
	CASE_CHECK(chdir("/") == 0);
	struct ring *ring = channel_ring_acquire(&thread);
	case_kill(atomic_load(&region_current->relay_pid));
	CASE_CHECK(case_write(ring, &at, 1000));
	atomic_store(&notes->n_written, (uint32_t)at);
	channel_drain(CASE_DRAIN_MS);
}

static void what_a_killed_relay_left_is_written_at_the_end(void)
{
	case_run(kill_before_the_end);
	check_orphan();
}

// The end is where the program finds that it has to write by itself.
static void kill_the_last_before_the_end(void)
{
	n_kills = 7;
	uint32_t thread;
	size_t at = 0;
	pthread_t killer;

	CASE_CHECK(case_open(case_file("orphan")));
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(pthread_create(&killer, NULL, kill_relays, NULL) == 0);
	while (atomic_load(&notes->is_go) == 0)
		CASE_CHECK(case_write(ring, &at, 10000));
	pthread_join(killer, NULL);
	int32_t pid;
	while ((pid = atomic_load(&region_current->relay_pid)) == 0 || pid == last_killed)
		CASE_CHECK(case_write(ring, &at, 10000));
	case_kill(pid);
	CASE_CHECK(case_write(ring, &at, 1000));
	atomic_store(&notes->n_written, (uint32_t)at);
	channel_drain(CASE_DRAIN_MS);
}

static void the_program_writes_the_end_by_itself(void)
{
	case_run(kill_the_last_before_the_end);
	check_orphan();
}

static void kill_where_none_can_go_on(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file("/dev/null")));
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(case_write(ring, &at, 1000));
	case_kill(atomic_load(&region_current->relay_pid));
	uint32_t since = clock_ms();
	CASE_CHECK(!case_write(ring, &at, 1 << 20));
	CASE_CHECK(clock_ms() - since < 5000);
	CASE_CHECK(channel_is_broken());
	CASE_CHECK(!case_write(ring, &at, 1 << 20));
	channel_drain(CASE_DRAIN_MS);
	CASE_CHECK(clock_ms() - since < 5000);
}

static void where_none_can_go_on_it_is_said_once_and_nobody_hangs(void)
{
	case_run(kill_where_none_can_go_on);
	CHECK_STR(case_messages(),
		  "dumpalloc: the relay process: was killed: the rest is not traced\n");
}

int main(void)
{
	case_folder("channel_killed");
	others_go_on();
	in_the_end_the_program_writes_by_itself();
	what_a_killed_relay_left_is_written_at_the_end();
	the_program_writes_the_end_by_itself();
	where_none_can_go_on_it_is_said_once_and_nobody_hangs();
	return check_result();
}
