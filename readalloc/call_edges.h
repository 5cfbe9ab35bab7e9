// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the frames of a call stack follow from each other, by the machine code of the files.
#ifndef READALLOC_CALL_EDGES_H
#define READALLOC_CALL_EDGES_H

#include <stdint.h>

#include "libdumpalloc/wire.h"

enum { EDGE_OUTERMOST = WIRE_HOW_EXACT << 1 };

struct call_edges;
struct rootfs;
struct site;
struct symbols_target;

enum edge_verdict {
	EDGE_UNTOLD,         // there is no file to look at, or a frame is not behind a call
	EDGE_BEHIND_CALL,    // a call is there, of a function that the code does not name
	EDGE_CONFIRMED,      // the call is that of the inner frame's function
	EDGE_NO_CALL,        // no call returns to the outer frame
	EDGE_OTHER_FUNCTION, // the call is that of another function
	EDGE_OTHER_RULE, // as EDGE_BEHIND_CALL, but the unwind tables say otherwise than the instructions
	N_EDGE_VERDICTS,
};

// Both borrowed, and outlive the result.
struct call_edges *call_edges_new(const struct rootfs *rootfs, const struct symbols_target *target);
void call_edges_free(struct call_edges *edges);

// Of a frame at `outer` that was found from the one at `inner`, which it calls; `how`: enum wire_how of `outer`, with
// EDGE_OUTERMOST where it is the stack's outermost. Each pair
// is looked at once, and a quarter of a million at most.
enum edge_verdict call_edges_check(struct call_edges *edges, const struct site *inner,
				   const struct site *outer, unsigned how);

// Whether the outer frame is doubtful.
static inline int edge_is_doubtful(enum edge_verdict verdict)
{
	return verdict >= EDGE_NO_CALL;
}

#endif
