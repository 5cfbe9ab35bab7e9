// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay's descriptors: none of the traced process's.
#define _GNU_SOURCE
#include "libdumpalloc/descriptors.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libdumpalloc/numbers.h"

enum { LOOP_MOST = 65536 }; // a limit can be a billion; this is the last resort

static bool close_by_range(int kept)
{
#ifdef SYS_close_range
	if (kept > 0 && syscall(SYS_close_range, 0u, (unsigned)kept - 1, 0u) != 0)
		return false;
	return syscall(SYS_close_range, (unsigned)(kept + 1), UINT_MAX, 0u) == 0;
#else
	(void)kept;
	return false;
#endif
}

struct kept {
	int fd;
};

static bool close_one(int fd, int own, void *context)
{
	const struct kept *kept = context;

	if (fd != own && fd != kept->fd)
		close(fd);
	return true;
}

static bool close_by_list(int kept)
{
	struct kept context = { kept };

	return numbers_visit("/proc/self/fd", close_one, &context);
}

static void close_by_loop(int kept)
{
	struct rlimit limit = { .rlim_cur = LOOP_MOST };

	(void)getrlimit(RLIMIT_NOFILE, &limit);
	int end = limit.rlim_cur < LOOP_MOST ? (int)limit.rlim_cur : LOOP_MOST;
	for (int fd = 0; fd < end; fd++) {
		if (fd != kept)
			close(fd);
	}
}

void descriptors_close_all(int kept)
{
	if (!close_by_range(kept) && !close_by_list(kept))
		close_by_loop(kept);
	// The lowest free numbers, in this order.
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (open("/dev/null", O_RDWR) != fd)
			break;
	}
}
