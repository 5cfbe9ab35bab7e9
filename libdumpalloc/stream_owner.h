// SPDX-License-Identifier: LGPL-2.1-or-later
// Whose stream a file holds.
#ifndef LIBDUMPALLOC_STREAM_OWNER_H
#define LIBDUMPALLOC_STREAM_OWNER_H

#include <sys/types.h>

// The pid in the preamble of the stream in `path`; -1: no stream, or it cannot be read. Waits a
// little for a stream that has just been started.
pid_t stream_owner(const char *path);

#endif
