// SPDX-License-Identifier: GPL-3.0-or-later
// What was found wrong with a stream, in lists that do not grow with it.
#ifndef READALLOC_VERIFY_NOTES_H
#define READALLOC_VERIFY_NOTES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "decode.h"
#include "number_ranges.h"

enum { VERIFY_LINES_MAX = 20 }; // of each sort

struct verify_notes {
	// Places that are wrong.
	struct verify_place {
		uint64_t at, size; // size 0: no bytes were passed over
		const char *reason;
	} places[VERIFY_LINES_MAX];
	size_t n_places;
	uint64_t n_more_places;
	// Where the state of a thread was not known.
	struct verify_gap {
		const struct thread *thread;
		uint64_t at,
			until; // the blocks where it began, and where it ended; until 0: it did not
		uint32_t first, n; // blocks that are missing
	} gaps[VERIFY_LINES_MAX];
	size_t n_gaps;
	uint64_t n_more_gaps;
	// Events that the writer says are lost.
	struct verify_loss {
		const struct thread *thread;
		uint64_t reason;         // enum wire_lost
		uint64_t n, first, last; // events, and the numbers of the records that tell of them
	} losses[VERIFY_LINES_MAX];
	size_t n_losses;
	uint64_t n_more_losses;     // events
	struct number_ranges holes; // sequence numbers that did not come
};

// The notes as a watch of the decoder, whose context they are.
extern const struct decode_watch verify_notes_watch;

// Notes what a LOST record of the thread tells.
void verify_notes_lost(struct verify_notes *notes, const struct thread *thread,
		       const struct event *event);

// Writes the lines.
void verify_notes_write(const struct verify_notes *notes, FILE *out);

#endif
