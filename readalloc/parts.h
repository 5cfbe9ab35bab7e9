// SPDX-License-Identifier: GPL-3.0-or-later
// The parts of a file whose writer may not make it larger (FORMAT.md, section 2), in order.
#ifndef READALLOC_PARTS_H
#define READALLOC_PARTS_H

#include <stdint.h>

struct parts {
	const char *path; // of the first; borrowed
	uint64_t number;  // of the one that was opened last, 0 the first
};

// Opens the next part of the stream that the open part `fd` is one of, from its beginning, and says so if some between the two
// are not there. Its number goes to parts->number. -1: there is none, or none yet. When there is one, no more comes to `fd`
// but what may have come since it was read last.
int parts_next(struct parts *parts, int fd);

// Opens the part of this number, not 0. -1: errno says why.
int parts_open(struct parts *parts, uint64_t number);

#endif
