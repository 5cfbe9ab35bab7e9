// SPDX-License-Identifier: GPL-3.0-or-later
// The extended records (FORMAT.md, section 7), and what they share with the others.
#ifndef READALLOC_DECODE_EXTENDED_H
#define READALLOC_DECODE_EXTENDED_H

#include <stdbool.h>
#include <stdint.h>

#include "decode.h"
#include "event.h"

// A thread's records as they are being read. An error of `at` ends the block.
struct reader {
	struct decoder *decoder;
	struct order *order; // the decoder's
	struct thread *thread;
	struct cursor at;
	bool has_short_seq;
	bool foresees_more; // model_has_more
	unsigned address_shift;
};

// Reads the rest of an extended record, its first byte being read.
void extended_decode(struct reader *reader);

// A note and what it points to, in one block of memory.
struct note *note_new(const struct note *head, const struct note_segment *segments,
		      struct cursor build_id, struct cursor text);

// Goes on by `delta` to the thread's next sequence number and returns it.
uint64_t record_seq(struct reader *reader, uint64_t delta);

// Reads a stack; it becomes the thread's previous stack. Returns the raw node.
uint32_t record_stack(struct reader *reader);

// Sends an event on, thread and time filled in, unless something was wrong with it.
void record_put(struct reader *reader, struct event *event);

#endif
