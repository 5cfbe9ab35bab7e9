// SPDX-License-Identifier: GPL-3.0-or-later
// One event, decoded, as it travels from the decoder through the order window to the model.
#ifndef READALLOC_EVENT_H
#define READALLOC_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "libdumpalloc/wire.h"

enum event_type {
	// Those of most runs come first.
	EVENT_ALLOC,        // addr, size, usable
	EVENT_REALLOC,      // the second half of a realloc: old, addr, size, usable
	EVENT_FREE,         // addr, and with EVENT_IS_TOLD the size that the block is said to have
	EVENT_REALLOC_FREE, // the first half of a realloc: addr is the old block
	EVENT_NOTHING,      // a number that stands for nothing
	EVENT_FAIL,         // size, old, and the error number in usable
	EVENT_NOTE,         // note
	EVENT_POOL_ALLOC,   // addr, size, and the pool in old
	EVENT_POOL_FREE,    // addr, and the pool in old
	EVENT_UNMAPPED,     // addr, size: no mapping has any of it any more
	EVENT_MAPPED,       // addr, size
};

// In the marks of a free, beside those of its kind: it is told a size.
enum { EVENT_IS_TOLD = 1 };

// A stack as the decoder knows it; STACK_UNKNOWN: the record has none.
enum { STACK_UNKNOWN = UINT32_MAX };

struct event {
	uint64_t seq;
	uint64_t time; // microseconds since the stream's start
	uint64_t addr;
	uint64_t size;
	uint64_t usable;
	union {
		uint64_t old;
		struct note *note; // owned by the event
	};
	uint32_t thread; // position in the decoder's table of threads
	uint32_t tid;    // the operating system's
	uint32_t stack;  // raw stack (stacks.h) or STACK_UNKNOWN
	uint8_t type;    // enum event_type
	uint8_t kind;    // enum wire_kind
	uint8_t cut;     // enum wire_cut of the stack
	uint8_t marks; // of a release, beside its kind: WIRE_KIND_NOT_LAST, WIRE_KIND_NOT_SHORT, EVENT_IS_TOLD
};

// What allocations that were left out add up to.
struct elided {
	uint64_t blocks, bytes, rounding, temporary_blocks, temporary_bytes, short_blocks;
	uint32_t charge; // the model's; CHARGE_NONE: they do not count
};

struct note_segment {
	uint64_t addr; // relative to the load bias
	uint64_t size;
	uint32_t flags; // enum wire_segment_flag
};

// The rare events: everything that is not an allocation, a free or a failed call. What it points to is part of
// the same memory, so that one free ends it.
struct note {
	enum wire_extended type;
	uint64_t
		number; // THREAD: tid; MAP, UNMAP: module id; LOST: events; FORK: pid; PAUSE, RESUME: scope; POOL...: pool; ELIDED_END: enum wire_elided
	uint64_t flags; // MAP: enum wire_map_flag; LOST: enum wire_lost
	uint64_t load_bias;
	struct elided
		elided; // ELIDED_SUM, whose event has kind and stack, and as size that of a block in the mean
	const char *text; // path, name (also of a snapshot or pool), tag or message; never NULL
	const uint8_t *build_id;
	const struct note_segment *segments;
	uint32_t build_id_size;
	uint32_t n_segments;
};

// Takes events one after the other; `event` is borrowed, its note too.
typedef void (*event_taker)(void *context, const struct event *event);

#endif
