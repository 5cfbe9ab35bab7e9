// SPDX-License-Identifier: GPL-3.0-or-later
// The state of a reading in a file, so that a reader that was started again goes on from there (--checkpoint).
#include "checkpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "archive.h"
#include "checkpoint_state.h"
#include "options.h"
#include "session.h"
#include "util.h"

enum { WRONG_SIZE = 256 };

struct checkpoint {
	const struct options *options;
	struct input *input;
	char *temporary; // what the file is until it is whole
	char *lock_path; // a file that is locked as long as this reader runs
	int lock;        // -1: not opened
	bool has_failed;
	uint64_t last_us, last_read; // when it was written, and what had been read of the stream
	uint8_t *rest;
	size_t n_rest;
	char wrong[WRONG_SIZE]; // with the input
};

static uint64_t now_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

struct checkpoint *checkpoint_new(const struct options *options, struct input *input)
{
	struct checkpoint *checkpoint = xcalloc(1, sizeof(*checkpoint));
	size_t size = strlen(options->checkpoint) + sizeof(".lock");
	checkpoint->options = options;
	checkpoint->input = input;
	checkpoint->temporary = xcalloc(size, 1);
	checkpoint->lock_path = xcalloc(size, 1);
	checkpoint->lock = -1;
	snprintf(checkpoint->temporary, size, "%s.tmp", options->checkpoint);
	snprintf(checkpoint->lock_path, size, "%s.lock", options->checkpoint);
	checkpoint->last_us = now_us();
	return checkpoint;
}

// Whether the locked file is still the one of that name, not one that its reader has removed since.
static bool is_named(int fd, const char *path)
{
	struct stat held, named;
	return fstat(fd, &held) == 0 && lstat(path, &named) == 0 && held.st_dev == named.st_dev &&
	       held.st_ino == named.st_ino;
}

bool checkpoint_lock(struct checkpoint *checkpoint)
{
	const char *path = checkpoint->lock_path;
	for (;;) {
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
		if (fd < 0) {
			return true; // nor can the state be written: that is said in its time
		}
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			bool is_taken = errno == EWOULDBLOCK;
			close(fd);
			if (is_taken) {
				say("--checkpoint %s: another readalloc keeps its state there",
				    checkpoint->options->checkpoint);
			}
			return !is_taken;
		}
		if (is_named(fd, path)) {
			checkpoint->lock = fd;
			return true;
		}
		close(fd);
	}
}

void checkpoint_free(struct checkpoint *checkpoint)
{
	if (checkpoint) {
		if (checkpoint->lock >= 0) {
			unlink(checkpoint->lock_path);
			close(checkpoint->lock);
		}
		free(checkpoint->lock_path);
		free(checkpoint->temporary);
		free(checkpoint->rest);
		free(checkpoint);
	}
}

bool checkpoint_has_failed(const struct checkpoint *checkpoint)
{
	return checkpoint->has_failed;
}

const uint8_t *checkpoint_rest(const struct checkpoint *checkpoint, size_t *n)
{
	*n = checkpoint->n_rest;
	return checkpoint->rest;
}

// NULL: well; else what is wrong.
static const char *state_read(struct checkpoint *checkpoint, struct session *session,
			      const uint8_t *bytes, size_t size)
{
	struct archive archive;
	struct checkpoint_state state = { .session = session };
	const char *wrong = archive_open(&archive, bytes, size);
	if (!wrong) {
		wrong = checkpoint_archive(&archive, &state);
	}
	checkpoint->rest = state.rest;
	checkpoint->n_rest = state.n_rest;
	const char *moved = wrong ? NULL : input_return(checkpoint->input, &state.place);
	if (moved) {
		snprintf(checkpoint->wrong, WRONG_SIZE, "%.200s %s", checkpoint->options->input,
			 moved);
		wrong = checkpoint->wrong;
	}
	return wrong;
}

static const char *file_read(struct checkpoint *checkpoint, struct session *session, int fd)
{
	struct stat file;
	if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || file.st_size == 0) {
		return "not a checkpoint";
	}
	size_t size = (size_t)file.st_size;
	void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		return strerror(errno);
	}
	const char *wrong = state_read(checkpoint, session, bytes, size);
	munmap(bytes, size);
	return wrong;
}

bool checkpoint_resume(struct checkpoint *checkpoint, struct session *session)
{
	const char *path = checkpoint->options->checkpoint;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT) {
		return true;
	}
	const char *wrong = fd < 0 ? strerror(errno) : file_read(checkpoint, session, fd);
	if (fd >= 0) {
		close(fd);
	}
	if (wrong) {
		say("%s: %s: reading from the beginning", path, wrong);
		free(checkpoint->rest);
		checkpoint->rest = NULL;
		checkpoint->n_rest = 0;
		return false;
	}
	checkpoint->last_read = session->decoder.offset + checkpoint->n_rest;
	return true;
}

// The name is safe only once its folder is.
static void folder_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrndup(".", 1);
	int fd = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	free(folder);
}

// NULL: well; else what is wrong.
static const char *file_write(const struct checkpoint *checkpoint, struct checkpoint_state *state)
{
	struct archive archive;
	const char *path = checkpoint->options->checkpoint;
	int fd = open(checkpoint->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		      0666);
	if (fd < 0) {
		return strerror(errno);
	}
	archive_create(&archive, fd);
	const char *wrong = checkpoint_archive(&archive, state);
	if (!archive_close(&archive) && !wrong) {
		wrong = strerror(errno);
	}
	bool is_safe = fsync(fd) == 0 || errno == EINVAL;
	is_safe = close(fd) == 0 && is_safe;
	if (!wrong && (!is_safe || rename(checkpoint->temporary, path) != 0)) {
		wrong = strerror(errno);
	}
	if (wrong) {
		unlink(checkpoint->temporary);
	} else {
		folder_sync(path);
	}
	return wrong;
}

static bool is_due(const struct checkpoint *checkpoint, uint64_t n_read)
{
	const struct options *options = checkpoint->options;
	if (options->checkpoint_bytes != 0) {
		return n_read - checkpoint->last_read >= options->checkpoint_bytes;
	}
	return now_us() - checkpoint->last_us >= options->checkpoint_time;
}

void checkpoint_keep(struct checkpoint *checkpoint, struct session *session, const uint8_t *bytes,
		     size_t n, bool is_last)
{
	uint64_t n_read = session->decoder.offset + n;
	struct checkpoint_state state = { .session = session,
					  .rest = (uint8_t *)(uintptr_t)bytes,
					  .n_rest = n };
	if (n_read == checkpoint->last_read || !(is_last || is_due(checkpoint, n_read)) ||
	    !input_tell(checkpoint->input, &state.place)) {
		return;
	}
	const char *wrong = file_write(checkpoint, &state);
	if (wrong && !checkpoint->has_failed) {
		say("%s: %s", checkpoint->options->checkpoint, wrong);
	}
	checkpoint->has_failed = wrong != NULL;
	checkpoint->last_us = now_us();
	checkpoint->last_read = n_read;
}
