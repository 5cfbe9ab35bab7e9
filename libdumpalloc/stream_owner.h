// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose stream a file holds.
#ifndef LIBDUMPALLOC_STREAM_OWNER_H
#define LIBDUMPALLOC_STREAM_OWNER_H

#include <stdbool.h>
#include <sys/types.h>

struct stream_owner {
	pid_t pid;
	pid_t parent; // when the stream began; 0 unknown
};

// Reads the preamble of the stream in `path`. False: no stream, or it cannot be read. Waits a little
// for a stream that has just been started.
bool stream_owner_read(const char *path, struct stream_owner *owner);

#endif
