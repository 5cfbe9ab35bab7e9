// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of the stream from a file or standard input, gzip undone, and the signals that interrupt them.
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "follow.h"
#include "gunzip.h"
#include "parts.h"
#include "signals.h"
#include "util.h"

enum {
	RAW_SIZE = 256 << 10,
	FOLLOW_MS = 100, // between two looks at a file that has nothing new
};

struct input {
	int fd; // -1: none, as the file is followed
	int signal_fd;
	int patience_ms; // -1: no end
	bool is_following;
	bool is_dry; // the file that is followed had nothing when it was read last
	struct follow follow;
	struct parts parts; // of a file that is not followed; no path: of none
	bool is_at_end;     // of the descriptor
	bool is_hungry;     // nothing can be made of the raw bytes before more have come
	struct gunzip gunzip;
	uint8_t raw[RAW_SIZE];
	size_t raw_at, raw_end;
};

static struct input *input_new(void)
{
	struct input *input = xcalloc(1, sizeof(*input));
	input->signal_fd = signals_open(0);
	input->fd = input->follow.fd = input->follow.next_fd = -1;
	input->patience_ms = -1;
	input->is_hungry = true;
	return input;
}

// Ends an input that could not be opened.
static struct input *input_fail(struct input *input)
{
	int error = errno;
	input_close(input);
	errno = error;
	return NULL;
}

struct input *input_open(const char *path)
{
	struct input *input = input_new();
	// Opening a FIFO would wait for its writer, deaf to signals.
	input->parts.path = path;
	input->fd = path ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : STDIN_FILENO;
	return input->signal_fd >= 0 && input->fd >= 0 ? input : input_fail(input);
}

struct input *input_open_following(const char *path)
{
	struct input *input = input_new();
	input->is_following = true;
	return input->signal_fd >= 0 && follow_open(&input->follow, path) ? input
									  : input_fail(input);
}

void input_close(struct input *input)
{
	if (input->fd > STDIN_FILENO) {
		close(input->fd);
	}
	follow_close(&input->follow);
	if (input->signal_fd >= 0) {
		close(input->signal_fd);
	}
	gunzip_reset(&input->gunzip);
	free(input);
}

void input_set_patience(struct input *input, int milliseconds)
{
	input->patience_ms = milliseconds;
}

uint64_t input_waiting(const struct input *input)
{
	int fd = input->is_following ? input->follow.fd : input->fd;
	struct stat file;
	if (fd < 0 || fstat(fd, &file) != 0) {
		return 0;
	}
	if (S_ISREG(file.st_mode)) {
		off_t at = lseek(fd, 0, SEEK_CUR);
		return at >= 0 && at < file.st_size ? (uint64_t)(file.st_size - at) : 0;
	}
	int n = 0;
	return ioctl(fd, FIONREAD, &n) == 0 && n > 0 ? (uint64_t)n : 0;
}

const char *input_damage(struct input *input)
{
	return gunzip_damage(&input->gunzip);
}

// Goes on with the next part of a file; false: there is none.
static bool part_begin(struct input *input)
{
	struct stat file;
	if (!input->parts.path || fstat(input->fd, &file) != 0 || !S_ISREG(file.st_mode)) {
		return false;
	}
	int fd = parts_next(&input->parts, input->fd);
	if (fd >= 0) {
		close(input->fd);
		input->fd = fd;
	}
	return fd >= 0;
}

// Reads more raw bytes behind those not yet used. INPUT_BYTES: well, also at the end.
static enum input_result raw_read(struct input *input)
{
	memmove(input->raw, input->raw + input->raw_at, input->raw_end - input->raw_at);
	input->raw_end -= input->raw_at;
	input->raw_at = 0;
	uint8_t *end = input->raw + input->raw_end;
	size_t room = RAW_SIZE - input->raw_end;
	if (input->is_following) {
		ssize_t n = follow_read(&input->follow, end, room);
		input->is_dry = n == 0;
		input->raw_end += n > 0 ? (size_t)n : 0;
		return n < 0 ? INPUT_FAILED : n == 0 ? INPUT_IDLE : INPUT_BYTES;
	}
	ssize_t n = read(input->fd, end, room);
	if (n < 0) {
		return errno == EAGAIN || errno == EINTR ? INPUT_BYTES : INPUT_FAILED;
	}
	input->is_at_end = n == 0 && !part_begin(input);
	input->raw_end += (size_t)n;
	return INPUT_BYTES;
}

static size_t raw_left(const struct input *input)
{
	return input->raw_end - input->raw_at;
}

// Waits for a signal or, if `is_hungry`, for raw bytes.
static enum input_result event_wait(struct input *input, bool is_hungry)
{
	struct pollfd polled[] = {
		{ .fd = input->signal_fd, .events = POLLIN },
		{ .fd = input->fd, .events = POLLIN },
	};
	bool is_watching = is_hungry && !input->is_following;
	int wait_ms = is_watching ? input->patience_ms : is_hungry && input->is_dry ? FOLLOW_MS : 0;
	int n = poll(polled, is_watching ? 2 : 1, wait_ms);
	if (n < 0) {
		return errno == EINTR ? INPUT_BYTES : INPUT_FAILED;
	}
	enum signal_wish wish =
		polled[0].revents != 0 ? signals_take(input->signal_fd) : SIGNAL_NONE;
	if (wish != SIGNAL_NONE) {
		return wish == SIGNAL_REPORT ? INPUT_REPORT : INPUT_STOP;
	}
	if (is_watching && n == 0) {
		return INPUT_IDLE;
	}
	return is_hungry && (input->is_following || polled[1].revents != 0) ? raw_read(input)
									    : INPUT_BYTES;
}

// What can be made of the raw bytes there are.
static size_t raw_take(struct input *input, uint8_t *bytes, size_t size)
{
	struct gunzip_input raw = { .at = input->raw + input->raw_at,
				    .n = raw_left(input),
				    .is_last = input->is_at_end };
	size_t n = gunzip_take(&input->gunzip, &raw, bytes, size);
	input->raw_at = input->raw_end - raw.n;
	return n;
}

enum input_result input_read(struct input *input, uint8_t *bytes, size_t size, size_t *n)
{
	*n = 0;
	for (;;) {
		enum input_result result = event_wait(input, input->is_hungry && !input->is_at_end);
		if (result != INPUT_BYTES) {
			return result;
		}
		*n = raw_take(input, bytes, size);
		input->is_hungry = *n == 0 && !input->gunzip.damage;
		if (!input->is_hungry) {
			return INPUT_BYTES;
		}
		if (input->is_at_end || gunzip_is_over(&input->gunzip)) {
			return INPUT_END;
		}
	}
}
