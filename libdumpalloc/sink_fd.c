// SPDX-License-Identifier: LGPL-2.1-or-later
// A stream to a descriptor that the program was started with.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libdumpalloc/sink.h"

static bool fd_open(struct sink *sink, const struct config *config)
{
	int mode = fcntl(config->fd, F_GETFL);

	text_put(&sink->name, "DUMPALLOC_FD=");
	text_number(&sink->name, (uint64_t)config->fd);
	if (mode >= 0 && (mode & O_ACCMODE) == O_RDONLY) {
		text_put(&sink->reason, "is open for reading alone");
		errno = EBADF;
		return false;
	}
	sink->fd = fcntl(config->fd, F_DUPFD_CLOEXEC, config->fd);
	if (sink->fd < 0)
		return text_errno(&sink->reason);
	// The program has no use for it, nor has what it starts; whoever reads a pipe is to see its end.
	if (config->fd > STDERR_FILENO)
		close(config->fd);
	return true;
}

// Others may have the same open file, so it may not be told not to block: no more is written than surely can be.
static ssize_t fd_write_some(struct sink *sink, const struct iovec *parts, int n_parts)
{
	struct pollfd poll_fd = { .fd = sink->fd, .events = POLLOUT };
	size_t size = parts->iov_len < PIPE_BUF ? parts->iov_len : PIPE_BUF;
	struct stat stat;

	if (fstat(sink->fd, &stat) != 0)
		return -1;
	if (S_ISREG(stat.st_mode))
		return writev(sink->fd, parts, n_parts);
	if (S_ISSOCK(stat.st_mode))
		return send(sink->fd, parts->iov_base, parts->iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (poll(&poll_fd, 1, 0) == 0) {
		errno = EAGAIN;
		return -1;
	}
	return write(sink->fd, parts->iov_base, size);
}

static bool fd_undo(struct sink *sink)
{
	(void)sink;
	return false;
}

const struct sink_ops sink_fd_ops = {
	.open = fd_open,
	.write_some = fd_write_some,
	.undo = fd_undo,
};
