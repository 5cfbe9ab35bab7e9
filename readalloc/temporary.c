// SPDX-License-Identifier: GPL-3.0-or-later
// Files that have no name.
#include "temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int temporary_file(void)
{
	const char *folder = getenv("TMPDIR");
	char path[4096];
	int n = snprintf(path, sizeof(path), "%s/readalloc.XXXXXX",
			 folder != NULL && folder[0] != '\0' ? folder : "/tmp");
	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	int fd = mkstemp(path);
	if (fd >= 0) {
		unlink(path);
	}
	return fd;
}
