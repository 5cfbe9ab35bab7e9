// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is still written: it may grow, be replaced by another of its name, or not be there yet.
#include "follow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool follow_open(struct follow *follow, const char *path)
{
	*follow = (struct follow){ .path = path, .parts = { .path = path }, .next_fd = -1 };
	follow->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return follow->fd >= 0 || errno == ENOENT;
}

void follow_close(struct follow *follow)
{
	if (follow->fd >= 0) {
		close(follow->fd);
	}
	if (follow->next_fd >= 0) {
		close(follow->next_fd);
	}
	follow->fd = follow->next_fd = -1;
}

// Whether the path leads to another file by now.
static bool is_other(const struct follow *follow, const struct stat *mine)
{
	struct stat named;
	return stat(follow->path, &named) == 0 &&
	       (named.st_dev != mine->st_dev || named.st_ino != mine->st_ino);
}

// Goes on with the file of that name. It may be away again by now.
static void replace(struct follow *follow)
{
	int fd = open(follow->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	follow->is_replaced = false;
	if (fd >= 0) {
		follow_close(follow);
		follow->fd = fd;
		follow->at = 0;
	}
}

// Nothing more came of the file: finds out whether the reading goes on elsewhere.
static bool look_around(struct follow *follow)
{
	struct stat mine;
	if (fstat(follow->fd, &mine) != 0) {
		return false;
	}
	if (S_ISREG(mine.st_mode) && mine.st_size < follow->at) {
		follow->at = 0;
		return lseek(follow->fd, 0, SEEK_SET) == 0;
	}
	if (follow->next_fd >= 0) {
		close(follow->fd);
		follow->fd = follow->next_fd;
		follow->next_fd = -1;
		follow->at = 0;
		return true;
	}
	follow->next_fd = S_ISREG(mine.st_mode) ? parts_next(&follow->parts, follow->fd) : -1;
	if (follow->next_fd >= 0 || follow->parts.number != 0) {
		return true;
	}
	if (follow->is_replaced) {
		// Whoever wrote the file may have done so after it had lost its name.
		replace(follow);
	} else {
		follow->is_replaced = is_other(follow, &mine);
	}
	return true;
}

ssize_t follow_read(struct follow *follow, uint8_t *bytes, size_t size)
{
	if (follow->fd < 0 && !follow_open(follow, follow->path)) {
		return -1;
	}
	if (follow->fd < 0) {
		return 0;
	}
	ssize_t n = read(follow->fd, bytes, size);
	if (n < 0) {
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	}
	if (n > 0) {
		follow->at += n;
		follow->is_replaced = false;
		return n;
	}
	return look_around(follow) ? 0 : -1;
}
