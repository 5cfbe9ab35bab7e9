// SPDX-License-Identifier: LGPL-2.1-or-later
// What the file of the calling process's program is named.
#define _GNU_SOURCE
#include "libdumpalloc/executable.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libdumpalloc/text.h"
#include "unwind/auxv.h"

enum { PATH_SIZE = 4096 };

// What the kernel says behind the path of a file that has been deleted, or is a memfd.
static const char deleted[] = " (deleted)";
enum { DELETED_LENGTH = sizeof deleted - 1 };

size_t executable_link(char *path, size_t size)
{
	int error = errno;
	ssize_t got = readlink("/proc/self/exe", path, size - 1);
	size_t n = got > 0 ? (size_t)got : 0;

	errno = error;
	if (n > DELETED_LENGTH && memcmp(path + n - DELETED_LENGTH, deleted, DELETED_LENGTH) == 0)
		n -= DELETED_LENGTH;
	path[n] = '\0';
	return n;
}

const char *executable_path(char *path, size_t size)
{
	const char *given;

	if (executable_link(path, size) != 0)
		return path;
	given = (const char *)auxv_value(AT_EXECFN);
	return given != NULL ? given : path;
}

void executable_name(char *name, size_t size)
{
	char buffer[PATH_SIZE];
	const char *path = text_last_part(executable_path(buffer, sizeof buffer));

	text_copy(name, size, *path != '\0' ? path : "unknown");
}
