// SPDX-License-Identifier: LGPL-2.1-or-later
// The threads whose events the relay looks at before they go to the sink, and these events, in memory of its own.
#ifndef LIBDUMPALLOC_ELIDE_THREAD_H
#define LIBDUMPALLOC_ELIDE_THREAD_H

#include <stdbool.h>
#include <stdint.h>

#include "libdumpalloc/elide_read.h"
#include "libdumpalloc/encoder.h"
#include "libdumpalloc/ring.h"

// The thread of a ring.
struct elide_thread {
	struct elide_thread *next;      // NULL: it is the last one
	struct ring *ring;              // the program's
	struct ring copy;               // what was in it and has not gone to the sink
	struct elide_reader look, take; // of the copy: far ahead, and of what goes to the sink
	// What has gone to the sink.
	uintptr_t last_taken; // address of its last allocation
	bool has_elided;      // one that was left out since
	unsigned n_restarts;
	// Of the first number of a record whose second has not: that in the stream, and WIRE_KIND_NOT_SHORT or 0.
	sequence_word first_number;
	unsigned first_marks;
	struct elide_stack stack;
	struct encoder encoder;
};

// Memory for the threads of all rings; each will hold some `n_events` events at least. False: there is none.
bool elide_threads_start(uint32_t n_events);

// Rings that threads may have: numbers below this one.
uint32_t elide_threads_end(void);

// The first of them.
extern struct elide_thread *elide_threads;

// NULL: ring `i` has no thread, or there is no memory for it.
struct elide_thread *elide_thread_at(uint32_t i);

// The same, but a thread that is new is begun with.
struct elide_thread *elide_thread_of(uint32_t i);

// Copies what is in the ring, and makes room there, if the copy has any.
void elide_thread_fetch(struct elide_thread *thread);

// More is not to be kept waiting.
bool elide_thread_is_half_full(const struct elide_thread *thread);

// All that the thread, which has ended, has recorded has gone to the sink.
void elide_thread_forget(struct elide_thread *thread);

// All that was fetched has gone to the sink.
bool elide_threads_are_empty(void);

// So many rings are held by threads which have ended that new ones may find none.
bool elide_threads_are_many(void);

#endif
