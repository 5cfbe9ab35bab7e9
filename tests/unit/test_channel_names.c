// SPDX-License-Identifier: GPL-3.0-or-later
// Names of files: an existing stream is never touched, children and new images get names of their own.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "channel_case.h"

static char pattern[256];
static pid_t case_pid;

static void write_one(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file(pattern)));
	CASE_CHECK(case_write(channel_ring_acquire(&thread), &at, 100));
	channel_drain(CASE_DRAIN_MS);
}

// Runs write_one with `name`; afterwards the case's pid is in case_pid.
static void run_with(const char *name)
{
	snprintf(pattern, sizeof pattern, "%s", name);
	case_pid = case_start(write_one);
	case_finish(case_pid);
}

static void check_stream(const char *path)
{
	struct stream stream = case_stream(path);

	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], 100);
	stream_free(&stream);
}

static void make_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

static size_t file_size(const char *path)
{
	struct stat stat_buffer;
	return stat(path, &stat_buffer) == 0 ? (size_t)stat_buffer.st_size : SIZE_MAX;
}

static void conversions_are_expanded(void)
{
	char expected[320];
	run_with("%e-%p.dump");
	char program[256] = "";
	ssize_t n = readlink("/proc/self/exe", pattern, sizeof pattern - 1);
	pattern[n < 0 ? 0 : n] = '\0';
	snprintf(program, sizeof program, "%.200s", strrchr(pattern, '/') + 1);
	snprintf(expected, sizeof expected, "%s-%d.dump", program, (int)case_pid);
	check_stream(expected);
	CHECK_STR(case_messages(), "");
}

static void foreign_file_is_left_alone_and_named(void)
{
	char name[64], expected[128];

	make_file("foreign", "something precious\n");
	run_with("foreign");
	snprintf(name, sizeof name, "foreign.%d", (int)case_pid);
	check_stream(name);
	CHECK_EQ(file_size("foreign"), strlen("something precious\n"));
	snprintf(expected, sizeof expected, "dumpalloc: foreign: exists: writing %s instead\n",
		 name);
	CHECK_STR(case_messages(), expected);
}

static void stream_of_an_ended_process_is_left_alone_and_named(void)
{
	run_with("ended");
	check_stream("ended");
	size_t size = file_size("ended");
	run_with("ended");
	CHECK_EQ(file_size("ended"), size);
	CHECK(strstr(case_messages(), "dumpalloc: ended: exists: writing ended.") != NULL);
}

static void empty_file_is_claimed(void)
{
	make_file("empty", "");
	run_with("empty");
	check_stream("empty");
	CHECK_STR(case_messages(), "");
}

static void locked_empty_file_is_not_claimed(void)
{
	char name[64];
	make_file("locked", "");
	int fd = open("locked", O_RDWR);
	CHECK(flock(fd, LOCK_EX) == 0);
	run_with("locked");
	CHECK_EQ(file_size("locked"), 0);
	snprintf(name, sizeof name, "locked.%d", (int)case_pid);
	check_stream(name);
	close(fd);
}

static void dangling_link_is_left_alone(void)
{
	char name[64];
	CHECK(symlink("nowhere", "link") == 0);
	run_with("link");
	CHECK_EQ(file_size("nowhere"), SIZE_MAX);
	snprintf(name, sizeof name, "link.%d", (int)case_pid);
	check_stream(name);
}

static void device_is_written_as_it_is(void)
{
	run_with("/dev/null");
	CHECK_STR(case_messages(), "");
	CHECK_EQ(access("/dev/null.1", F_OK), -1);
}

static void fifo_is_written_as_it_is(void)
{
	uint8_t bytes[4096];
	size_t size = 0;

	CHECK(mkfifo("fifo", 0600) == 0);
	snprintf(pattern, sizeof pattern, "fifo");
	pid_t pid = case_start(write_one);
	int fd = open("fifo", O_RDONLY);
	for (ssize_t n; (n = read(fd, bytes + size, sizeof bytes - size)) > 0;)
		size += (size_t)n;
	close(fd);
	case_finish(pid);
	struct stream stream = stream_parse(bytes, size);
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS && stream.sizes[1] == 100);
	stream_free(&stream);
}

static void fail_to_open(void)
{
	CASE_CHECK(!case_open(case_file(pattern)));
	CASE_CHECK(waitpid(-1, NULL, WNOHANG | __WALL) == -1 && errno == ECHILD);
}

static void check_refusal(const char *name, const char *message)
{
	snprintf(pattern, sizeof pattern, "%s", name);
	case_run(fail_to_open);
	CHECK_STR(case_messages(), message);
}

static void what_cannot_be_opened_is_said(void)
{
	check_refusal("missing/file", "dumpalloc: missing/file: no such file or directory: "
				      "the program runs untraced\n");
	check_refusal(".", "dumpalloc: .: is a directory: the program runs untraced\n");
	check_refusal("foreign/x",
		      "dumpalloc: foreign/x: not a directory: the program runs untraced\n");
}

// The parent writes, its child writes to a file of its own, the grandchild as well.
static void write_and_fork(void)
{
	uint32_t thread;
	size_t at = 0;

	CASE_CHECK(case_open(case_file(pattern)));
	struct ring *ring = channel_ring_acquire(&thread);
	CASE_CHECK(case_write(ring, &at, 1000));
	for (int level = 0; level < 2; level++) {
		int status;
		pid_t pid = fork();
		CASE_CHECK(pid >= 0);
		if (pid > 0) {
			CASE_CHECK(waitpid(pid, &status, 0) == pid && status == 0);
			CASE_CHECK(case_write(ring, &at, 1000));
			channel_drain(CASE_DRAIN_MS);
			_exit(0);
		}
		channel_forget();
		atomic_store(&notes->value, (uint32_t)getpid());
		at = 0;
		CASE_CHECK(case_open(case_file(pattern)));
		ring = channel_ring_acquire(&thread);
		CASE_CHECK(thread == 1);
		CASE_CHECK(case_write(ring, &at, 1000));
	}
	channel_drain(CASE_DRAIN_MS);
}

static void fork_children_write_their_own_files(const char *name)
{
	char path[64];

	snprintf(pattern, sizeof pattern, "%s", name);
	pid_t pid = case_start(write_and_fork);
	case_finish(pid);
	snprintf(path, sizeof path, strstr(name, "%p") != NULL ? "family.%d" : "tree", (int)pid);
	struct stream stream = case_stream(path);
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], 2000);
	CHECK(pattern_holds(&stream, 1));
	stream_free(&stream);
	snprintf(path, sizeof path, strstr(name, "%p") != NULL ? "family.%d" : "tree.%d",
		 (int)atomic_load(&notes->value));
	stream = case_stream(path);
	CHECK(stream.is_sound && stream.end == WIRE_END_PROCESS);
	CHECK_EQ(stream.sizes[1], 1000);
	CHECK(pattern_holds(&stream, 1));
	stream_free(&stream);
	CHECK_STR(case_messages(), "");
}

// What a new image of the same process does: the same name once more, without channel_forget.
static void write_two_images(void)
{
	write_one();
	write_one();
}

static void new_image_takes_another_name_silently(void)
{
	char path[64];

	snprintf(pattern, sizeof pattern, "image");
	pid_t pid = case_start(write_two_images);
	case_finish(pid);
	check_stream("image");
	snprintf(path, sizeof path, "image.%d", (int)pid);
	check_stream(path);
	CHECK_STR(case_messages(), "");
}

// Records whose bytes look like a field with another pid, wherever one begins to read.
static void write_like_a_preamble(void)
{
	static const uint8_t record[] = { WIRE_FIELD_PID, 1, 99 };
	uint32_t thread;

	CASE_CHECK(case_open(case_file(pattern)));
	struct ring *ring = channel_ring_acquire(&thread);
	for (int i = 0; i < 2000; i++) {
		channel_sequence_next();
		CASE_CHECK(ring_write(ring, record, sizeof record));
	}
	channel_drain(CASE_DRAIN_MS);
	write_one();
}

static void owner_is_read_from_the_preamble_alone(void)
{
	snprintf(pattern, sizeof pattern, "alike");
	case_run(write_like_a_preamble);
	CHECK_STR(case_messages(), "");
}

// The parent writes and lives on; its grandchild, an orphan by then, finds the parent's file. As the
// new image it stands for, it has not called channel_forget.
static void write_as_an_orphan(void)
{
	CASE_CHECK(case_open(case_file(pattern)));
	channel_drain(CASE_DRAIN_MS);
	pid_t between = fork();
	if (between == 0) {
		if (fork() == 0) {
			while (getppid() == (pid_t)atomic_load(&notes->value))
				case_sleep_ms(1);
			write_one();
			atomic_store(&notes->is_go, 1);
		}
		_exit(0);
	}
	atomic_store(&notes->value, (uint32_t)between);
	CASE_CHECK(waitpid(between, NULL, 0) == between);
	while (atomic_load(&notes->is_go) == 0)
		case_sleep_ms(1);
}

static void orphan_of_a_living_family_is_silent(void)
{
	snprintf(pattern, sizeof pattern, "orphan");
	case_run(write_as_an_orphan);
	CHECK_STR(case_messages(), "");
}

// A child that the C library's fork knows nothing about must not reach the parent's rings.
static void clone_behind_the_back(void)
{
	CASE_CHECK(case_open(case_file(pattern)));
	if (!channel_wipes_on_fork())
		return;
	atomic_store(&notes->value, 1);
	pid_t pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		signal(SIGSEGV, SIG_DFL);
		atomic_fetch_add(&region_current->sequence, 1);
		_exit(0);
	}
	int status;
	CASE_CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	CASE_CHECK(channel_sequence_last() == 0);
}

static void region_is_hidden_from_children(void)
{
	snprintf(pattern, sizeof pattern, "raw");
	case_run(clone_behind_the_back);
	printf("memory is wiped on fork here: %s\n", atomic_load(&notes->value) ? "yes" : "no");
}

static void fill_the_disk(void)
{
	uint32_t thread;
	size_t at = 0;
	struct rlimit limit = { 100000, 100000 };

	// Stands for a full disk: the kernel answers the relay's writes with EFBIG from there on.
	CASE_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	CASE_CHECK(case_open(case_file(pattern)));
	struct ring *ring = channel_ring_acquire(&thread);
	uint32_t since = clock_ms();
	while (case_write(ring, &at, 1000) && clock_ms() - since < 5000)
		continue;
	CASE_CHECK(channel_is_broken());
	channel_drain(CASE_DRAIN_MS);
}

static void full_disk_leaves_a_whole_stream(void)
{
	snprintf(pattern, sizeof pattern, "full");
	case_run(fill_the_disk);
	CHECK_STR(case_messages(), "dumpalloc: full: file too large: the rest is not traced\n");
	struct stream stream = case_stream("full");
	CHECK(stream.is_sound && stream.has_preamble);
	CHECK_EQ(stream.end, WIRE_END_SINK_FULL);
	CHECK(pattern_holds(&stream, 1));
	stream_free(&stream);
}

int main(void)
{
	case_folder("channel.names");
	conversions_are_expanded();
	foreign_file_is_left_alone_and_named();
	stream_of_an_ended_process_is_left_alone_and_named();
	empty_file_is_claimed();
	locked_empty_file_is_not_claimed();
	dangling_link_is_left_alone();
	device_is_written_as_it_is();
	fifo_is_written_as_it_is();
	what_cannot_be_opened_is_said();
	fork_children_write_their_own_files("tree");
	fork_children_write_their_own_files("family.%p");
	new_image_takes_another_name_silently();
	owner_is_read_from_the_preamble_alone();
	orphan_of_a_living_family_is_silent();
	region_is_hidden_from_children();
	full_disk_leaves_a_whole_stream();
	return check_result();
}
