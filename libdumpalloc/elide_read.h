// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the records of one thread from its ring, as a reader of the stream does (FORMAT.md, sections 5 to 7).
#ifndef LIBDUMPALLOC_ELIDE_READ_H
#define LIBDUMPALLOC_ELIDE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/channel.h"
#include "libdumpalloc/encoder.h"
#include "libdumpalloc/ring.h"
#include "libdumpalloc/wire.h"

// What a record that has a number of its own says.
struct elide_record {
	uint8_t op;   // enum wire_op
	uint8_t kind; // enum wire_kind
	uint8_t type; // extended: enum wire_extended
	bool has_stack;
	// `old_seq` is `seq` where one number was taken; `size` of a release may be ENCODER_NO_SIZE.
	struct encoder_block block;
	// Extended: where in the ring the body goes on behind its numbers, where its stack is, and where it ends.
	uint32_t body, stack, end;
};

// The stack of a thread, and the frames it may be made of. All zero: none.
struct elide_stack {
	uintptr_t pc; // last defined
	size_t depth;
	unsigned cut;
	size_t n_kept;  // outermost frames unchanged since the caller set it to the depth
	size_t n_nodes; // the same, for the caller's `nodes`
	uintptr_t frame_pcs[ENCODER_FRAMES];
	uint8_t frame_hows[ENCODER_FRAMES];
	// As in the encoder: the last `depth` of them, outermost last.
	uintptr_t pcs[ENCODER_DEPTH_MAX];
	uint8_t hows[ENCODER_DEPTH_MAX];
	uint32_t nodes[ENCODER_DEPTH_MAX]; // outermost first; the caller's
};

struct elide_reader {
	const struct ring *ring;
	uint32_t at, start;        // behind the last record, and where it begins
	struct elide_stack *stack; // NULL: stacks are passed over
	sequence_word seq;
	uintptr_t address;
	uint64_t time;
	uint32_t tid;
	unsigned n_restarts;
	bool has_record; // it is read, and the caller has not yet used it
	struct elide_record record;
};

// Makes the next record the reader's, if that is not one that the caller has not used, of those up to `head`. False: there is none.
bool elide_read(struct elide_reader *reader, uint32_t head);

#endif
