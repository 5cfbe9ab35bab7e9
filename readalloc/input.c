// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of the stream from a file or standard input, gzip undone, and the signals that interrupt them.
#define ZLIB_CONST
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
#include <zlib.h>

#include "follow.h"
#include "signals.h"
#include "util.h"

enum {
	RAW_SIZE = 256 << 10,
	GZIP_MAGIC_0 = 0x1f,
	GZIP_MAGIC_1 = 0x8b,
	FOLLOW_MS = 100,            // between two looks at a file that has nothing new
	GZIP_WINDOW_BITS = 15 + 16, // zlib: the largest window, gzip framing only
};

enum form {
	FORM_UNKNOWN,
	FORM_PLAIN,
	FORM_GZIP,
};

struct input {
	int fd; // -1: none, as the file is followed
	int signal_fd;
	int patience_ms; // -1: no end
	bool is_following;
	bool is_dry; // the file that is followed had nothing when it was read last
	struct follow follow;
	bool is_at_end; // of the descriptor
	enum form form;
	const char *damage;
	bool is_in_member; // of a gzip file, which may have several
	bool has_output;   // inflate may hold more than the caller had room for
	z_stream gzip;
	uint8_t raw[RAW_SIZE];
	size_t raw_at, raw_end;
};

static struct input *input_new(void)
{
	struct input *input = xcalloc(1, sizeof(*input));
	input->signal_fd = signals_open(0);
	input->fd = input->follow.fd = -1;
	input->patience_ms = -1;
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
	if (input->form == FORM_GZIP) {
		inflateEnd(&input->gzip);
	}
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

const char *input_damage(const struct input *input)
{
	return input->damage;
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
	input->is_at_end = n == 0;
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

static void form_find(struct input *input)
{
	const uint8_t *raw = input->raw + input->raw_at;
	if (raw_left(input) >= 2 && raw[0] == GZIP_MAGIC_0 && raw[1] == GZIP_MAGIC_1) {
		if (inflateInit2(&input->gzip, GZIP_WINDOW_BITS) != Z_OK) {
			die("memory: none left");
		}
		input->form = FORM_GZIP;
		input->is_in_member = true;
	} else if (raw_left(input) >= 2 || input->is_at_end ||
		   (raw_left(input) == 1 && raw[0] != GZIP_MAGIC_0)) {
		input->form = FORM_PLAIN;
	}
}

static size_t plain_take(struct input *input, uint8_t *bytes, size_t size)
{
	size_t n = raw_left(input) < size ? raw_left(input) : size;
	memcpy(bytes, input->raw + input->raw_at, n);
	input->raw_at += n;
	return n;
}

// Nothing that follows can be trusted.
static void gzip_stop(struct input *input, const char *damage)
{
	input->damage = damage;
	input->raw_at = input->raw_end;
	input->is_at_end = true;
	input->is_in_member = false;
}

// After a member: another one, padding, or what does not belong here.
static void member_begin(struct input *input)
{
	while (raw_left(input) != 0 && input->raw[input->raw_at] == 0) {
		input->raw_at++;
	}
	if (raw_left(input) == 0) {
		return;
	}
	if (input->raw[input->raw_at] != GZIP_MAGIC_0 || inflateReset(&input->gzip) != Z_OK) {
		gzip_stop(input, "the gzip data is followed by something else");
		return;
	}
	input->is_in_member = true;
}

static size_t gzip_take(struct input *input, uint8_t *bytes, size_t size)
{
	if (!input->is_in_member) {
		member_begin(input);
	}
	if (!input->is_in_member) {
		return 0;
	}
	input->gzip.next_in = input->raw + input->raw_at;
	input->gzip.avail_in = (uInt)raw_left(input);
	input->gzip.next_out = bytes;
	input->gzip.avail_out = (uInt)(size < RAW_SIZE ? size : RAW_SIZE);
	uInt room = input->gzip.avail_out;
	int result = inflate(&input->gzip, Z_NO_FLUSH);
	size_t n = room - input->gzip.avail_out;
	input->raw_at = input->raw_end - input->gzip.avail_in;
	input->has_output = input->gzip.avail_out == 0;
	if (result == Z_STREAM_END) {
		input->is_in_member = false;
		input->has_output = false;
	} else if (result != Z_OK && result != Z_BUF_ERROR) {
		gzip_stop(input, "the gzip data is damaged");
	} else if (input->is_at_end && n == 0 && raw_left(input) == 0) {
		gzip_stop(input, "the gzip data is cut off");
	}
	return n;
}

enum input_result input_read(struct input *input, uint8_t *bytes, size_t size, size_t *n)
{
	*n = 0;
	for (;;) {
		bool is_hungry = !input->is_at_end && !input->has_output &&
				 (raw_left(input) == 0 || input->form == FORM_UNKNOWN);
		enum input_result result = event_wait(input, is_hungry);
		if (result != INPUT_BYTES) {
			return result;
		}
		if (input->form == FORM_UNKNOWN) {
			form_find(input);
		}
		if (input->form == FORM_PLAIN) {
			*n = plain_take(input, bytes, size);
		} else if (input->form == FORM_GZIP) {
			*n = gzip_take(input, bytes, size);
		}
		if (*n != 0) {
			return INPUT_BYTES;
		}
		if (input->is_at_end && !input->is_in_member && raw_left(input) == 0) {
			return INPUT_END;
		}
	}
}
