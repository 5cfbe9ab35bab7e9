// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is still written: it may grow, be replaced by another of its name, or not be there yet.
#ifndef READALLOC_FOLLOW_H
#define READALLOC_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "parts.h"

struct follow {
	const char *path; // borrowed
	struct parts parts;
	int next_fd;      // the part that follows, once this one has been read to its end; -1: none
	int fd;           // -1: not there yet
	off_t at;         // bytes read of this file
	bool is_replaced; // the path leads to another file, this one has been read to its end
};

// False: errno says why; that the file is not there is no reason.
bool follow_open(struct follow *follow, const char *path);
void follow_close(struct follow *follow);

// Reads what comes next, at most `size` bytes: behind a part of a file the next part; when the path leads to another file, that follows once nothing more came of
// the first; a file that has become shorter is read from its start. Returns the number of bytes; 0: there are none at
// this moment; -1: errno says why.
ssize_t follow_read(struct follow *follow, uint8_t *bytes, size_t size);

#endif
