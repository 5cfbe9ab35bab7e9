// SPDX-License-Identifier: GPL-3.0-or-later
// The records of one thread: allocations, frees and their stacks (FORMAT.md, sections 5 and 6).
#include "decode.h"

#include <stdlib.h>
#include <string.h>

#include "decode_extended.h"
#include "model_foresee.h"
#include "util.h"

// Numbers above this are no sequence numbers: no program runs that long.
static const uint64_t SEQ_MAX = UINT64_MAX / 2;

// What is inline here is so wherever it is called, and what is not gets no pointer to the reader: so the compiler keeps the
// reader in registers.
#define INLINE static inline __attribute__((always_inline))

// Where so many bytes are left, none of the numbers of a record, or of a frame in it, is cut off: what reads them is told
// `is_far`, a constant wherever it is passed.
enum { RECORD_FAR = 8 * CURSOR_FAR, FRAME_FAR = 4 * CURSOR_FAR };

// What is wrong in a record that is read so does not move to the end until the record is read, as all that follows would be
// read there.
INLINE void fail(struct reader *reader, bool is_far, const char *error)
{
	if (is_far) {
		reader->at.error = reader->at.error ? reader->at.error : error;
	} else {
		cursor_fail(&reader->at, error);
	}
}

INLINE uint64_t varint(struct reader *reader, bool is_far)
{
	return is_far ? cursor_varint_far(&reader->at) : cursor_varint(&reader->at);
}

// One that may be long as well as short.
INLINE uint64_t varint_any(struct reader *reader, bool is_far)
{
	return is_far ? cursor_varint_any(&reader->at) : cursor_varint(&reader->at);
}

INLINE uint64_t varint_up_to(struct reader *reader, bool is_far, uint64_t limit, const char *error)
{
	uint64_t value = varint(reader, is_far);
	if (__builtin_expect(value > limit, 0)) {
		fail(reader, is_far, error);
		return 0;
	}
	return value;
}

INLINE uint64_t seq_next(struct reader *reader, bool is_far, uint64_t delta)
{
	struct thread *thread = reader->thread;
	uint64_t seq = thread->seq + delta;
	if (reader->has_short_seq) {
		seq = order_unwrap(reader->decoder->order, (uint32_t)seq);
	}
	if (__builtin_expect(delta - 1 >= SEQ_MAX || seq - 1 >= SEQ_MAX, 0)) {
		fail(reader, is_far, "a sequence number does not rise");
	}
	thread->seq = seq;
	return seq;
}

uint64_t record_seq(struct reader *reader, uint64_t delta)
{
	return seq_next(reader, false, delta);
}

// A frame that is defined where it is first used. NULL: something is wrong.
static struct frame *frame_decode_new(struct reader *reader, uint64_t *id)
{
	struct thread *thread = reader->thread;
	*id = cursor_varint_up_to(&reader->at, WIRE_FRAME_ID_END - 1,
				  "a frame has an impossible number");
	uint8_t how = cursor_varint(&reader->at) & (WIRE_HOW_MASK | WIRE_HOW_EXACT);
	thread->pc += cursor_signed(&reader->at);
	if (reader->at.error) {
		return NULL;
	}
	return decoder_define_frame(
		reader->decoder, thread, *id,
		&(struct frame){ .pc = thread->pc, .restart = thread->restart, .how = how });
}

INLINE struct known_push *push_at(struct decoder *decoder, uint64_t key)
{
	return &decoder->pushes[key * 0x9E3779B97F4A7C15 >> (64 - PUSHES_BITS)];
}

// The same as frame_push where it is not known; the id is UINT64_MAX where a definition follows.
static bool frame_push_new(struct reader *reader, uint32_t *node, uint64_t id)
{
	struct thread *thread = reader->thread;
	const struct frame *frame;
	if (id == UINT64_MAX) {
		frame = frame_decode_new(reader, &id);
	} else if (id < WIRE_FRAME_ID_END && frame_is_defined(thread, id)) {
		frame = thread_frame(thread, id);
	} else {
		cursor_fail(&reader->at, "a frame was never defined");
		frame = NULL;
	}
	if (!frame) {
		return false;
	}
	uint64_t key = (uint64_t)*node << 32 | id;
	*node = stacks_push(&reader->decoder->model->stacks, *node, frame->pc, frame->how);
	*push_at(reader->decoder, key) =
		(struct known_push){ key, thread->tags[id % FRAME_TAGS], *node };
	return true;
}

// Reads the next frame; the raw stack `*node` becomes that with it inside. False: something is wrong.
INLINE bool frame_push(struct reader *reader, bool is_far, uint32_t *node)
{
	uint64_t id = (is_far ? cursor_varint_short(&reader->at) : cursor_varint(&reader->at)) - 1;
	uint64_t key = (uint64_t)*node << 32 | id;
	const struct known_push *known = push_at(reader->decoder, key);
	if (__builtin_expect(known->key == key &&
				     known->tag == reader->thread->tags[id % FRAME_TAGS] &&
				     id < WIRE_FRAME_ID_END,
			     1)) {
		*node = known->child;
		return true;
	}
	uint32_t pushed = *node;
	struct reader copy = *reader;
	bool is_well = frame_push_new(&copy, &pushed, id);
	*reader = copy;
	*node = pushed;
	return is_well;
}

static void stack_reserve(struct thread *thread, uint64_t n)
{
	thread->stack_room = (uint32_t)grown_capacity(n, 0);
	thread->stack = xrealloc(thread->stack, thread->stack_room, sizeof(*thread->stack));
}

INLINE uint32_t stack_decode(struct reader *reader, bool is_far)
{
	struct thread *thread = reader->thread;
	uint64_t keep = varint_up_to(reader, is_far, thread->depth,
				     "a stack keeps more frames than there are");
	uint64_t push = varint(reader, is_far);
	uint8_t cut = push & ((1u << WIRE_CUT_BITS) - 1);
	push >>= WIRE_CUT_BITS;
	if (__builtin_expect(push > WIRE_DEPTH_MAX - keep, 0)) {
		fail(reader, is_far, "a stack is deeper than allowed");
		push = 0;
	}
	if (__builtin_expect(keep + push > thread->stack_room, 0)) {
		stack_reserve(thread, keep + push);
	}
	uint32_t node = keep ? thread->stack[keep - 1] : RAW_ROOT;
	uint32_t *place = thread->stack + keep, *end = place + push;
	if (is_far && cursor_left(&reader->at) >= push * FRAME_FAR) {
		while (place != end && frame_push(reader, true, &node)) {
			*place++ = node;
		}
	} else {
		while (place != end && frame_push(reader, false, &node)) {
			*place++ = node;
		}
	}
	thread->depth = (uint32_t)(keep + push);
	thread->cut = cut;
	return node;
}

uint32_t record_stack(struct reader *reader)
{
	return stack_decode(reader, false);
}

INLINE uint64_t seq_decode(struct reader *reader, bool is_far, unsigned head)
{
	return seq_next(reader, is_far, head & WIRE_FLAG_SEQ ? varint(reader, is_far) : 1);
}

INLINE uint8_t kind_decode(struct reader *reader, bool is_far, unsigned head,
			   enum wire_kind otherwise)
{
	if (!(head & WIRE_FLAG_KIND)) {
		return (uint8_t)otherwise;
	}
	return (uint8_t)varint_up_to(reader, is_far, UINT8_MAX, "a kind is impossible");
}

INLINE uint64_t addr_decode(struct reader *reader, bool is_far, unsigned head)
{
	uint64_t delta = varint_signed(varint_any(reader, is_far));
	reader->thread->addr += head & WIRE_FLAG_ADDR ? delta : delta << reader->address_shift;
	return reader->thread->addr;
}

INLINE void size_decode(struct reader *reader, bool is_far, unsigned head, struct event *event)
{
	event->size = varint(reader, is_far);
	event->usable = head & WIRE_FLAG_USABLE
				? varint(reader, is_far)
				: preamble_usable(&reader->decoder->preamble, event->size);
}

INLINE void block_stack_decode(struct reader *reader, bool is_far, unsigned head,
			       struct event *event)
{
	struct thread *thread = reader->thread;
	if (head & WIRE_FLAG_STACK) {
		event->stack = stack_decode(reader, is_far);
	} else {
		event->stack = thread->depth ? thread->stack[thread->depth - 1] : RAW_ROOT;
	}
	event->cut = thread->cut;
	if (__builtin_expect(event->addr == 0, 0)) {
		fail(reader, is_far, "an allocation has no address");
	}
}

INLINE void event_put(struct reader *reader, struct event *event)
{
	if (__builtin_expect(reader->at.error != NULL, 0)) {
		reader->at.at = reader->at.end;
		return;
	}
	event->time = reader->thread->time;
	event->thread = reader->thread->position;
	event->tid = reader->thread->tid;
	model_foresee(reader->decoder->model, event->addr, event->stack);
	if (__builtin_expect(reader->foresees_more, 0)) {
		model_foresee_more(reader->decoder->model, event->addr);
	}
	order_put(reader->order, event);
}

void record_put(struct reader *reader, struct event *event)
{
	event_put(reader, event);
}

INLINE void alloc_decode(struct reader *reader, bool is_far, unsigned head)
{
	struct event *event = order_place(reader->order);
	*event = (struct event){ .type = EVENT_ALLOC };
	event->seq = seq_decode(reader, is_far, head);
	event->kind = kind_decode(reader, is_far, head, WIRE_KIND_MALLOC);
	size_decode(reader, is_far, head, event);
	event->addr = addr_decode(reader, is_far, head);
	block_stack_decode(reader, is_far, head, event);
	event_put(reader, event);
}

// What stands beside the kind of a release.
INLINE void marks_take(struct event *event)
{
	event->marks = event->kind & (uint8_t)~WIRE_KIND_NUMBER;
	event->kind &= WIRE_KIND_NUMBER;
}

INLINE void free_decode(struct reader *reader, bool is_far, unsigned head)
{
	struct event *event = order_place(reader->order);
	*event = (struct event){ .type = EVENT_FREE, .stack = STACK_UNKNOWN };
	event->seq = seq_decode(reader, is_far, head);
	event->kind = kind_decode(reader, is_far, head,
				  head & WIRE_FLAG_SIZE ? WIRE_KIND_DELETE : WIRE_KIND_FREE);
	marks_take(event);
	if (head & WIRE_FLAG_SIZE) {
		event->size = varint(reader, is_far);
		event->marks |= EVENT_IS_TOLD;
	}
	event->addr = addr_decode(reader, is_far, head);
	if (head & WIRE_FLAG_STACK) {
		event->stack = stack_decode(reader, is_far);
		event->cut = reader->thread->cut;
	}
	event_put(reader, event);
}

INLINE void realloc_decode(struct reader *reader, bool is_far, unsigned head)
{
	struct event event = { .type = EVENT_REALLOC };
	event.seq = seq_decode(reader, is_far, head);
	uint64_t before = varint(reader, is_far);
	event.kind = kind_decode(reader, is_far, head, WIRE_KIND_REALLOC);
	marks_take(&event);
	event.old = addr_decode(reader, is_far, head);
	size_decode(reader, is_far, head, &event);
	event.addr = addr_decode(reader, is_far, head);
	block_stack_decode(reader, is_far, head, &event);
	if (before == 0 || before >= event.seq) {
		fail(reader, is_far, "a realloc is not after its free");
	}
	struct event freed = { .type = EVENT_REALLOC_FREE,
			       .seq = event.seq - before,
			       .kind = event.kind,
			       .marks = event.marks,
			       .addr = event.old,
			       .stack = STACK_UNKNOWN };
	event_put(reader, &freed);
	event_put(reader, &event);
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

// What is not read in the loop: extended records, those near the end, and all of a thread whose state is not known.
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
	} else if (op == WIRE_OP_ALLOC) {
		alloc_decode(reader, false, head);
	} else if (op == WIRE_OP_FREE) {
		free_decode(reader, false, head);
	} else {
		realloc_decode(reader, false, head);
	}
}

// Before it are the records that are read without a look at each number's end.
static const uint8_t *far_end_of(const struct reader *reader)
{
	bool has_far = cursor_left(&reader->at) > RECORD_FAR && !reader->thread->needs_restart;
	return has_far ? reader->at.end - RECORD_FAR : reader->at.at;
}

const char *records_decode(struct decoder *decoder, struct thread *thread, struct cursor payload)
{
	struct reader reader = {
		.decoder = decoder,
		.order = decoder->order,
		.thread = thread,
		.at = payload,
		.foresees_more = model_has_more(decoder->model),
		.has_short_seq = decoder->preamble.sequence_bits == 32,
		.address_shift = (unsigned)decoder->preamble.address_shift,
	};
	const uint8_t *far_end = far_end_of(&reader);
	while (cursor_left(&reader.at) != 0) {
		bool is_far = reader.at.at < far_end;
		unsigned head = *reader.at.at++;
		unsigned op = head & WIRE_OP_MASK;
		if (is_far && op == WIRE_OP_ALLOC) {
			alloc_decode(&reader, true, head);
		} else if (is_far && op == WIRE_OP_FREE) {
			free_decode(&reader, true, head);
		} else if (is_far && op == WIRE_OP_REALLOC) {
			realloc_decode(&reader, true, head);
		} else {
			struct reader copy = reader;
			other_decode(&copy, head);
			reader = copy;
			far_end = far_end_of(&reader);
		}
	}
	return reader.at.error;
}
