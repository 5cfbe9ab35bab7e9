// SPDX-License-Identifier: GPL-3.0-or-later
// The source-level frames of a snapshot's stacks, equal ones under one number.
#ifndef READALLOC_FRAMES_H
#define READALLOC_FRAMES_H

#include <stddef.h>
#include <stdint.h>

struct charge;
struct snapshot;
struct symbols;

struct frame_name {
	const char *function; // never NULL; FILE+0xOFFSET where no symbol covers it
	const char *file;     // of the line; NULL unknown
	uint32_t line;        // 0 unknown
	const char *object;   // path of the module; NULL unknown
};

struct frames {
	struct frame_name *names; // equal texts are equal pointers
	size_t n, room;
	struct frames_inside *inside;
};

// What frames_of gives besides the stack's own frames.
enum frames_addition {
	FRAMES_PLAIN = 0,
	FRAMES_ALLOCATOR = 1, // the allocator function, innermost
};

struct frames *frames_new(const struct snapshot *snapshot, struct symbols *symbols);
void frames_free(struct frames *frames);

// The frames of a charge's stack, outermost first; `*n` of them, at least one, valid until the next call. A stack
// whose outermost frames are missing begins with "(stack cut)", one that has no frame is "(no stack)".
const uint32_t *frames_of(struct frames *frames, const struct snapshot *snapshot,
			  const struct charge *charge, unsigned additions, size_t *n);

#endif
