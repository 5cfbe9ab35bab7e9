// SPDX-License-Identifier: LGPL-2.1-or-later
// The events that have come and not gone to the sink, by their numbers, and which of them are left out.
#ifndef LIBDUMPALLOC_ELIDE_WINDOW_H
#define LIBDUMPALLOC_ELIDE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/elide_read.h"

enum elide_slot_type {
	ELIDE_EMPTY, // the number has not come
	ELIDE_OTHER,
	ELIDE_BARRIER, // no block that lives at this moment is left out
	ELIDE_ALLOC,
	ELIDE_FREE,
};

// An event, by its number.
struct elide_slot {
	uintptr_t address;
	// Of a release ENCODER_NO_SIZE where it tells none. Once it is decided what stays: how many events before it were left out.
	size_t size;
	uint32_t span; // how many numbers later is the other one of its record
	// How many numbers later an allocation is released, 0: it is not to be left out; how many earlier what is released was
	// allocated, 0: unknown.
	uint32_t life;
	uint16_t ring;
	uint8_t type, group; // enum elide_slot_type; of functions that go together
	bool is_elided;
	bool is_temporary; // allocation: its thread released it and did no other since
	bool is_not_short; // release: the block lived longer than it seems to, without what was left out
};

struct elide_window {
	sequence_word limit;
	sequence_word base;      // the first number that has not gone to the sink
	sequence_word next;      // the first that has not come: all before it have
	sequence_word n_elided;  // events before `base`
	bool is_at_barrier;      // `next` is one, and there are events before it
	bool is_over;            // nothing is left out of what has not come before `next`
	bool is_raw;             // nothing is in the slots any more
	enum wire_elided reason; // not yet told
};

extern struct elide_window elide_window;

// False: there is no memory.
bool elide_window_start(unsigned limit);

struct elide_slot *elide_slot_at(sequence_word seq);

// How many numbers from the first that has not gone to the sink have a slot.
uint32_t elide_window_size(void);

// Puts what a thread has recorded, the one of ring `ring`, in its slots; there must be some.
void elide_window_fill(const struct elide_record *record, uint32_t ring);

// Follows the events in their order as far as all have come.
void elide_window_follow(void);

// Nothing is left out any more of what has not come.
void elide_window_end(enum wire_elided reason);

// The last peak is of an event that has not gone to the sink: of those that have, what was live then may be missing.
bool elide_window_has_peak(void);

// How many of the next `most` events can go to the sink at once.
size_t elide_window_ready(size_t most);

// Decides which of the next `n` events are left out.
void elide_window_decide(size_t n);

// The number that an event gets in the stream: of all that stay, one after the other.
sequence_word elide_window_number(sequence_word seq);

// The next `n` events have gone to the sink.
void elide_window_pass(size_t n);

#endif
