// SPDX-License-Identifier: LGPL-2.1-or-later
// A file of limited size is one of several parts (FORMAT.md, section 2).
#define _GNU_SOURCE
#include "libdumpalloc/sink_part.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libdumpalloc/sink.h"
#include "libdumpalloc/stream_owner.h"
#include "libdumpalloc/wire.h"

enum { PARTS_TRIED = 100 }; // others may have left some

bool sink_part_path(const struct sink *sink, unsigned part, char *path, size_t path_size)
{
	const struct config *config = sink->config;
	struct text text = text_start(path, path_size);

	if (sink->name.at[0] != '/' && config->directory[0] != '\0') {
		text_put_all(&text, config->directory, "/", (char *)NULL);
	}
	text_put(&text, sink->name.at);
	if (part != 0) {
		text_put(&text, WIRE_PART);
		text_number(&text, part);
	}
	if (text.is_cut)
		errno = ENAMETOOLONG;
	return !text.is_cut;
}

// The oldest but for the first, which the others are found by. What stands there must be of this process.
static void remove_part(const struct sink *sink, unsigned part)
{
	char path[CONFIG_PATH_MAX];
	struct stream_owner owner;

	if (sink_part_path(sink, part, path, sizeof path) && stream_owner_read(path, &owner) &&
	    owner.pid == sink->pid)
		(void)unlink(path);
}

static bool copy_head(int from, int to, size_t n_head)
{
	uint8_t bytes[1024];

	for (size_t at = 0; at < n_head;) {
		size_t left = n_head - at;
		ssize_t n =
			pread(from, bytes, left < sizeof bytes ? left : sizeof bytes, (off_t)at);
		if (n > 0)
			n = write(to, bytes, (size_t)n);
		if (n == 0)
			errno = EIO;
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	return true;
}

// Makes a file that nobody has for the part after this one; -1: errno says why.
static int create_part(struct sink *sink, char *path, size_t path_size, unsigned *part)
{
	int fd = -1;

	*part = sink->part;
	errno = EEXIST;
	for (unsigned i = 0; i < PARTS_TRIED && fd < 0 && errno == EEXIST; i++) {
		if (!sink_part_path(sink, ++*part, path, path_size))
			return -1;
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC,
			  S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH);
	}
	return fd;
}

bool sink_part_next(struct sink *sink)
{
	char path[CONFIG_PATH_MAX];
	unsigned n_others = sink->config->n_parts_most - 1;
	unsigned part;

	if (sink->part >= n_others)
		remove_part(sink, sink->part + 1 - n_others);
	int fd = create_part(sink, path, sizeof path, &part);
	if (fd < 0)
		return false;
	(void)flock(fd, LOCK_EX | LOCK_NB);
	if (!copy_head(sink->fd, fd, sink->n_head)) {
		int error = errno;
		close(fd);
		(void)unlink(path);
		errno = error;
		return false;
	}
	close(sink->fd);
	sink->fd = fd;
	sink->part = part;
	sink->n_bytes = sink->n_head;
	return true;
}
