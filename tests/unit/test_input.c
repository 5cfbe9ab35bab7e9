// SPDX-License-Identifier: GPL-3.0-or-later
// Input: plain and gzip bytes, damage, and signals that come while the input is idle.
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char TEXT[] = "hello, stream\n";
enum { TEXT_SIZE = sizeof(TEXT) - 1 };

static const uint8_t gzipped[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48,
	0xcd, 0xc9, 0xc9, 0xd7, 0x51, 0x28, 0x2e, 0x29, 0x4a, 0x4d, 0xcc, 0xe5,
	0x02, 0x00, 0xe3, 0x84, 0x60, 0x0c, 0x0e, 0x00, 0x00, 0x00,
};

static const char *const PATH = "test_input.data";

static void file_write(const void *bytes, size_t size, int flags)
{
	int fd = open(PATH, O_WRONLY | O_CREAT | flags, 0600);
	CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	close(fd);
}

// Reads to the end, `room` bytes at most at a time; returns the first damage.
static const char *file_read(char *text, size_t *size, size_t room)
{
	struct input *input = input_open(PATH);
	enum input_result result;
	const char *damage = NULL;
	size_t n;
	*size = 0;
	CHECK(input);
	while ((result = input_read(input, (uint8_t *)text + *size, room, &n)) == INPUT_BYTES ||
	       result == INPUT_TAIL) {
		const char *found = input_damage(input);
		damage = damage ? damage : found;
		*size += n;
	}
	CHECK_EQ(result, INPUT_END);
	input_close(input);
	text[*size] = '\0';
	return damage;
}

static void plain_bytes_come_as_they_are(void)
{
	char text[64];
	size_t size;
	file_write(TEXT, TEXT_SIZE, O_TRUNC);
	CHECK(!file_read(text, &size, 40));
	CHECK_STR(text, TEXT);
	CHECK(!file_read(text, &size, 1));
	CHECK_STR(text, TEXT);
	// Less than a magic number.
	file_write("\x1f", 1, O_TRUNC);
	CHECK(!file_read(text, &size, 40));
	CHECK_EQ(size, 1);
	file_write("", 0, O_TRUNC);
	CHECK(!file_read(text, &size, 40));
	CHECK_EQ(size, 0);
}

static void gzip_is_undone_member_by_member(void)
{
	char text[64];
	size_t size;
	file_write(gzipped, sizeof(gzipped), O_TRUNC);
	CHECK(!file_read(text, &size, 40));
	CHECK_STR(text, TEXT);
	file_write(gzipped, sizeof(gzipped), O_APPEND);
	CHECK(!file_read(text, &size, 1));
	CHECK_STR(text, "hello, stream\nhello, stream\n");
	// tar and dd pad with zeros.
	file_write("\0\0\0\0", 4, O_APPEND);
	CHECK(!file_read(text, &size, 40));
	CHECK_EQ(size, 2 * TEXT_SIZE);
}

static void damaged_gzip_keeps_what_was_good(void)
{
	char text[64];
	size_t size;
	for (size_t cut = 2; cut < sizeof(gzipped); cut++) {
		file_write(gzipped, cut, O_TRUNC);
		CHECK_STR(file_read(text, &size, 40), "the gzip data is cut off");
		CHECK(strncmp(text, TEXT, size) == 0);
	}
	CHECK_EQ(size, TEXT_SIZE);
	file_write(gzipped, sizeof(gzipped), O_TRUNC);
	file_write("junk", 4, O_APPEND);
	CHECK_STR(file_read(text, &size, 40), "the gzip data is followed by something else");
	CHECK_STR(text, TEXT);
	uint8_t flipped[sizeof(gzipped)];
	memcpy(flipped, gzipped, sizeof(gzipped));
	flipped[sizeof(gzipped) - 6] ^= 1; // in the checksum
	file_write(flipped, sizeof(flipped), O_TRUNC);
	CHECK_STR(file_read(text, &size, 40), "the gzip data is damaged");
	CHECK_STR(text, TEXT);
}

// All bytes up to where the file ends.
static size_t tail_reach(struct input *input, char *text, size_t size)
{
	size_t n;
	enum input_result result;
	while ((result = input_read(input, (uint8_t *)text + size, 40, &n)) == INPUT_BYTES) {
		size += n;
	}
	CHECK_EQ(result, INPUT_TAIL);
	return size;
}

static void file_that_is_held_open_is_awaited(void)
{
	static const char line[] =
		"what is long enough to be known as no compressed file, and goes on\n";
	enum { ALL = sizeof(line) - 1, FIRST = 40 };
	char text[128];
	int fd = open(PATH, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0 && write(fd, line, FIRST) == FIRST);
	struct input *input = input_open(PATH);
	CHECK(input);
	size_t size = tail_reach(input, text, 0);
	CHECK_EQ(size, FIRST);
	CHECK(input_await(input));
	size = tail_reach(input, text, size);
	CHECK_EQ(size, FIRST);
	CHECK(input_await(input));
	CHECK(write(fd, line + FIRST, ALL - FIRST) == ALL - FIRST);
	size = tail_reach(input, text, size);
	CHECK_EQ(size, ALL);
	CHECK(memcmp(text, line, ALL) == 0);
	close(fd);
	CHECK(!input_await(input));
	size_t n;
	CHECK_EQ(input_read(input, (uint8_t *)text, 40, &n), INPUT_END);
	input_close(input);
}

static void file_that_stays_open_is_not_awaited_for_ever(void)
{
	char text[64];
	int fd = open(PATH, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CHECK(fd >= 0);
	struct input *input = input_open(PATH);
	CHECK(input);
	int n_awaited = 0;
	do {
		CHECK_EQ(tail_reach(input, text, 0), 0);
		n_awaited++;
		CHECK(n_awaited < 1000);
	} while (input_await(input));
	CHECK(n_awaited > 1);
	close(fd);
	input_close(input);
}

static void missing_file_is_said(void)
{
	unlink(PATH);
	CHECK(!input_open(PATH));
	CHECK_EQ(errno, ENOENT);
}

// A child sends `signal_number` once the parent waits for a writer that has said one byte and then nothing.
static void signal_is_seen_while_the_input_is_idle(int signal_number, enum input_result expected)
{
	unlink(PATH);
	CHECK(mkfifo(PATH, 0600) == 0);
	struct input *input = input_open(PATH);
	pid_t parent = getpid();
	pid_t child = fork();
	if (child == 0) {
		int fd = open(PATH, O_WRONLY);
		bool is_well = write(fd, "x", 1) == 1 && kill(parent, signal_number) == 0;
		pause();
		_exit(!is_well);
	}
	uint8_t bytes[8];
	size_t n;
	size_t n_bytes = 0;
	enum input_result result;
	while ((result = input_read(input, bytes, sizeof(bytes), &n)) == INPUT_BYTES ||
	       result == INPUT_TAIL) {
		n_bytes += n;
	}
	CHECK_EQ(result, expected);
	CHECK(n_bytes <= 1);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	// What the writer said before is still there, then its end is seen.
	while ((result = input_read(input, bytes, sizeof(bytes), &n)) == INPUT_BYTES ||
	       result == INPUT_TAIL) {
		n_bytes += n;
	}
	CHECK_EQ(result, INPUT_END);
	CHECK_EQ(n_bytes, 1);
	input_close(input);
	unlink(PATH);
}

static void signal_is_not_lost_between_reads(void)
{
	file_write(TEXT, TEXT_SIZE, O_TRUNC);
	struct input *input = input_open(PATH);
	uint8_t bytes[4];
	size_t n;
	// So few bytes may be cut off.
	CHECK_EQ(input_read(input, bytes, sizeof(bytes), &n), INPUT_TAIL);
	CHECK_EQ(input_read(input, bytes, sizeof(bytes), &n), INPUT_BYTES);
	raise(SIGINT);
	raise(SIGINT);
	CHECK_EQ(input_read(input, bytes, sizeof(bytes), &n), INPUT_STOP);
	input_close(input);
	unlink(PATH);
}

int main(void)
{
	unlink(PATH); // of a run that was killed it is a FIFO, which nobody reads
	plain_bytes_come_as_they_are();
	gzip_is_undone_member_by_member();
	damaged_gzip_keeps_what_was_good();
	file_that_is_held_open_is_awaited();
	file_that_stays_open_is_not_awaited_for_ever();
	missing_file_is_said();
	signal_is_seen_while_the_input_is_idle(SIGUSR1, INPUT_REPORT);
	signal_is_seen_while_the_input_is_idle(SIGTERM, INPUT_STOP);
	signal_is_seen_while_the_input_is_idle(SIGINT, INPUT_STOP);
	signal_is_not_lost_between_reads();
	return check_result();
}
