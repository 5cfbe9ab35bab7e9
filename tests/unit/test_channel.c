// SPDX-License-Identifier: GPL-3.0-or-later
// From rings through the relay to a file: nothing published is lost, whatever ends the program.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>

#include "channel_case.h"

enum {
	BULK_SIZE = 32 << 20, // per thread
	KILLS = 12,
};

static void *write_bulk(void *unused)
{
	uint32_t thread;
	size_t at = 0;
	struct ring *ring = channel_ring_acquire(&thread);

	(void)unused;
	CASE_CHECK(ring != NULL && case_write(ring, &at, BULK_SIZE));
	channel_ring_release(ring);
	return NULL;
}

static void two_producers(void)
{
	pthread_t other;

	CASE_CHECK(case_open(case_file("bulk")));
	CASE_CHECK(pthread_create(&other, NULL, write_bulk, NULL) == 0);
	write_bulk(NULL);
	pthread_join(other, NULL);
	atomic_store(&notes->value, (uint32_t)channel_sequence_last());
	channel_drain(CASE_DRAIN_MS);
}

static void two_threads_arrive_byte_for_byte(void)
{
	case_run(two_producers);
	struct stream stream = case_stream("bulk");
	CHECK(stream.is_sound && stream.has_preamble);
	CHECK_EQ(stream.end, WIRE_END_PROCESS);
	CHECK_EQ(stream.n_events, atomic_load(&notes->value));
	CHECK_EQ(stream.n_lost, 0);
	for (uint32_t thread = 1; thread <= 2; thread++) {
		CHECK_EQ(stream.sizes[thread], BULK_SIZE);
		CHECK(pattern_holds(&stream, thread));
	}
	CHECK_STR(case_messages(), "");
	stream_free(&stream);
	unlink("bulk");
}

// Publishes one record at a time and says so in shared memory, until it is killed.
static void endless_producer(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file("killed")));
	struct ring *ring = channel_ring_acquire(&thread);
	atomic_store(&notes->is_go, 1);
	for (;;) {
		case_write(ring, &at, 40);
		atomic_fetch_add(&notes->n_written, 40);
	}
}

static void sigkill_loses_nothing_published(void)
{
	for (unsigned i = 0; i < KILLS; i++) {
		pid_t pid = case_start(endless_producer);
		while (atomic_load(&notes->is_go) == 0)
			case_sleep_ms(1);
		case_sleep_ms(i * 3);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		struct stream stream = case_stream("killed");
		CHECK(stream.is_sound);
		CHECK_EQ(stream.end, WIRE_END_PROCESS);
		CHECK(stream.sizes[1] >= atomic_load(&notes->n_written));
		CHECK(pattern_holds(&stream, 1));
		stream_free(&stream);
		unlink("killed");
	}
}

static void write_and_abort(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file("crashed")));
	CASE_CHECK(case_write(channel_ring_acquire(&thread), &at, 5000));
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	abort();
}

static void crash_loses_nothing(void)
{
	pid_t pid = case_start(write_and_abort);
	int status;
	waitpid(pid, &status, 0);
	CHECK(WIFSIGNALED(status));
	struct stream stream = case_stream("crashed");
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], 5000);
	stream_free(&stream);
}

static void close_everything(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file("closed")));
	for (int fd = 3; fd < 1024; fd++)
		CASE_CHECK(close(fd) != 0); // none of ours, and the test has none
	CASE_CHECK(case_write(channel_ring_acquire(&thread), &at, 1 << 20));
}

static void closing_all_descriptors_does_no_harm(void)
{
	// The test's own beyond 2 (an emulator's, a harness's) are not what is looked for.
	for (int fd = 3; fd < 1024; fd++)
		close(fd);
	case_run(close_everything);
	struct stream stream = case_stream("closed");
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], 1 << 20);
	stream_free(&stream);
}

static void idle(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file("idle")));
	struct ring *ring = channel_ring_acquire(&thread);
	case_sleep_ms(600); // the relay sleeps as long as it ever does
	CASE_CHECK(case_write(ring, &at, 100));
	atomic_store(&notes->is_go, 1);
	while (atomic_load(&notes->is_go) != 2)
		case_sleep_ms(1);
}

static void idle_program_is_flushed_within_a_second(void)
{
	pid_t pid = case_start(idle);
	while (atomic_load(&notes->is_go) == 0)
		case_sleep_ms(1);
	uint32_t since = clock_ms();
	bool is_there = false;
	while (!is_there && clock_ms() - since < 1000) {
		struct stream stream = stream_read("idle");
		is_there = stream.sizes[1] == 100;
		stream_free(&stream);
		case_sleep_ms(5);
	}
	CHECK(is_there);
	atomic_store(&notes->is_go, 2);
	case_finish(pid);
}

static _Atomic int n_sigchld;

static void on_sigchld(int number)
{
	(void)number;
	n_sigchld++;
}

static void look_for_children(void)
{
	struct sigaction action = { .sa_handler = on_sigchld };
	struct rusage before, after;
	sigset_t pending, mask;
	int status;

	sigaction(SIGCHLD, &action, NULL);
	mode_t umask_before = umask(027);
	getrusage(RUSAGE_CHILDREN, &before);
	CASE_CHECK(case_open(case_file("hidden")));
	CASE_CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
	CASE_CHECK(wait(&status) == -1 && errno == ECHILD);
	sigpending(&pending);
	CASE_CHECK(sigismember(&pending, SIGCHLD) == 0);
	CASE_CHECK(n_sigchld == 0);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	CASE_CHECK(sigismember(&mask, SIGTERM) == 0);
	getrusage(RUSAGE_CHILDREN, &after);
	CASE_CHECK(umask(umask_before) == 027);

	// A child of the program's own is still seen.
	pid_t pid = fork();
	if (pid == 0)
		_exit(7);
	CASE_CHECK(waitpid(-1, &status, 0) == pid && WEXITSTATUS(status) == 7);
	CASE_CHECK(n_sigchld == 1);
	channel_drain(CASE_DRAIN_MS);
	CASE_CHECK(waitpid(-1, &status, WNOHANG) == -1 && errno == ECHILD);
}

static void relay_is_not_seen_by_the_program(void)
{
	case_run(look_for_children);
	struct stream stream = case_stream("hidden");
	CHECK_EQ(stream.end, WIRE_END_PROCESS);
	stream_free(&stream);
}

static void note_the_caller(void)
{
	atomic_store(&notes->value, (uint32_t)getpid());
}

static void start_with_a_callback(void)
{
	static const uint8_t preamble[] = { WIRE_FIELD_PID, 1, 1 };

	CASE_CHECK(channel_open(case_file("callback")));
	CASE_CHECK(
		channel_start(case_file("callback"), preamble, sizeof preamble, note_the_caller));
	CASE_CHECK(atomic_load(&notes->value) == (uint32_t)atomic_load(&region_current->relay_pid));
	CASE_CHECK(atomic_load(&notes->value) != (uint32_t)getpid());
}

static void callback_runs_in_the_relay_alone(void)
{
	case_run(start_with_a_callback);
}

static void become_another_program(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file("exec")));
	CASE_CHECK(case_write(channel_ring_acquire(&thread), &at, 3000));
	execl("/bin/sleep", "sleep", "30", (char *)NULL);
	CASE_CHECK(false);
}

static void new_image_ends_the_stream(void)
{
	pid_t pid = case_start(become_another_program);
	struct stream stream = case_stream("exec");
	CHECK(stream.is_sound);
	CHECK_EQ(stream.end, WIRE_END_EXEC);
	CHECK_EQ(stream.sizes[1], 3000);
	CHECK_EQ(kill(pid, SIGKILL), 0); // the process lived on
	waitpid(pid, NULL, 0);
	CHECK_EQ(atomic_load(&notes->n_failed), 0);
	stream_free(&stream);
}

static void be_restricted(void)
{
	CASE_CHECK(chmod(".", 0777) == 0);
	struct rlimit none = { 0 };
	CASE_CHECK(setrlimit(RLIMIT_NPROC, &none) == 0);
	if (geteuid() == 0) // the limit does not hold for root
		CASE_CHECK(setresuid(65534, 65534, 65534) == 0);
}

static void produce_directly(void)
{
	uint32_t thread;
	size_t at = 0;

	be_restricted();
	CASE_CHECK(case_open(case_file("direct")));
	CASE_CHECK(channel_is_direct());
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(case_write(ring, &at, 300000));
	struct stream stream = stream_read("direct"); // at once, without waiting
	CASE_CHECK(stream.sizes[1] == 300000);
	stream_free(&stream);
	channel_ring_release(ring);
	CASE_CHECK(channel_ring_acquire(&thread) == ring && thread == 2);
	at = 0;
	CASE_CHECK(case_write(ring, &at, 1000));
	channel_drain(CASE_DRAIN_MS);
}

static void without_a_process_the_program_writes_itself(void)
{
	case_run(produce_directly);
	struct stream stream = stream_read("direct");
	CHECK(stream.is_sound && stream.has_preamble);
	CHECK_EQ(stream.end, WIRE_END_PROCESS);
	CHECK(pattern_holds(&stream, 1) && pattern_holds(&stream, 2));
	CHECK_EQ(stream.sizes[2], 1000);
	CHECK_STR(case_messages(), "");
	stream_free(&stream);
}

// The program closes our descriptor and gets its number for a file of its own.
static void lose_the_descriptor(void)
{
	uint32_t thread;
	size_t at = 0;

	be_restricted();
	CASE_CHECK(case_open(case_file("stolen")));
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(case_write(ring, &at, 1000));
	int own = open("own", O_RDWR | O_CREAT, 0600);
	for (int fd = 3; fd < 1024; fd++) {
		if (fd != own && fcntl(fd, F_GETFD) >= 0)
			CASE_CHECK(dup2(own, fd) == fd);
	}
	case_write(ring, &at, 1000);
	CASE_CHECK(channel_is_broken());
	channel_drain(CASE_DRAIN_MS);
	CASE_CHECK(lseek(own, 0, SEEK_END) == 0);
}

static void direct_writing_never_writes_into_another_file(void)
{
	case_run(lose_the_descriptor);
	CHECK_STR(case_messages(),
		  "dumpalloc: stolen: descriptor was closed: the rest is not traced\n");
}

// A ring, which the library waits a second for: a relay on a busy machine may need longer to drain one.
static struct ring *acquire_patiently(uint32_t *thread)
{
	uint32_t since = clock_ms();
	struct ring *ring;
	while ((ring = channel_ring_acquire(thread)) == NULL &&
	       clock_ms() - since < CASE_PATIENCE_MS)
		continue;
	return ring;
}

static void use_many_threads(void)
{
	CASE_CHECK(case_open(case_file("threads")));
	uint32_t n = region_current->n_rings - 1; // without the one for all
	uint32_t last = 0;
	// More than there are rings, one after the other, then as many as there are at once.
	for (uint32_t i = 0; i < n + 100; i++) {
		size_t at = 0;
		uint32_t thread;
		struct ring *ring = acquire_patiently(&thread);
		CASE_CHECK(ring != NULL && thread == ++last);
		if (thread < STREAM_THREADS_MAX)
			CASE_CHECK(case_write(ring, &at, thread * 10));
		channel_ring_release(ring);
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t thread;
		CASE_CHECK(acquire_patiently(&thread) != NULL);
	}
	uint32_t none;
	CASE_CHECK(channel_ring_acquire(&none) == NULL);
	channel_count_lost();
	channel_drain(CASE_DRAIN_MS);
}

static void rings_are_used_again_and_their_end_is_counted(void)
{
	case_run(use_many_threads);
	struct stream stream = case_stream("threads");
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	for (uint32_t thread = 1; thread < STREAM_THREADS_MAX; thread++) {
		CHECK_EQ(stream.sizes[thread], thread * 10);
		CHECK(pattern_holds(&stream, thread));
	}
	CHECK_EQ(stream.n_lost, 1);
	stream_free(&stream);
}

static void start_with_little_memory(void)
{
	struct rlimit limit = { 64 << 20, 64 << 20 };
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
	CASE_CHECK(case_open(case_file("little")));
	CASE_CHECK(case_write(channel_ring_acquire(&thread), &at, 2000000));
	channel_drain(CASE_DRAIN_MS);
}

static void limited_address_space_is_enough(void)
{
	case_run(start_with_little_memory);
	struct stream stream = case_stream("little");
	CHECK(stream.is_sound);
	CHECK_EQ(stream.sizes[1], 2000000);
	stream_free(&stream);
}

// A process with much memory; its fork child's relay must not hold on to a copy.
static long anonymous_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = -1;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof line, file) != NULL)
		sscanf(line, "RssAnon: %ld", &kib);
	if (file != NULL)
		fclose(file);
	return kib;
}

static void start_with_much_memory(void)
{
	uint32_t thread;
	size_t at = 0;
	enum { MUCH = 64 << 20 };
	char *much = malloc(MUCH);

	memset(much, 1, MUCH);
	CASE_CHECK(case_open(case_file("much")));
	// An emulator's own memory is in both.
	pid_t relay = atomic_load(&region_current->relay_pid);
	long enough = anonymous_kib(getpid()) - (MUCH >> 11);
	uint32_t since = clock_ms();
	while (anonymous_kib(relay) >= enough && clock_ms() - since < 5000)
		case_sleep_ms(5);
	CASE_CHECK(anonymous_kib(relay) < enough);
	CASE_CHECK(much[MUCH - 1] == 1);
	CASE_CHECK(case_write(channel_ring_acquire(&thread), &at, 2000000));
	channel_drain(CASE_DRAIN_MS);
}

static void relay_gives_the_copied_memory_back(void)
{
	case_run(start_with_much_memory);
	struct stream stream = case_stream("much");
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], 2000000);
	stream_free(&stream);
}

int main(void)
{
	case_folder("channel.files");
	two_threads_arrive_byte_for_byte();
	sigkill_loses_nothing_published();
	crash_loses_nothing();
	closing_all_descriptors_does_no_harm();
	idle_program_is_flushed_within_a_second();
	relay_is_not_seen_by_the_program();
	callback_runs_in_the_relay_alone();
	new_image_ends_the_stream();
	without_a_process_the_program_writes_itself();
	direct_writing_never_writes_into_another_file();
	rings_are_used_again_and_their_end_is_counted();
	if (__asan_init == NULL) {
		limited_address_space_is_enough();
		relay_gives_the_copied_memory_back();
	}
	return check_result();
}
