// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay's descriptors: none of the traced process's.
#define _GNU_SOURCE
#include "libdumpalloc/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	LIST_SIZE = 4096,
	LOOP_MOST = 65536, // a limit can be a billion; this is the last resort
};

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

// The number a name in /proc/self/fd stands for, or -1.
static int parse_fd(const char *name)
{
	int fd = 0;

	if (*name == '\0')
		return -1;
	for (; *name != '\0'; name++) {
		if (*name < '0' || *name > '9' || fd > INT_MAX / 10 - 1)
			return -1;
		fd = fd * 10 + (*name - '0');
	}
	return fd;
}

// struct linux_dirent64 of getdents64(2), read by offset: d_reclen at 16, d_name at 19.
enum { RECORD_LENGTH_AT = 16, NAME_AT = 19 };

static bool close_by_list(int kept)
{
	char list[LIST_SIZE];
	int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return false;

	bool is_well = true;
	for (;;) {
		long n = syscall(SYS_getdents64, folder, list, sizeof list);
		if (n <= 0) {
			is_well = n == 0;
			break;
		}
		for (long at = 0; at < n;) {
			uint16_t length;
			memcpy(&length, list + at + RECORD_LENGTH_AT, sizeof length);
			int fd = parse_fd(list + at + NAME_AT);
			if (fd >= 0 && fd != folder && fd != kept)
				close(fd);
			at += length;
		}
	}
	close(folder);
	return is_well;
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
