// SPDX-License-Identifier: LGPL-2.1-or-later
// The stream's first block: who writes it, where, when and how (FORMAT.md, section 3).
#ifndef LIBDUMPALLOC_PREAMBLE_H
#define LIBDUMPALLOC_PREAMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "libdumpalloc/wire.h"

struct config;

enum { PREAMBLE_SIZE_MAX = 16 << 10 };

// What only the tracer knows.
struct preamble_origin {
	uint64_t start_time; // nanoseconds since 1970, time 0 of the stream
	bool is_fork_child;
	pid_t parent_stream;      // in a fork child
	uint64_t parent_position; // in a fork child; 0: unknown
	const char *first_malloc; // real_forestalled_by
};

// Writes the payload to `bytes`, which holds PREAMBLE_SIZE_MAX bytes; returns its size. Does not
// allocate.
size_t preamble_build(const struct config *config, const struct preamble_origin *origin,
		      uint8_t *bytes);

// The stream's id in such a payload, where it comes first; NULL: it has none.
static inline const uint8_t *preamble_id(const uint8_t *bytes, size_t size)
{
	bool has_id = size >= 2 + WIRE_STREAM_ID_SIZE && bytes[0] == WIRE_FIELD_STREAM_ID;

	return has_id ? bytes + 2 : NULL;
}

#endif
