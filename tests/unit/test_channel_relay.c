// SPDX-License-Identifier: GPL-3.0-or-later
// What DUMPALLOC_RELAY asks for: a relay at once, once there is enough to carry, or never.
#define _GNU_SOURCE

#include "channel_case.h"

enum { FEW = 10000, MANY = 40000 };

static const struct config *wanted(const char *path, enum config_relay relay)
{
	static struct config config;

	config = *case_file(path);
	config.relay = relay;
	return &config;
}

static bool has_relay(void)
{
	return atomic_load(&region_current->relay) == RELAY_RUNNING &&
	       atomic_load(&region_current->relay_pid) != 0;
}

// Writes `size` bytes with a relay of that kind, then ends in good order or is killed.
static enum config_relay kind;
static size_t n_to_write;
static bool is_to_be_killed;

static void write_some(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(wanted("some", kind)));
	CASE_CHECK(case_write(channel_ring_acquire(&thread), &at, n_to_write));
	atomic_store(&notes->value, has_relay());
	if (is_to_be_killed)
		raise(SIGKILL);
	channel_drain(CASE_DRAIN_MS);
}

static struct stream run(enum config_relay relay, size_t size, bool is_killed)
{
	int status;

	unlink("some");
	kind = relay;
	n_to_write = size;
	is_to_be_killed = is_killed;
	pid_t pid = case_start(write_some);
	waitpid(pid, &status, 0);
	CHECK_EQ(WIFSIGNALED(status), is_killed);
	CHECK_EQ(atomic_load(&notes->n_failed), 0);
	CHECK_STR(case_messages(), "");
	// What was never begun will not come; all else is awaited.
	return access("some", F_OK) == 0 || relay == CONFIG_RELAY_ALWAYS ? case_stream("some")
									 : (struct stream){ 0 };
}

static void check_whole(enum config_relay relay, size_t size, bool is_killed, bool by_relay)
{
	struct stream stream = run(relay, size, is_killed);

	CHECK(stream.is_sound && stream.has_preamble);
	CHECK_EQ(stream.end, WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], size);
	CHECK(pattern_holds(&stream, 1));
	CHECK_EQ(atomic_load(&notes->value), by_relay);
	stream_free(&stream);
}

static void always_is_at_once(void)
{
	check_whole(CONFIG_RELAY_ALWAYS, FEW, false, true);
	check_whole(CONFIG_RELAY_ALWAYS, FEW, true, true);
}

static void lazy_writes_little_at_the_end(void)
{
	check_whole(CONFIG_RELAY_LAZY, FEW, false, false);
}

static void lazy_starts_once_there_is_much(void)
{
	check_whole(CONFIG_RELAY_LAZY, MANY, false, true);
	check_whole(CONFIG_RELAY_LAZY, MANY, true, true);
}

static void lazy_loses_little_when_killed(void)
{
	run(CONFIG_RELAY_LAZY, FEW, true);
	CHECK(access("some", F_OK) != 0);
}

static void never_writes_each_record_at_once(void)
{
	kind = CONFIG_RELAY_NEVER;
	n_to_write = MANY;
	is_to_be_killed = true;
	unlink("some");
	pid_t pid = case_start(write_some);
	waitpid(pid, NULL, 0);
	struct stream stream = stream_read("some");
	CHECK(stream.is_sound && stream.has_preamble);
	CHECK_EQ(stream.sizes[1], MANY);
	CHECK_EQ(atomic_load(&notes->value), 0);
	stream_free(&stream);
	check_whole(CONFIG_RELAY_NEVER, FEW, false, false);
}

static void wait_before_the_next(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(wanted("slow", CONFIG_RELAY_LAZY)));
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(case_write(ring, &at, 100));
	CASE_CHECK(!has_relay());
	case_sleep_ms(1100);
	CASE_CHECK(case_write(ring, &at, 100));
	CASE_CHECK(has_relay());
	channel_drain(CASE_DRAIN_MS);
}

static void lazy_starts_for_a_program_that_lasts(void)
{
	case_run(wait_before_the_next);
	struct stream stream = case_stream("slow");
	CHECK_EQ(stream.sizes[1], 200);
	stream_free(&stream);
}

static void use_two_rings(void)
{
	uint32_t thread;

	CASE_CHECK(case_open(wanted("two", CONFIG_RELAY_LAZY)));
	CASE_CHECK(channel_ring_acquire(&thread) != NULL);
	CASE_CHECK(!has_relay());
	CASE_CHECK(channel_ring_acquire(&thread) != NULL);
	CASE_CHECK(has_relay());
}

static void lazy_starts_for_a_second_thread(void)
{
	case_run(use_two_rings);
}

static void open_too_late(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(wanted("missing/file", CONFIG_RELAY_LAZY)));
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(case_write(ring, &at, FEW));
	if (n_to_write == MANY) {
		for (int i = 0; i < 100 && !channel_is_broken(); i++)
			(void)case_write(ring, &at, 10000);
		CASE_CHECK(channel_is_broken());
	}
	channel_drain(CASE_DRAIN_MS);
	channel_drain(CASE_DRAIN_MS);
}

static void what_lazy_finds_out_late_is_said_once(void)
{
	for (n_to_write = FEW; n_to_write <= MANY; n_to_write += MANY - FEW) {
		case_run(open_too_late);
		CHECK_STR(case_messages(), "dumpalloc: missing/file: no such file or directory: "
					   "the program runs untraced\n");
	}
}

int main(void)
{
	case_folder("channel_relay");
	always_is_at_once();
	lazy_writes_little_at_the_end();
	lazy_starts_once_there_is_much();
	lazy_loses_little_when_killed();
	never_writes_each_record_at_once();
	lazy_starts_for_a_program_that_lasts();
	lazy_starts_for_a_second_thread();
	what_lazy_finds_out_late_is_said_once();
	return check_result();
}
