// SPDX-License-Identifier: LGPL-2.1-or-later
// Turns the events of one thread into records (FORMAT.md, sections 5 to 7).
#ifndef LIBDUMPALLOC_ENCODER_H
#define LIBDUMPALLOC_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "libdumpalloc/channel.h"
#include "libdumpalloc/ring.h"
#include "libdumpalloc/wire.h"
#include "unwind/unwind.h"

enum {
	// Slots of the frame dictionary.
	ENCODER_FRAMES = sizeof(uintptr_t) == 8 ? 4096 : 1024,
	ENCODER_DEPTH_MAX = 1024,
	// Holds a RESTART, a LOST and the largest record: a stack of new frames.
	ENCODER_STAGING_SIZE = 20 << 10,
	// Addresses are sent in units of 2^shift bytes where that is exact.
	ENCODER_ADDRESS_SHIFT = sizeof(uintptr_t) == 8 ? 4 : 3,
};

// The usable size that follows from a requested one (FORMAT.md, section 5) in the C library this was built
// for. Usable sizes that differ are sent as they are.
#if defined(__GLIBC__)
// Blocks are multiples of the alignment, a size word in front of each, the smallest with room for two list
// pointers behind that word.
enum {
	ENCODER_USABLE_ALIGN = _Alignof(max_align_t) > 2 * sizeof(size_t) ? _Alignof(max_align_t)
									  : 2 * sizeof(size_t),
	ENCODER_USABLE_OVERHEAD = sizeof(size_t),
	ENCODER_USABLE_MIN = (4 * sizeof(size_t) + ENCODER_USABLE_ALIGN - 1) /
				     ENCODER_USABLE_ALIGN * ENCODER_USABLE_ALIGN -
			     ENCODER_USABLE_OVERHEAD,
};
#else
// Elsewhere the sizes asked for are the best guess.
enum {
	ENCODER_USABLE_ALIGN = 1,
	ENCODER_USABLE_OVERHEAD = 0,
	ENCODER_USABLE_MIN = 0,
};
#endif

// A slot of the frame dictionary. The mark is its epoch and, in the bits that an epoch leaves free, how
// the frame was found; slots of other epochs are empty.
struct encoder_frame {
	uintptr_t pc;
	uint32_t mark;
	uint16_t id;   // small for frames that came early
	uint16_t code; // how it is written: id + 1 as a varint, first byte lowest
};
_Static_assert(ENCODER_FRAMES <= 1 << 13, "a frame's id takes two bytes at most");

// The decoding state the reader has after the records written so far, and those not yet written.
struct encoder {
	struct ring_window window; // open only where a record is all that is to be written
	struct ring *ring;

	sequence_word seq; // last sequence number
	uintptr_t addr;    // last block address
	uint32_t epoch;
	uint32_t tid;
	uint64_t time; // microseconds, last sent
	uint64_t now;  // microseconds, to be sent with the next record
	uint64_t pc;   // last defined program counter
	size_t n_since_restart;
	bool is_restart_due;

	uint32_t n_lost;        // events lost since the last LOST record
	uint32_t n_lost_staged; // of the LOST record not yet handed over
	enum wire_lost lost_reason;

	uint32_t n_ids; // given to frames of this epoch
	struct encoder_frame frames[ENCODER_FRAMES];

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

// Each new time comes by a RESTART: of what gets lost on the way little more is lost than what it holds.
extern bool encoder_is_lossy;

// A new thread's records go to `ring`. The encoder's memory may hold anything an encoder left.
void encoder_start(struct encoder *encoder, struct ring *ring, uint32_t tid);

// Of a release that is not told a size.
#define ENCODER_NO_SIZE SIZE_MAX

// Puts a RESTART before the next record, so that it defines its frames anew.
void encoder_restart(struct encoder *encoder);

// Opens the window after an encoder_flush, where nothing else is to come before the next record. Until
// it is shut, or a record staged, encoder_quick.h may be used.
void encoder_open(struct encoder *encoder);

// Opens one without room: hooks take tracing for granted, and each event asks for more than a quick record.
static inline void encoder_open_full(struct encoder *encoder)
{
	encoder->window.at = encoder->window.start = encoder->window.last = encoder->staging;
}

// Shuts it before the next record; also for signal handlers.
static inline void encoder_shut(struct encoder *encoder)
{
	*(uint8_t *volatile *)&encoder->window.last = NULL;
}

// True while it is open, if perhaps full. An encoder that a fork has wiped is shut.
static inline bool encoder_is_open(const struct encoder *encoder)
{
	return encoder->window.last != NULL;
}

// True if there is room for a quick record.
static inline bool encoder_has_room(const struct encoder *encoder)
{
	return (uintptr_t)encoder->window.at < (uintptr_t)encoder->window.last;
}

// Below, `seq` is the event's sequence number; numbers rise from record to record. Each record is
// staged; encoder_flush hands the staged ones over as a whole. None allocates; errno is kept.

// `now`: the time of the records to come, in microseconds of the stream.
void encoder_set_time(struct encoder *encoder, uint64_t now);

// A block that was allocated, perhaps in the place of another.
struct encoder_block {
	sequence_word seq;
	sequence_word old_seq; // realloc: taken before the real call
	enum wire_kind kind;
	size_t size, usable; // `usable` 0 means unknown
	uintptr_t block;
	uintptr_t old; // realloc
};

void encoder_alloc(struct encoder *encoder, const struct encoder_block *block,
		   const struct unwind_stack *stack);
void encoder_realloc(struct encoder *encoder, const struct encoder_block *block,
		     const struct unwind_stack *stack);
// Of a release `size` is what the block is said to have, or ENCODER_NO_SIZE; by a `free`, or a function that allocates, none is
// said. `stack` NULL: none was walked.
void encoder_free(struct encoder *encoder, const struct encoder_block *block,
		  const struct unwind_stack *stack);

// `old_seq` is `seq` where one number was taken; `old` 0: none.
void encoder_fail(struct encoder *encoder, sequence_word seq, sequence_word old_seq,
		  enum wire_kind kind, size_t size, int error, uintptr_t old,
		  const struct unwind_stack *stack);

// Records that consist of their number (THREAD_EXIT, EXIT), a number more (UNMAP, FORK, PAUSE, RESUME, POOL_END) or a text
// more (TAG, SNAPSHOT, MESSAGE).
void encoder_mark(struct encoder *encoder, sequence_word seq, enum wire_extended type);
void encoder_number(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		    uint64_t number);
void encoder_text(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		  const char *text);
// A number and a text more (POOL).
void encoder_name(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		  uint64_t number, const char *text);
void encoder_pool_alloc(struct encoder *encoder, sequence_word seq, uintptr_t pool, uintptr_t block,
			size_t size, const struct unwind_stack *stack);
void encoder_pool_free(struct encoder *encoder, sequence_word seq, uintptr_t pool, uintptr_t block);
// Memory that was mapped, unmapped, or both.
struct encoder_mapping {
	sequence_word old_seq; // taken before the real call; 0: none was
	enum wire_kind kind;
	uintptr_t old, address;
	size_t old_size, size; // 0: nothing was unmapped, mapped
};

// `stack` is not looked at where nothing was mapped.
void encoder_mapping(struct encoder *encoder, sequence_word seq,
		     const struct encoder_mapping *mapping, const struct unwind_stack *stack);
void encoder_thread(struct encoder *encoder, sequence_word seq, const char *name);
void encoder_map(struct encoder *encoder, sequence_word seq, const struct encoder_module *module);

// An extended record as a reader of records has found it: what stands behind its number and, of FAIL, behind `before`, which is
// `seq` less `old_seq`; and its stack, or NULL.
void encoder_copy(struct encoder *encoder, sequence_word seq, sequence_word old_seq,
		  enum wire_extended type, const struct iovec body[2],
		  const struct unwind_stack *stack);

// What elided allocations add up to, up to `seq`.
struct encoder_sum {
	uint32_t thread;
	enum wire_kind kind;
	size_t blocks, temporary_blocks, short_blocks;
	uint64_t bytes, rounding, temporary_bytes;
};

void encoder_sum(struct encoder *encoder, sequence_word seq, const struct encoder_sum *sum,
		 const struct unwind_stack *stack);

// Says how many events were lost.
void encoder_lost(struct encoder *encoder, sequence_word seq);

// Counts an event lost; encoder_lost says so before the next record.
void encoder_count_lost(struct encoder *encoder, enum wire_lost reason);

// False: the ring refused; the reader's state is unknown, the next record comes after a RESTART.
// The caller counts the lost events.
bool encoder_flush(struct encoder *encoder);

// Whether frame `i` of both stacks, counted from the outermost, is the same.
static inline bool encoder_is_previous(const struct encoder *encoder,
				       const struct unwind_stack *stack, size_t i)
{
	size_t now = stack->n_pcs - 1 - i, before = ENCODER_DEPTH_MAX - 1 - i;

	return stack->pcs[now] == encoder->previous[before] &&
	       stack->hows[now] == encoder->previous_hows[before];
}

// How many outermost frames of `stack` are those of the previous stack, which is that of the previous
// walk: what the walk has kept is not compared. No RESTART is due.
static inline size_t encoder_kept(const struct encoder *encoder, const struct unwind_stack *stack)
{
	size_t most = stack->n_pcs < encoder->n_previous ? stack->n_pcs : encoder->n_previous;
	size_t n = stack->n_kept < most ? stack->n_kept : most;

	while (n < most && __builtin_expect(encoder_is_previous(encoder, stack, n), 0))
		n++;
	return n;
}

// The frame's slot. Instructions are 2 or 4 bytes apart; the upper part tells modules apart. A frame that
// is found now in one way, now in another has a slot for each.
static inline size_t encoder_slot(uintptr_t pc, unsigned how)
{
	return (size_t)((pc >> 1) ^ (pc >> 13) ^ (how << 6)) % ENCODER_FRAMES;
}

// What the reader knows the frame by (its module was then looked at); NULL: it does not.
static inline const struct encoder_frame *encoder_find(const struct encoder *encoder, uintptr_t pc,
						       unsigned how)
{
	const struct encoder_frame *frame = &encoder->frames[encoder_slot(pc, how)];
	bool is_it = frame->pc == pc && frame->mark == (encoder->epoch | how);

	return is_it ? frame : NULL;
}

// True if the next stack need not define the frame.
bool encoder_knows(const struct encoder *encoder, uintptr_t pc, unsigned how);

#endif
