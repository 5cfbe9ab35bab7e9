// SPDX-License-Identifier: GPL-3.0-or-later
// The records of one thread: allocations, frees and their stacks (FORMAT.md, sections 5 and 6).
#include "decode.h"

#include <stdlib.h>
#include <string.h>

#include "decode_extended.h"
#include "model.h"
#include "util.h"

// Numbers above this are no sequence numbers: no program runs that long.
static const uint64_t SEQ_MAX = UINT64_MAX / 2;

// What is inline here is so wherever it is called, and what is not gets no pointer to the reader: so the compiler keeps the
// reader in registers.
#define INLINE static inline __attribute__((always_inline))

INLINE uint64_t seq_next(struct reader *reader, uint64_t delta)
{
	struct thread *thread = reader->thread;
	uint64_t seq = thread->seq + delta;
	if (reader->has_short_seq) {
		seq = order_unwrap(reader->decoder->order, (uint32_t)seq);
	}
	if (delta == 0 || delta > SEQ_MAX || seq == 0 || seq > SEQ_MAX) {
		cursor_fail(&reader->at, "a sequence number does not rise");
	}
	thread->seq = seq;
	return seq;
}

uint64_t record_seq(struct reader *reader, uint64_t delta)
{
	return seq_next(reader, delta);
}

struct frame *thread_define_frame(struct thread *thread, uint64_t id, const struct frame *frame)
{
	if (!thread->pages) {
		thread->pages = xcalloc(N_FRAME_PAGES, sizeof(*thread->pages));
	}
	struct frame_page **page = &thread->pages[id / FRAMES_PER_PAGE];
	if (!*page) {
		*page = xcalloc(1, sizeof(**page));
	}
	struct frame *place = &(*page)->frames[id % FRAMES_PER_PAGE];
	*place = *frame;
	return place;
}

INLINE struct frame *frame_find(struct reader *reader, uint64_t id)
{
	const struct thread *thread = reader->thread;
	if (id < WIRE_FRAME_ID_END && thread->pages && thread->pages[id / FRAMES_PER_PAGE]) {
		struct frame *frame =
			&thread->pages[id / FRAMES_PER_PAGE]->frames[id % FRAMES_PER_PAGE];
		if (frame->restart == thread->restart) {
			return frame;
		}
	}
	cursor_fail(&reader->at, "a frame was never defined");
	return NULL;
}

// The next frame; NULL: something is wrong.
INLINE struct frame *frame_decode(struct reader *reader)
{
	struct thread *thread = reader->thread;
	uint64_t v = cursor_varint(&reader->at);
	if (v != 0) {
		return frame_find(reader, v - 1);
	}
	uint64_t id = cursor_varint_up_to(&reader->at, WIRE_FRAME_ID_END - 1,
					  "a frame has an impossible number");
	uint8_t how = cursor_varint(&reader->at) & (WIRE_HOW_MASK | WIRE_HOW_EXACT);
	thread->pc += cursor_signed(&reader->at);
	if (reader->at.error) {
		return NULL;
	}
	return thread_define_frame(
		thread, id,
		&(struct frame){ .pc = thread->pc, .restart = thread->restart, .how = how });
}

// The raw stack `parent` with the frame inside.
INLINE uint32_t frame_push(struct stacks *stacks, uint32_t parent, struct frame *frame)
{
	if (frame->parent != parent || frame->child == RAW_ROOT) {
		frame->child = stacks_push(stacks, parent, frame->pc, frame->how);
		frame->parent = parent;
	}
	return frame->child;
}

static void stack_reserve(struct thread *thread, uint64_t n)
{
	thread->stack_room = (uint32_t)grown_capacity(n, 0);
	thread->stack = xrealloc(thread->stack, thread->stack_room, sizeof(*thread->stack));
}

INLINE uint32_t stack_decode(struct reader *reader)
{
	struct thread *thread = reader->thread;
	struct stacks *stacks = &reader->decoder->model->stacks;
	uint64_t keep = cursor_varint_up_to(&reader->at, thread->depth,
					    "a stack keeps more frames than there are");
	uint64_t push = cursor_varint(&reader->at);
	uint8_t cut = push & ((1u << WIRE_CUT_BITS) - 1);
	push >>= WIRE_CUT_BITS;
	if (push > WIRE_DEPTH_MAX - keep) {
		cursor_fail(&reader->at, "a stack is deeper than allowed");
		push = 0;
	}
	if (keep + push > thread->stack_room) {
		stack_reserve(thread, keep + push);
	}
	uint32_t node = keep ? thread->stack[keep - 1] : RAW_ROOT;
	for (uint64_t i = 0; i < push; i++) {
		struct frame *frame = frame_decode(reader);
		if (!frame) {
			break;
		}
		node = frame_push(stacks, node, frame);
		thread->stack[keep + i] = node;
	}
	thread->depth = (uint32_t)(keep + push);
	thread->cut = cut;
	return node;
}

uint32_t record_stack(struct reader *reader)
{
	return stack_decode(reader);
}

INLINE uint64_t seq_decode(struct reader *reader, unsigned head)
{
	return seq_next(reader, head & WIRE_FLAG_SEQ ? cursor_varint(&reader->at) : 1);
}

INLINE uint8_t kind_decode(struct reader *reader, unsigned head, enum wire_kind otherwise)
{
	if (!(head & WIRE_FLAG_KIND)) {
		return (uint8_t)otherwise;
	}
	return (uint8_t)cursor_varint_up_to(&reader->at, UINT8_MAX, "a kind is impossible");
}

INLINE uint64_t addr_decode(struct reader *reader, unsigned head)
{
	uint64_t delta = cursor_signed(&reader->at);
	reader->thread->addr += head & WIRE_FLAG_ADDR ? delta : delta << reader->address_shift;
	return reader->thread->addr;
}

INLINE void size_decode(struct reader *reader, unsigned head, struct event *event)
{
	event->size = cursor_varint(&reader->at);
	event->usable = head & WIRE_FLAG_USABLE
				? cursor_varint(&reader->at)
				: preamble_usable(&reader->decoder->preamble, event->size);
}

INLINE void block_stack_decode(struct reader *reader, unsigned head, struct event *event)
{
	struct thread *thread = reader->thread;
	if (head & WIRE_FLAG_STACK) {
		event->stack = stack_decode(reader);
	} else {
		event->stack = thread->depth ? thread->stack[thread->depth - 1] : RAW_ROOT;
	}
	event->cut = thread->cut;
	if (event->addr == 0) {
		cursor_fail(&reader->at, "an allocation has no address");
	}
}

INLINE void event_put(struct reader *reader, struct event *event)
{
	if (reader->at.error) {
		return;
	}
	event->time = reader->thread->time;
	event->thread = reader->thread->position;
	event->tid = reader->thread->tid;
	order_put(reader->decoder->order, event);
}

void record_put(struct reader *reader, struct event *event)
{
	event_put(reader, event);
}

INLINE void alloc_decode(struct reader *reader, unsigned head)
{
	struct event *event = order_place(reader->decoder->order);
	*event = (struct event){ .type = EVENT_ALLOC };
	event->seq = seq_decode(reader, head);
	event->kind = kind_decode(reader, head, WIRE_KIND_MALLOC);
	size_decode(reader, head, event);
	event->addr = addr_decode(reader, head);
	block_stack_decode(reader, head, event);
	event_put(reader, event);
}

// What stands beside the kind of a release.
INLINE void marks_take(struct event *event)
{
	event->marks = event->kind & (uint8_t)~WIRE_KIND_NUMBER;
	event->kind &= WIRE_KIND_NUMBER;
}

INLINE void free_decode(struct reader *reader, unsigned head)
{
	struct event *event = order_place(reader->decoder->order);
	*event = (struct event){ .type = EVENT_FREE, .stack = STACK_UNKNOWN };
	event->seq = seq_decode(reader, head);
	event->kind = kind_decode(reader, head,
				  head & WIRE_FLAG_SIZE ? WIRE_KIND_DELETE : WIRE_KIND_FREE);
	marks_take(event);
	if (head & WIRE_FLAG_SIZE) {
		event->size = cursor_varint(&reader->at);
		event->marks |= EVENT_IS_TOLD;
	}
	event->addr = addr_decode(reader, head);
	if (head & WIRE_FLAG_STACK) {
		event->stack = stack_decode(reader);
		event->cut = reader->thread->cut;
	}
	event_put(reader, event);
}

static void realloc_decode(struct reader *reader, unsigned head)
{
	struct event event = { .type = EVENT_REALLOC };
	event.seq = seq_decode(reader, head);
	uint64_t before = cursor_varint(&reader->at);
	event.kind = kind_decode(reader, head, WIRE_KIND_REALLOC);
	marks_take(&event);
	event.old = addr_decode(reader, head);
	size_decode(reader, head, &event);
	event.addr = addr_decode(reader, head);
	block_stack_decode(reader, head, &event);
	if (before == 0 || before >= event.seq) {
		cursor_fail(&reader->at, "a realloc is not after its free");
	}
	struct event freed = { .type = EVENT_REALLOC_FREE,
			       .seq = event.seq - before,
			       .kind = event.kind,
			       .marks = event.marks,
			       .addr = event.old,
			       .stack = STACK_UNKNOWN };
	record_put(reader, &freed);
	record_put(reader, &event);
}

static void stack_skip(struct cursor *at)
{
	cursor_varint(at);
	for (uint64_t push = cursor_varint(at) >> WIRE_CUT_BITS; push != 0 && !at->error; push--) {
		if (cursor_varint(at) == 0) {
			cursor_varint(at);
			cursor_varint(at);
			cursor_varint(at);
		}
	}
}

// Steps over an allocation or a free of which nothing can be known without the thread's state.
static void record_skip(struct cursor *at, unsigned head)
{
	unsigned op = head & WIRE_OP_MASK;
	unsigned n = op == WIRE_OP_ALLOC ? 2 : op == WIRE_OP_FREE ? 1 : 4;
	n += !!(head & WIRE_FLAG_SEQ) + !!(head & WIRE_FLAG_KIND);
	n += !!(head & WIRE_FLAG_USABLE);
	while (n-- != 0) {
		cursor_varint(at);
	}
	if (head & WIRE_FLAG_STACK) {
		stack_skip(at);
	}
}

// What is neither an allocation nor a free, and all of a thread whose state is not known.
static void other_decode(struct reader *reader, unsigned head)
{
	unsigned op = head & WIRE_OP_MASK;
	if (op == WIRE_OP_EXTENDED) {
		extended_decode(reader);
	} else if (op > WIRE_OP_REALLOC) {
		cursor_fail(&reader->at, "a record is of no known kind");
	} else if (reader->thread->is_fresh) {
		cursor_fail(&reader->at, "a thread does not begin with a restart");
	} else if (reader->thread->needs_restart) {
		record_skip(&reader->at, head);
	} else {
		realloc_decode(reader, head);
	}
}

const char *records_decode(struct decoder *decoder, struct thread *thread, struct cursor payload)
{
	struct reader reader = {
		.decoder = decoder,
		.thread = thread,
		.at = payload,
		.has_short_seq = decoder->preamble.sequence_bits == 32,
		.address_shift = (unsigned)decoder->preamble.address_shift,
	};
	while (cursor_left(&reader.at) != 0) {
		unsigned head = *reader.at.at++;
		unsigned op = head & WIRE_OP_MASK;
		if (op == WIRE_OP_ALLOC && !thread->needs_restart) {
			alloc_decode(&reader, head);
		} else if (op == WIRE_OP_FREE && !thread->needs_restart) {
			free_decode(&reader, head);
		} else {
			struct reader copy = reader;
			other_decode(&copy, head);
			reader = copy;
		}
	}
	return reader.at.error;
}
