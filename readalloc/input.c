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

#include "crc32.h"
#include "follow.h"
#include "gunzip.h"
#include "held_open.h"
#include "parts.h"
#include "signals.h"
#include "util.h"

enum {
	RAW_SIZE = 256 << 10,
	FIRST_SIZE = 4 << 10,   // of the raw bytes by which it is found out what all are
	PLAIN_SIZE = 128 << 10, // of those that go at once to where they are wanted
	FOLLOW_MS = 100,        // between two looks at a file that has nothing new
	AWAIT_MS = 20,          // between two looks at a file that is still held open
	N_AWAITED = 50,         // so many looks at most
	FACE_SIZE = 64 << 10,   // of what tells a file from others
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
	bool has_told_end;  // by INPUT_TAIL
	int n_awaited;      // looks at what may still be written
	bool is_stopping;   // by a signal: of a pipe or a socket what had arrived is read
	uint64_t n_last;    // bytes of that
	uint64_t n_skip;    // bytes that were read before, and are not to be seen again
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

static bool is_file(int fd)
{
	struct stat file;
	return fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
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

bool input_await(struct input *input)
{
	if (!input->is_at_end || input->n_awaited == N_AWAITED || !is_held_open(input->fd)) {
		return false;
	}
	struct pollfd polled = { .fd = input->signal_fd, .events = POLLIN };
	poll(&polled, 1, AWAIT_MS);
	input->n_awaited++;
	input->is_at_end = input->has_told_end = false;
	return true;
}

// How many bytes may be read where there is room for so many.
static size_t room_left(const struct input *input, size_t room)
{
	return input->is_stopping && input->n_last < room ? (size_t)input->n_last : room;
}

// Notes that `n` bytes were read, or that the file is at its end.
static enum input_result read_note(struct input *input, ssize_t n)
{
	if (n < 0) {
		return errno == EAGAIN || errno == EINTR ? INPUT_BYTES : INPUT_FAILED;
	}
	input->n_last -= input->is_stopping ? (uint64_t)n : 0;
	input->is_at_end = n == 0 && !part_begin(input);
	return INPUT_BYTES;
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
	// Another reading is cheap, and the room that is not touched.
	room = input->gunzip.form == GUNZIP_UNKNOWN && room > FIRST_SIZE ? FIRST_SIZE : room;
	ssize_t n = read(input->fd, end, room_left(input, room));
	input->raw_end += n > 0 ? (size_t)n : 0;
	return read_note(input, n);
}

static size_t raw_left(const struct input *input)
{
	return input->raw_end - input->raw_at;
}

// Whether the bytes of the next reading stay as they are, and come before all others.
static bool is_plain(const struct input *input)
{
	return input->gunzip.form == GUNZIP_PLAIN && raw_left(input) == 0 && !input->is_following;
}

// Where bytes are wanted, and how many came there.
struct room {
	uint8_t *at;
	size_t size, n;
};

static enum input_result plain_read(struct input *input, struct room *wanted)
{
	size_t room = wanted->size < PLAIN_SIZE ? wanted->size : PLAIN_SIZE;
	ssize_t n = read(input->fd, wanted->at, room_left(input, room));
	wanted->n = n > 0 ? (size_t)n : 0;
	input->gunzip.n_in += wanted->n;
	return read_note(input, n);
}

// The user wants the end. True: after what has arrived; false: at once, since it is wanted a second time, or all of a file
// has arrived.
static bool stop_begin(struct input *input)
{
	if (input->is_stopping || input->is_following || is_file(input->fd)) {
		return false;
	}
	input->is_stopping = true;
	input->n_last = input_waiting(input);
	return true;
}

// Whether all has been read that had arrived when the end was wanted.
static bool has_had_last(const struct input *input, bool is_hungry)
{
	return input->is_stopping && is_hungry && input->n_last == 0;
}

// Waits for a signal or, if `is_hungry`, for raw bytes. Those that stay as they are may go where they are wanted at once.
static enum input_result event_wait(struct input *input, bool is_hungry, struct room *wanted)
{
	struct pollfd polled[] = {
		{ .fd = input->signal_fd, .events = POLLIN },
		{ .fd = input->fd, .events = POLLIN },
	};
	bool is_watching = is_hungry && !input->is_following;
	int wait_ms = is_watching ? input->patience_ms : is_hungry && input->is_dry ? FOLLOW_MS : 0;
	if (has_had_last(input, is_hungry)) {
		return INPUT_STOP;
	}
	int n = poll(polled, is_watching ? 2 : 1, wait_ms);
	if (n < 0) {
		return errno == EINTR ? INPUT_BYTES : INPUT_FAILED;
	}
	enum signal_wish wish =
		polled[0].revents != 0 ? signals_take(input->signal_fd) : SIGNAL_NONE;
	if (wish == SIGNAL_REPORT) {
		return INPUT_REPORT;
	}
	if (wish != SIGNAL_NONE && (!stop_begin(input) || has_had_last(input, is_hungry))) {
		return INPUT_STOP;
	}
	if (is_watching && n == 0) {
		return INPUT_IDLE;
	}
	if (!is_hungry || (!input->is_following && polled[1].revents == 0)) {
		return INPUT_BYTES;
	}
	return is_plain(input) ? plain_read(input, wanted) : raw_read(input);
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

// The first of the `*n` bytes may have been read before.
static void skipped_drop(struct input *input, uint8_t *bytes, size_t *n)
{
	size_t n_old = input->n_skip < *n ? (size_t)input->n_skip : *n;
	input->n_skip -= n_old;
	*n -= n_old;
	memmove(bytes, bytes + n_old, *n);
}

enum input_result input_read(struct input *input, uint8_t *bytes, size_t size, size_t *n)
{
	*n = 0;
	for (;;) {
		struct room wanted = { .at = bytes, .size = size };
		bool is_hungry = input->is_hungry && !input->is_at_end;
		enum input_result result = event_wait(input, is_hungry, &wanted);
		if (result != INPUT_BYTES) {
			input->is_stopping &= result != INPUT_STOP;
			return result;
		}
		if (input->is_at_end && !input->has_told_end) {
			input->has_told_end = true;
			return INPUT_TAIL;
		}
		*n = wanted.n != 0 ? wanted.n : raw_take(input, bytes, size);
		input->is_hungry = (*n == 0 || is_plain(input)) && !input->gunzip.damage;
		skipped_drop(input, bytes, n);
		if (*n != 0 || input->gunzip.damage) {
			return INPUT_BYTES;
		}
		if (!input->is_hungry) {
			continue; // all of it was read before
		}
		if (input->is_at_end || gunzip_is_over(&input->gunzip)) {
			return INPUT_END;
		}
	}
}

// The CRC-32 of bytes of the file; false: they cannot be read.
static bool file_crc(int fd, uint64_t from, uint64_t end, uint32_t *crc)
{
	uint8_t bytes[4096];
	*crc = 0;
	while (from < end) {
		size_t size = end - from < sizeof(bytes) ? (size_t)(end - from) : sizeof(bytes);
		ssize_t n = pread(fd, bytes, size, (off_t)from);
		if (n <= 0) {
			return false;
		}
		*crc = crc32_update(*crc, bytes, (size_t)n);
		from += (uint64_t)n;
	}
	return true;
}

// What tells a file that was read up to `end` from others.
static bool face_find(int fd, uint64_t end, uint32_t *first, uint32_t *last)
{
	return file_crc(fd, 0, end < FACE_SIZE ? end : FACE_SIZE, first) &&
	       file_crc(fd, end < FACE_SIZE ? 0 : end - FACE_SIZE, end, last);
}

static int descriptor_of(const struct input *input)
{
	return input->is_following ? input->follow.fd : input->fd;
}

bool input_can_return(const struct input *input)
{
	int fd = descriptor_of(input);
	return fd < 0 || is_file(fd);
}

// A member of a gzip file can only be read from its beginning.
bool input_tell(const struct input *input, struct input_place *place)
{
	const struct gunzip *gunzip = &input->gunzip;
	int fd = descriptor_of(input);
	off_t at = fd >= 0 && is_file(fd) ? lseek(fd, 0, SEEK_CUR) : -1;
	if (at < 0 || raw_left(input) > (uint64_t)at) {
		return false;
	}
	bool is_in_member = gunzip->form == GUNZIP_MEMBER;
	uint64_t n_back = is_in_member ? gunzip->n_in - gunzip->member_in : 0;
	*place = (struct input_place){
		.part = input->is_following ? input->follow.parts.number : input->parts.number,
		.end = (uint64_t)at - raw_left(input),
		.n_skipped = input->n_skip + (is_in_member ? gunzip->n_out : 0),
		.form = is_in_member ? GUNZIP_BETWEEN : gunzip->form,
		.is_marked = gunzip->is_marked,
	};
	place->from = place->end - n_back;
	return n_back <= place->end &&
	       face_find(fd, place->end, &place->first_crc, &place->last_crc);
}

static const char *place_check(int fd, const struct input_place *place)
{
	uint32_t first, last;
	if (fd < 0) {
		return "is not there any more";
	}
	if (!is_file(fd) || !face_find(fd, place->end, &first, &last) ||
	    first != place->first_crc || last != place->last_crc) {
		return "is not the file it was";
	}
	return lseek(fd, (off_t)place->from, SEEK_SET) < 0 ? strerror(errno) : NULL;
}

const char *input_return(struct input *input, const struct input_place *place)
{
	struct parts *parts = input->is_following ? &input->follow.parts : &input->parts;
	int *fd = input->is_following ? &input->follow.fd : &input->fd;
	int found = place->part == 0 ? *fd : parts_open(parts, place->part);
	const char *wrong = place_check(found, place);
	if (wrong && found != *fd) {
		parts->number = 0;
		if (found >= 0) {
			close(found);
		}
	}
	if (wrong) {
		return wrong;
	}
	if (found != *fd && *fd >= 0) {
		close(*fd);
	}
	*fd = found;
	input->follow.at = input->is_following ? (off_t)place->from : 0;
	input->gunzip.form = (enum gunzip_form)place->form;
	input->gunzip.is_marked = place->is_marked;
	input->n_skip = place->n_skipped;
	return NULL;
}
