// SPDX-License-Identifier: LGPL-2.1-or-later
// Where a stream goes: a file or a peer behind one small interface.
#define _GNU_SOURCE
#include "libdumpalloc/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/pack.h"
#include "libdumpalloc/sink_link.h"
#include "unwind/minimal.h"

enum {
	// Programs count on low numbers (0 to 2 closed and opened again, select); ours stays away.
	FD_WANTED = 200,
	FD_LEAST = 3,
	WAIT_MS = 1000,
	END_ROOM = WIRE_BLOCK_HEADER_SIZE + BLOCK_END_MAX + PACK_HEADER_SIZE +
		   WIRE_MEMBER_TRAILER_SIZE,
};

// The sinks by enum config_sink.
static const struct sink_ops *const sinks[] = {
	[CONFIG_SINK_NONE] = NULL,         [CONFIG_SINK_FILE] = &sink_file_ops,
	[CONFIG_SINK_FD] = &sink_fd_ops,   [CONFIG_SINK_SERVER] = &sink_tcp_ops,
	[CONFIG_SINK_UDP] = &sink_udp_ops, [CONFIG_SINK_LISTEN] = &sink_listen_ops,
};

static void move_fd_up(struct sink *sink)
{
	int fd = fcntl(sink->fd, F_DUPFD_CLOEXEC, FD_WANTED);
	if (fd < 0)
		fd = fcntl(sink->fd, F_DUPFD_CLOEXEC, FD_LEAST);
	if (fd < 0)
		return;
	close(sink->fd);
	sink->fd = fd;
}

// After another file was opened.
static void settle(struct sink *sink)
{
	struct stat stat;

	move_fd_up(sink);
	if (fstat(sink->fd, &stat) == 0) {
		sink->device = stat.st_dev;
		sink->inode = stat.st_ino;
	}
}

bool sink_open(struct sink *sink, const struct config *config)
{
	sink->config = config;
	sink->ops = sinks[config->sink];
	sink->fd = -1;
	sink->n_bytes = 0;
	if (sink->ops == NULL || !sink->ops->open(sink, config))
		return false;

	settle(sink);
	return true;
}

bool sink_make_room(struct sink *sink, size_t size)
{
	if (IS_MINIMAL || sink->part_size == 0 ||
	    sink->n_bytes + size + END_ROOM <= sink->part_size)
		return true;
	if (sink->config->n_parts_most <= 1) {
		errno = EFBIG;
		return false;
	}
	if (!sink->ops->next(sink))
		return false;
	settle(sink);
	return true;
}

bool sink_reopen(struct sink *sink, uint32_t n_bytes)
{
	if (sink->ops->reopen == NULL) {
		errno = EOPNOTSUPP;
		return false;
	}
	if (!sink->ops->reopen(sink, n_bytes))
		return false;
	move_fd_up(sink);
	return true;
}

bool sink_opens_here(const struct config *config)
{
	return config->sink == CONFIG_SINK_FILE || (!IS_MINIMAL && config->sink == CONFIG_SINK_FD);
}

bool sink_needs_lookup(const struct config *config)
{
	return config->sink == CONFIG_SINK_LISTEN || config->sink == CONFIG_SINK_FD ||
	       ((config->sink == CONFIG_SINK_SERVER || config->sink == CONFIG_SINK_UDP) &&
		!sink_tcp_is_numeric(config));
}

bool sink_is_intact(const struct sink *sink)
{
	struct stat stat;

	return fstat(sink->fd, &stat) == 0 && stat.st_dev == sink->device &&
	       stat.st_ino == sink->inode;
}

// Waits until the sink takes bytes again. False: it will not.
static bool wait_writable(struct sink *sink)
{
	sink->moved_at = clock_ms();
	for (;;) {
		struct pollfd poll_fd = { .fd = sink->fd, .events = POLLOUT };
		int n = poll(&poll_fd, 1, WAIT_MS);
		if (n > 0)
			return true;
		if (n < 0 && errno != EINTR)
			return false;
		if (sink->ops == &sink_tcp_ops)
			(void)sink_tcp_hear(sink, 0);
		if (sink->may_wait != NULL && !sink->may_wait(clock_ms() - sink->moved_at)) {
			errno = ETIMEDOUT;
			return false;
		}
	}
}

bool sink_write(struct sink *sink, struct iovec *parts, int n_parts)
{
	uint64_t done = 0;

	if (sink_has_link(sink))
		return sink_link_write(sink, parts, n_parts);
	if (!IS_MINIMAL && sink->ops->write != NULL)
		return sink->ops->write(sink, parts, n_parts);
	while (n_parts > 0) {
		if (parts->iov_len == 0) {
			parts++;
			n_parts--;
			continue;
		}
		ssize_t n = sink->ops->write_some(sink, parts, n_parts);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) && wait_writable(sink))
			continue;
		if (n < 0) {
			int error = errno;
			sink->ops->undo(sink);
			errno = error;
			return false;
		}
		if (n > 0 && sink->progress != NULL)
			atomic_fetch_add(sink->progress, 1);
		done += (uint64_t)n;
		for (size_t left = (size_t)n; left > 0;) {
			size_t step = left < parts->iov_len ? left : parts->iov_len;
			parts->iov_base = (char *)parts->iov_base + step;
			parts->iov_len -= step;
			left -= step;
			if (parts->iov_len == 0) {
				parts++;
				n_parts--;
			}
		}
	}
	sink->n_bytes += done;
	return true;
}

bool sink_is_steady(const struct sink *sink)
{
	return !sink_has_link(sink) || sink_link_is_steady(sink);
}

bool sink_has_room(struct sink *sink, size_t n)
{
	return !sink_has_link(sink) || sink->link->is_up || sink->must_wait ||
	       sink_link_has_room(sink, n);
}

void sink_close_fd(int fd)
{
	int error = errno;

	close(fd);
	errno = error;
}

void sink_drop(struct sink *sink)
{
	if (sink->fd >= 0)
		sink_close_fd(sink->fd);
	sink->fd = -1;
}

void sink_close(struct sink *sink)
{
	if ((sink_has_link(sink) || sink->fd >= 0) && sink->ops->close != NULL)
		sink->ops->close(sink);
	sink_drop(sink);
}
