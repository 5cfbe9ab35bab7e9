// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads a stream as far as selftest has to: whether it is whole, and what it has of marked allocations.
#ifndef LIBDUMPALLOC_COMMAND_STREAM_LOOK_H
#define LIBDUMPALLOC_COMMAND_STREAM_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LOOK_MARKS_MAX = 16,
	LOOK_FRAMES_MAX = 256, // of a stack that are kept, outermost first
	LOOK_TEXT_MAX = 160,
};

// The allocation of the size `size`; the last one, if there are several.
struct look_mark {
	uint64_t size;
	bool is_found;
	uint64_t time; // microseconds
	size_t n_frames;
	uint64_t frames[LOOK_FRAMES_MAX];
	unsigned cut; // enum wire_cut
};

struct stream_look {
	// To be filled in before: the sizes that count.
	struct look_mark marks[LOOK_MARKS_MAX];
	size_t n_marks;
	// Where the bytes are not what FORMAT.md says; NULL: nowhere.
	const char *fault;
	size_t fault_at;
	bool has_end;
	uint64_t n_events, n_lost; // of the END block
	uint64_t n_allocations, n_frees;
	char message[LOOK_TEXT_MAX]; // the first MESSAGE record; "" none
};

void stream_look(struct stream_look *look, const uint8_t *bytes, size_t size);

#endif
