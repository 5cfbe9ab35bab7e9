// SPDX-License-Identifier: GPL-3.0-or-later
// The memory of the process over time, as its kernel counts it.
#ifndef READALLOC_MEMORY_CURVE_H
#define READALLOC_MEMORY_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"
#include "libdumpalloc/wire.h"

// Once there are too many, those of one step of time become the one with the most resident memory, and steps twice as long.
enum { MEMORY_POINTS_MAX = 1024 };

struct memory_point {
	uint64_t time;                   // microseconds
	uint64_t bytes[WIRE_MEMORY_END]; // by enum wire_memory; 0: not known
};

struct memory_curve {
	struct memory_point *points; // in the order of their times; NULL: there are none
	size_t n;
	unsigned shift;           // a step is so many powers of two of microseconds
	uint64_t n_seen;          // looks in all
	struct memory_point most; // the one with the most resident memory, the first of them
};

// Whether there are points; `curve` may be NULL.
static inline bool memory_curve_has(const struct memory_curve *curve)
{
	return curve != NULL && curve->n != 0;
}

void memory_curve_free(struct memory_curve *curve);

// Adds the look at a process that a MEMORY block is about. NULL: well; else what is wrong with the block.
const char *memory_curve_decode(struct memory_curve *curve, struct cursor payload);

#endif
