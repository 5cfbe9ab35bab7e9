// SPDX-License-Identifier: LGPL-2.1-or-later
// A stream to a file that nobody else writes: an existing file is never truncated or added to.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libdumpalloc/executable.h"
#include "libdumpalloc/family.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/process.h"
#include "libdumpalloc/sink.h"
#include "libdumpalloc/sink_part.h"
#include "libdumpalloc/stream_owner.h"
#include "unwind/minimal.h"

enum {
	NAMES_MAX = 10000, // NAME.PID.1 and so on
	RETRY_MS = 20,
};

// One try to open a name.
enum attempt { ATTEMPT_OPENED, ATTEMPT_TAKEN, ATTEMPT_FAILED };

static void sleep_ms(unsigned ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };
	nanosleep(&time, NULL);
}

// The lock is what makes an empty file ours: of two processes that find one, one gets it.
static enum attempt claim(struct sink *sink, bool is_new)
{
	struct stat stat;

	if (fstat(sink->fd, &stat) != 0)
		return ATTEMPT_FAILED;
	if (!S_ISREG(stat.st_mode))
		return ATTEMPT_OPENED; // a device or a FIFO has nothing to lose, and takes any number of bytes
	sink->part_size = IS_MINIMAL ? 0 : sink->config->part_size;
	if (flock(sink->fd, LOCK_EX | LOCK_NB) != 0) {
		// A file system without locks: what we have created ourselves is ours all the same.
		if (errno != EWOULDBLOCK && is_new)
			return ATTEMPT_OPENED;
		return ATTEMPT_TAKEN;
	}
	if (fstat(sink->fd, &stat) != 0)
		return ATTEMPT_FAILED;
	return stat.st_size == 0 ? ATTEMPT_OPENED : ATTEMPT_TAKEN;
}

// Of a part the beginning is read.
static int mode_of(const struct sink *sink)
{
	return !IS_MINIMAL && sink->config->part_size != 0 ? O_RDWR : O_WRONLY;
}

// A FIFO that nobody reads yet answers ENXIO; its reader may be about to open it.
static int open_existing(const char *path, int mode, unsigned patience_ms)
{
	uint32_t since = clock_ms();

	for (;;) {
		int fd = open(path, mode | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 || errno != ENXIO || clock_ms() - since >= patience_ms)
			return fd;
		sleep_ms(RETRY_MS);
	}
}

static enum attempt try_open(struct sink *sink, const char *path)
{
	bool is_new = true;
	int mode = mode_of(sink);

	sink->fd = open(path, mode | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, 0644);
	if (sink->fd < 0 && errno == EEXIST) {
		is_new = false;
		struct stat stat;
		// Read-only for us is no reason to fail as long as another name will do.
		if (lstat(path, &stat) == 0 && S_ISREG(stat.st_mode) && stat.st_size > 0)
			return ATTEMPT_TAKEN;
		sink->fd = open_existing(path, S_ISREG(stat.st_mode) ? mode : O_WRONLY,
					 sink->patience_ms);
		if (sink->fd < 0 && errno == ENOENT)
			return ATTEMPT_TAKEN; // a link to nowhere, or it has just been removed
	}
	if (sink->fd < 0)
		return ATTEMPT_FAILED;

	enum attempt attempt = claim(sink, is_new);
	if (attempt != ATTEMPT_OPENED)
		sink_drop(sink);
	return attempt;
}

// NAME, NAME.PID, NAME.PID.1, ... False: too long.
static bool build_name(struct text *name, const char *path, pid_t pid, unsigned n)
{
	*name = text_start(name->at, name->size);
	text_put(name, path);
	if (n >= 1) {
		text_char(name, '.');
		text_number(name, (uint64_t)pid);
	}
	if (n >= 2) {
		text_char(name, '.');
		text_number(name, n - 1);
	}
	return !name->is_cut;
}

// Streams of this process's earlier images, of its children, of its forebears, of what a traced forebear has started
// before and of others at work in its session (a forebear is none any more once a parent in between
// has ended) are expected to be there; any other is the user's older work, and the user shall know
// why the name differs.
static bool is_expected(const char *path, pid_t pid)
{
	struct stream_owner owner;

	if (IS_MINIMAL)
		return true; // it asks nobody
	if (!stream_owner_read(path, &owner))
		return false;
	return owner.pid == pid || owner.parent == pid || process_is_ancestor(owner.pid, pid) ||
	       (process_is_alive(owner.pid, 0) && getsid(owner.pid) == getsid(pid)) ||
	       (owner.parent > 1 && process_is_ancestor(owner.parent, pid) &&
		family_has_library(owner.parent));
}

// The name as the process began with it: a child may have gone elsewhere since, a daemon to "/".
static bool expand_name(const struct sink *sink, const struct config *config, char *path,
			size_t path_size)
{
	char program[256];
	struct text text = text_start(path, path_size);

	if (sink->is_fork_child && config->file[0] != '/' && config->directory[0] != '\0') {
		text_put_all(&text, config->directory, "/", (char *)NULL);
	}
	executable_name(program, sizeof program);
	return !text.is_cut &&
	       config_expand(config->file, sink->pid, program, (long long)time(NULL),
			     path + text.length, path_size - text.length);
}

static bool file_open(struct sink *sink, const struct config *config)
{
	char path[CONFIG_PATH_MAX];
	char taken[CONFIG_PATH_MAX];
	struct text *name = &sink->name;
	bool fits = expand_name(sink, config, path, sizeof path);
	// With the pid in its name a fork child's file is its own already.
	bool has_pid = strstr(config->file, "%p") != NULL;
	unsigned first = sink->is_fork_child && !has_pid ? 1 : 0;
	bool has_note = false;

	for (unsigned n = first; fits && n < NAMES_MAX; n++) {
		fits = build_name(name, path, sink->pid, n);
		if (!fits)
			break;
		switch (try_open(sink, name->at)) {
		case ATTEMPT_OPENED:
			if (has_note) {
				text_put(&sink->note_name, taken);
				text_put_all(&sink->note, "exists: writing ", name->at, " instead",
					     (char *)NULL);
			}
			return true;
		case ATTEMPT_TAKEN:
			if (!has_note && !is_expected(name->at, sink->pid)) {
				has_note = true;
				memcpy(taken, name->at, name->length + 1);
			}
			break;
		case ATTEMPT_FAILED:
			return text_errno(&sink->reason);
		}
	}
	text_error(&sink->reason, fits ? EEXIST : ENAMETOOLONG);
	return false;
}

static bool go_on_at(struct sink *sink, uint32_t n_bytes)
{
	struct stat stat;

	if (fstat(sink->fd, &stat) != 0)
		return false;
	// The last place in the file whose number that is, modulo 2^32.
	uint64_t size = (uint64_t)stat.st_size;
	uint64_t end = size - (uint32_t)((uint32_t)size - n_bytes);
	if (!S_ISREG(stat.st_mode) || stat.st_dev != sink->device ||
	    (uint32_t)stat.st_ino != (uint32_t)sink->inode || end > size) {
		errno = ESTALE;
		return false;
	}
	sink->n_bytes = end;
	return flock(sink->fd, LOCK_EX | LOCK_NB) == 0 && sink->ops->undo(sink);
}

static bool file_reopen(struct sink *sink, uint32_t n_bytes)
{
	char path[CONFIG_PATH_MAX];

	if (!sink_part_path(sink, sink->part, path, sizeof path))
		return false;
	sink->fd = open(path, mode_of(sink) | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (sink->fd < 0)
		return false;
	if (go_on_at(sink, n_bytes))
		return true;
	sink_drop(sink);
	return false;
}

static ssize_t file_write_some(struct sink *sink, const struct iovec *parts, int n_parts)
{
	return writev(sink->fd, parts, n_parts);
}

static bool file_undo(struct sink *sink)
{
	struct stat stat;

	if (fstat(sink->fd, &stat) != 0 || !S_ISREG(stat.st_mode))
		return false;
	return ftruncate(sink->fd, (off_t)sink->n_bytes) == 0 &&
	       lseek(sink->fd, (off_t)sink->n_bytes, SEEK_SET) >= 0;
}

const struct sink_ops sink_file_ops = {
	.open = file_open,
	.write_some = file_write_some,
	.undo = file_undo,
	.reopen = file_reopen,
	.next = sink_part_next,
};
