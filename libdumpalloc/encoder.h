// SPDX-License-Identifier: LGPL-2.1-or-later
// Turns the events of one thread into records (FORMAT.md, sections 5 to 7).
#ifndef LIBDUMPALLOC_ENCODER_H
#define LIBDUMPALLOC_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/channel.h"
#include "libdumpalloc/wire.h"
#include "unwind/unwind.h"

struct ring;

enum {
	// Slots of the frame dictionary; a slot's number is the frame's id.
	ENCODER_FRAMES = sizeof(uintptr_t) == 8 ? 4096 : 1024,
	ENCODER_DEPTH_MAX = 1024,
	// Holds a RESTART, a LOST and the largest record: a stack of new frames.
	ENCODER_STAGING_SIZE = 20 << 10,
	// Addresses are sent in units of 2^shift bytes where that is exact.
	ENCODER_ADDRESS_SHIFT = sizeof(uintptr_t) == 8 ? 4 : 3,
};

// The usable size that follows from a requested one; align 0: no rule (FORMAT.md, section 5).
struct encoder_rule {
	size_t align, overhead, min;
};

// The rule of the C library this was built for. Usable sizes that differ are sent as they are.
extern const struct encoder_rule encoder_rule;

// The decoding state the reader has after the records written so far, and those not yet written.
struct encoder {
	struct ring *ring;
	uint32_t tid;

	sequence_word seq; // last sequence number
	uint64_t time;     // microseconds, last sent
	uint64_t now;      // microseconds, to be sent with the next record
	uint64_t addr;     // last block address
	uint64_t pc;       // last defined program counter
	size_t n_since_restart;
	bool is_restart_due;

	uint32_t n_lost;        // events lost since the last LOST record
	uint32_t n_lost_staged; // of the LOST record not yet handed over
	enum wire_lost lost_reason;

	// The frame dictionary. A slot's mark is its epoch and, in the bits that an epoch leaves free,
	// how its frame was found; slots of other epochs are empty.
	uint32_t epoch;
	uint32_t marks[ENCODER_FRAMES];
	uintptr_t pcs[ENCODER_FRAMES];

	// The previous stack: the last `n_previous` of its arrays, outermost last.
	size_t n_previous;
	enum unwind_cut previous_cut;
	uintptr_t previous[ENCODER_DEPTH_MAX];
	uint8_t previous_hows[ENCODER_DEPTH_MAX];

	size_t n_staged;
	uint8_t staging[ENCODER_STAGING_SIZE];
};

struct encoder_module {
	uint32_t id;
	unsigned flags; // enum wire_map_flag
	uint64_t bias;
	char path[WIRE_TEXT_MAX];
	uint8_t build_id[WIRE_BUILD_ID_MAX];
	size_t build_id_size;
	size_t n_segments;
	struct {
		uint64_t address, size;
		unsigned flags; // enum wire_segment_flag
	} segments[WIRE_SEGMENTS_MAX];
};

// A new thread's records go to `ring`. The encoder's memory may hold anything an encoder left.
void encoder_start(struct encoder *encoder, struct ring *ring, uint32_t tid);

// Puts a RESTART before the next record, so that it defines its frames anew.
void encoder_restart(struct encoder *encoder);

// Below, `seq` is the event's sequence number; numbers rise from record to record. Each record is
// staged; encoder_flush hands the staged ones over as a whole. None allocates; errno is kept.

// `now`: the time of the records to come, in microseconds of the stream.
void encoder_set_time(struct encoder *encoder, uint64_t now);

// `usable` 0 means unknown.
void encoder_alloc(struct encoder *encoder, sequence_word seq, enum wire_kind kind, size_t size,
		   size_t usable, uintptr_t block, const struct unwind_stack *stack);
void encoder_free(struct encoder *encoder, sequence_word seq, enum wire_kind kind, uintptr_t block);

// `old_seq` is the number taken before the real call.
void encoder_realloc(struct encoder *encoder, sequence_word seq, sequence_word old_seq,
		     enum wire_kind kind, uintptr_t old, size_t size, size_t usable,
		     uintptr_t block, const struct unwind_stack *stack);

// `old_seq` is `seq` where one number was taken; `old` 0: none.
void encoder_fail(struct encoder *encoder, sequence_word seq, sequence_word old_seq,
		  enum wire_kind kind, size_t size, int error, uintptr_t old,
		  const struct unwind_stack *stack);

// Records that consist of their number (THREAD_EXIT, EXIT), a number more (UNMAP, FORK) or a text
// more (TAG, MESSAGE).
void encoder_mark(struct encoder *encoder, sequence_word seq, enum wire_extended type);
void encoder_number(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		    uint64_t number);
void encoder_text(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		  const char *text);
void encoder_thread(struct encoder *encoder, sequence_word seq, const char *name);
void encoder_map(struct encoder *encoder, sequence_word seq, const struct encoder_module *module);

// Says how many events were lost.
void encoder_lost(struct encoder *encoder, sequence_word seq);

// Counts an event lost; encoder_lost says so before the next record.
void encoder_count_lost(struct encoder *encoder, enum wire_lost reason);

// False: the ring refused; the reader's state is unknown, the next record comes after a RESTART.
// The caller counts the lost events.
bool encoder_flush(struct encoder *encoder);

// How many outermost frames of `stack` are those of the previous stack.
size_t encoder_kept(const struct encoder *encoder, const struct unwind_stack *stack);

// True if the reader knows an id for the frame (and its module was therefore looked at).
bool encoder_knows(const struct encoder *encoder, uintptr_t pc, unsigned how);

#endif
