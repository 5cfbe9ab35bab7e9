// SPDX-License-Identifier: GPL-3.0-or-later
// From the bytes of a stream to its events (FORMAT.md).
#ifndef READALLOC_DECODE_H
#define READALLOC_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"
#include "identity.h"
#include "index_table.h"
#include "order.h"
#include "preamble.h"

struct model;

// What is wrong with the input; the first is kept, all are counted.
struct damage {
	const char *reason; // NULL: nothing
	uint64_t at;        // offset in the stream, after decompression
	uint64_t n_places;
	uint64_t n_blocks;  // of threads, proven missing by the next one's number
	uint64_t n_lost;    // bytes that never came
	uint64_t n_skipped; // bytes that were in no good block
};

// Frame ids are found in pages, so that one definition with a high id does not cost room for all lower ones.
enum { FRAMES_PER_PAGE = 256, N_FRAME_PAGES = WIRE_FRAME_ID_END / FRAMES_PER_PAGE };

enum { FRAME_TAGS = 64, PUSHES_BITS = 12 };

struct frame {
	uint64_t pc;
	uint32_t restart; // defined since the thread's restart of this number; 0 never
	uint8_t how;      // enum wire_how
};

struct frame_page {
	struct frame frames[FRAMES_PER_PAGE];
};

// The decoding state of a thread.
struct thread {
	uint32_t number;
	uint32_t next_index;
	bool needs_restart; // its state is not known
	bool is_fresh;      // nothing of it was seen or missed yet
	uint8_t cut;        // enum wire_cut of the stack
	uint32_t restart;
	uint32_t depth, stack_room;
	uint32_t *stack; // raw nodes, outermost first
	uint64_t seq, addr, pc;
	// What events are given as it stands here.
	uint64_t time;
	uint32_t position; // in the decoder's table
	uint32_t tid;
	// For frames whose ids have these lower bits: what is known of them (struct known_push) has this tag, which only it has.
	uint32_t tags[FRAME_TAGS];
	struct frame_page *pages[N_FRAME_PAGES]; // shared where no frame is defined
};

// The place of the frame of this id, below WIRE_FRAME_ID_END, which may not be defined.
static inline struct frame *thread_frame(const struct thread *thread, uint64_t id)
{
	return &thread->pages[id / FRAMES_PER_PAGE]->frames[id % FRAMES_PER_PAGE];
}

// The raw stack `parent` with a frame of a thread inside, as it was found last at a hash of both.
struct known_push {
	uint64_t key; // the parent, and the frame's id in the lower half
	uint32_t tag; // the thread's for that id; 0: none
	uint32_t child;
};

// Who wants to know where something is wrong, and not only how much. Threads are the decoder's.
struct decode_watch {
	void *context;
	// Something is wrong at `at`.
	void (*damage)(void *context, uint64_t at, const char *reason);
	// After that, so many bytes are in no good block; may come several times.
	void (*skip)(void *context, uint64_t n);
	// At the block at `at` the state of the thread is not known any more; before it `n` of its blocks are missing,
	// from number `first` on; 0: none is.
	void (*gap)(void *context, const struct thread *thread, uint64_t at, uint32_t first,
		    uint32_t n);
	// It is known again (also for the first time), from a restart in the block at `at` on.
	void (*restart)(void *context, const struct thread *thread, uint64_t at);
};

struct decoder {
	struct preamble preamble;
	struct damage damage;
	char *damage_text; // its reason where that is from an archive; NULL: it is not
	bool has_header, has_preamble, has_end;
	bool has_block;     // a good block was seen
	bool is_foreign;    // no stream of ours: stop reading
	bool has_successor; // another stream begins: stop reading
	bool is_searching;  // for the next sync, after damage
	bool is_rejoined;   // blocks may come again
	bool has_identity;
	struct identity identity; // of the stream
	unsigned major, minor;
	uint64_t end_reason, end_events, end_lost;
	uint64_t offset; // of the first byte not yet used
	uint64_t n_blocks;
	uint32_t next_loose; // number of the next block of no thread
	uint64_t newest_time;
	struct model *model;              // borrowed; stacks go there
	struct order *order;              // borrowed; events go there
	const struct decode_watch *watch; // borrowed; NULL: nobody
	struct thread **threads;
	size_t n_threads, threads_room;
	struct index_table thread_index;
	uint32_t n_tags; // given so far
	struct known_push pushes[1 << PUSHES_BITS];
};

void decoder_init(struct decoder *decoder, struct model *model, struct order *order);
void decoder_free(struct decoder *decoder);

// The room a buffer needs so that decoder_feed can always use something.
enum { DECODER_BUFFER_MIN = WIRE_BLOCK_HEADER_SIZE + WIRE_PAYLOAD_MAX };

// Decodes the whole blocks at the start of `bytes` and returns the bytes used; the rest must come again with
// more behind it. `is_last`: no more will come; all is used.
size_t decoder_feed(struct decoder *decoder, const uint8_t *bytes, size_t size, bool is_last);

// What comes next is the same stream over another connection, from its header on. Blocks that were there before are
// skipped.
void decoder_rejoin(struct decoder *decoder);

// `n_lost` bytes never came, so `n_cut` before them, of a block that is not whole, are of no use.
void decoder_gap(struct decoder *decoder, uint64_t n_cut, uint64_t n_lost);

// Notes that something is wrong at `at`.
void decoder_damage(struct decoder *decoder, uint64_t at, const char *reason);

// The thread of this number.
struct thread *decoder_thread(struct decoder *decoder, uint32_t number);

// A new thread has no frames; and those of a thread are freed.
void decoder_frames_init(struct decoder *decoder, struct thread *thread);
void decoder_frames_free(struct thread *thread);

// Whether the thread knows what the id, which is below WIRE_FRAME_ID_END, stands for.
static inline bool frame_is_defined(const struct thread *thread, uint64_t id)
{
	return thread_frame(thread, id)->restart == thread->restart;
}

// Defines the frame of this id. Returns its place.
struct frame *decoder_define_frame(struct decoder *decoder, struct thread *thread, uint64_t id,
				   const struct frame *frame);

// All frames of the thread are to be defined anew.
void decoder_forget_frames(struct decoder *decoder, struct thread *thread);

// Decodes a whole block, its checksum being right; `length` is that of its payload.
void block_decode(struct decoder *decoder, const uint8_t *block, uint32_t length);

// Decodes the records of one block of `thread`. NULL: well; else what is wrong.
const char *records_decode(struct decoder *decoder, struct thread *thread, struct cursor payload);

#endif
