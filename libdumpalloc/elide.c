// SPDX-License-Identifier: LGPL-2.1-or-later
// Leaves out of the stream, on the way from the rings to the sink, blocks that lived for a few events only.
#define _GNU_SOURCE
#include "libdumpalloc/elide.h"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libdumpalloc/drain.h"
#include "libdumpalloc/elide_live.h"
#include "libdumpalloc/elide_read.h"
#include "libdumpalloc/elide_sum.h"
#include "libdumpalloc/encoder.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sink.h"

enum {
	SLOTS = 1 << 16,
	BLOCK_SIZE = 8 << 10, // about; beside it the largest record has room in the encoder
	ROUNDS_MOST = 64,     // of a pass
	HOLD_MS = 500,        // how long events stay in the rings
	HOLE_MS = 1000,       // how long a number may be missing while a ring gets full
	SUM_MS = 1000,        // how long sums are not told

};

enum slot_type {
	SLOT_EMPTY, // the number has not come
	SLOT_OTHER,
	SLOT_BARRIER, // no block that lives at this moment is left out
	SLOT_ALLOC,
	SLOT_FREE,
};

// Only blocks are left out that are allocated and released by functions of the same class.
enum class {
	CLASS_MALLOC,
	CLASS_NEW,
	CLASS_NEW_ARRAY,
	CLASS_NONE, // never
};

// An event, by its number.
struct slot {
	uintptr_t address;
	size_t size;   // once it is decided what stays: how many events before it were left out
	uint32_t span; // how many numbers later is the other one of its record
	// How many numbers later an allocation is released, 0: it is not to be left out; how many earlier what is released was
	// allocated, 0: unknown.
	uint32_t life;
	uint16_t ring;
	uint8_t type, class; // enum slot_type, enum class
	bool is_elided;
	bool is_temporary; // allocation: its thread released it and did no other since
	bool is_not_short; // release: the block lived longer than it seems to, without what was left out
};

// The thread of a ring.
struct thread {
	struct elide_reader look, take; // far ahead, and of what goes to the sink
	sequence_word last;             // number of its last allocation that was looked at
	uintptr_t last_taken;           // address of its last one that was not left out
	bool has_elided;                // one since
	unsigned n_restarts;
	// Of the first number of a record whose second has not gone to the sink: that in the stream, and WIRE_KIND_NOT_SHORT or 0.
	sequence_word first_number;
	unsigned first_marks;
	struct elide_stack stack;
	struct encoder encoder;
};

static struct elision {
	sequence_word limit;
	sequence_word base;     // the first number that has not gone to the sink
	sequence_word next;     // the first that has not come: all before it have
	sequence_word barrier;  // the last before `next`
	sequence_word peak_at;  // number of the event that made the last peak before `next`
	uint64_t live, peak;    // bytes
	sequence_word n_elided; // events before `base`
	bool is_raw;            // nothing is in the slots any more
	bool has_sums;
	bool is_over;            // nothing is left out of what has not come before `next`
	enum wire_elided reason; // not yet told
	uint32_t held_since, told_at, stuck_since;
	sequence_word stuck_at;
	uint64_t time;
	uint32_t thread, index; // of the blocks that tell of what is left out
	struct encoder encoder; // of these
	struct slot slots[SLOTS];
	struct thread *threads[]; // by the number of the ring
} * elision;

static struct slot *slot_at(sequence_word seq)
{
	return &elision->slots[seq % SLOTS];
}

static void *take_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

bool elide_start(unsigned limit)
{
	elision = take_memory(sizeof *elision + region_current->n_rings * sizeof(struct thread *));
	if (elision == NULL || !elide_sum_start())
		return false;
	elision->limit = limit;
	elision->base = elision->next = 1;
	elision->thread = atomic_fetch_add(&region_current->n_threads, 1) + 1;
	elision->encoder.is_restart_due = true;
	elision->encoder.tid = (uint32_t)getpid();
	return true;
}

sequence_word elide_count(void)
{
	return elision != NULL ? elision->n_elided : 0;
}

bool elide_is_on(void)
{
	return elision != NULL;
}

static uint32_t n_rings(void)
{
	return atomic_load(&region_current->n_rings_used);
}

// Nothing is left out any more of what has not come.
static void end_eliding(enum wire_elided reason)
{
	if (elision->is_over)
		return;
	elision->is_over = true;
	elision->reason = reason;
}

static enum class class_of(unsigned kind) {
	switch (kind){
		case WIRE_KIND_NEW : case WIRE_KIND_DELETE : return CLASS_NEW;
		case WIRE_KIND_NEW_ARRAY : case WIRE_KIND_DELETE_ARRAY : return CLASS_NEW_ARRAY;
		default : return kind < WIRE_KIND_NEW || kind == WIRE_KIND_FREE ? CLASS_MALLOC
										: CLASS_NONE;
	}
}

static enum slot_type type_of(const struct elide_record *record)
{
	if (record->op != WIRE_OP_EXTENDED)
		return record->op == WIRE_OP_FREE ? SLOT_FREE : SLOT_ALLOC;
	return record->type == WIRE_FAIL || record->type == WIRE_POOL_ALLOC ||
			       record->type == WIRE_POOL_FREE
		       ? SLOT_OTHER
		       : SLOT_BARRIER;
}

static void fill_slots(const struct elide_record *record, uint32_t ring)
{
	const struct encoder_block *block = &record->block;
	bool is_plain = record->op != WIRE_OP_REALLOC &&
			(record->op == WIRE_OP_FREE || block->usable >= block->size);
	struct slot *slot = slot_at(block->seq);

	*slot = (struct slot){
		.address = block->block,
		.size = block->size,
		.ring = (uint16_t)ring,
		.type = (uint8_t)type_of(record),
		.class = (uint8_t)(is_plain ? class_of(record->kind) : CLASS_NONE),
	};
	if (block->old_seq != block->seq)
		*slot_at(block->old_seq) = (struct slot){
			.address = block->old,
			.span = block->seq - block->old_seq,
			.ring = (uint16_t)ring,
			.type = record->op == WIRE_OP_REALLOC ? SLOT_FREE : SLOT_OTHER,
			.class = CLASS_NONE,
		};
}

static struct thread *thread_of(uint32_t i)
{
	struct ring *ring = &region_current->rings[i];
	struct thread *thread = elision->threads[i];

	if (thread != NULL || atomic_load_explicit(&ring->state, memory_order_acquire) == RING_FREE)
		return thread;
	thread = elision->threads[i] = take_memory(sizeof *thread);
	if (thread != NULL) {
		thread->look.ring = thread->take.ring = ring;
		thread->take.stack = &thread->stack;
		thread->look.at = thread->take.at = atomic_load(&ring->tail);
		thread->encoder.is_restart_due = true;
	}
	return thread;
}

// The slots of all that is in the rings and has one. True: there was something new.
static bool look_ahead(void)
{
	bool has_new = false;

	for (uint32_t i = REGION_SHARED + 1; i < n_rings(); i++) {
		struct thread *thread = thread_of(i);
		if (thread == NULL)
			continue;
		struct elide_record *record = &thread->look.record;
		uint32_t head =
			atomic_load_explicit(&thread->look.ring->head, memory_order_acquire);
		while (elide_read(&thread->look, head) &&
		       (sequence_word)(record->block.seq - elision->base) < SLOTS) {
			fill_slots(record, i);
			thread->look.has_record = false;
			has_new = true;
		}
	}
	return has_new;
}

// What a release means for the block that it releases.
static void follow_free(struct slot *slot)
{
	const sequence_word now = elision->next;
	struct elide_live *block = elide_live_find(slot->address);

	if (block == NULL)
		return;
	struct slot *allocation = slot_at(block->seq);
	sequence_word life = now - block->seq;
	slot->life = (uint32_t)life;
	if (life <= elision->limit && life <= (sequence_word)(now - elision->base) &&
	    now - elision->barrier > life && allocation->ring == slot->ring &&
	    allocation->class == slot->class && slot->class != CLASS_NONE) {
		allocation->life = (uint32_t)life;
		allocation->is_temporary = elision->threads[slot->ring]->last == block->seq;
	}
	elision->live -= block->size;
	elide_live_remove(block);
}

// False: there are too many blocks.
static bool follow_alloc(const struct slot *slot)
{
	struct elide_live *present = elide_live_find(slot->address);

	if (present != NULL) {
		elision->live -= present->size;
		elide_live_remove(present);
	}
	if (!elide_live_add(&(struct elide_live){ slot->address, slot->size, elision->next }))
		return false;
	elision->live += slot->size;
	if (elision->live > elision->peak) {
		elision->peak = elision->live;
		elision->peak_at = elision->next;
	}
	elision->threads[slot->ring]->last = elision->next;
	return true;
}

// Follows the events in their order as far as all have come.
static void follow(void)
{
	while (!elision->is_over && (sequence_word)(elision->next - elision->base) < SLOTS) {
		struct slot *slot = slot_at(elision->next);
		if (slot->type == SLOT_EMPTY)
			return;
		if (slot->type == SLOT_FREE) {
			follow_free(slot);
		} else if (slot->type == SLOT_BARRIER) {
			elision->barrier = elision->next;
		} else if (slot->type == SLOT_ALLOC && !follow_alloc(slot)) {
			elide_live_forget();
			end_eliding(WIRE_ELIDED_FULL);
			return;
		}
		elision->next++;
	}
}

// How many of the next `most` events can go to the sink at once: up to a barrier, and whole records.
static size_t count_ready(size_t most)
{
	size_t n = 0, i, whole_at = 0;

	for (i = 0; i < most; i++) {
		const struct slot *slot = slot_at(elision->base + i);
		if (i >= whole_at) {
			n = i;
			if (slot->type == SLOT_BARRIER && i != 0)
				return i;
		}
		if (i + slot->span >= whole_at)
			whole_at = i + slot->span + 1;
	}
	// A record that waits for a number in its midst must not keep others waiting whose numbers come only once there is room.
	return i >= whole_at || n == 0 ? i : n;
}

// The number that an event gets in the stream: of all that stay, one after the other.
static sequence_word number_of(sequence_word seq)
{
	return seq - (elision->is_raw ? elision->n_elided : slot_at(seq)->size);
}

// Whether what is released at `seq` seems to have lived for a shorter time than it did.
static bool seems_short(sequence_word seq, uint32_t life)
{
	sequence_word first = seq - life;

	if (life <= WIRE_SHORT_LIFE)
		return false;
	// Of what has gone to the sink it is not known when.
	if (life > (sequence_word)(seq - elision->base))
		first = elision->base;
	return number_of(seq) - number_of(first) <= WIRE_SHORT_LIFE;
}

// Decides which of the next `n` events are left out. A block that is live at the last peak stays; those of earlier peaks, that
// live no more, need not.
static void decide(size_t n)
{
	sequence_word n_elided = elision->n_elided;

	for (size_t i = 0; i < n; i++) {
		sequence_word seq = elision->base + i;
		struct slot *slot = slot_at(seq);
		if (slot->type == SLOT_ALLOC && slot->life != 0 &&
		    (sequence_word)(seq + slot->life - 1 - elision->peak_at) >= slot->life)
			slot->is_elided = slot_at(seq + slot->life)->is_elided = true;
		slot->size = n_elided;
		n_elided += slot->is_elided;
		if (slot->type == SLOT_FREE)
			slot->is_not_short = seems_short(seq, slot->life);
	}
}

static bool write_staged(struct sink *sink, struct encoder *encoder, uint32_t thread,
			 uint32_t *index)
{
	size_t n = encoder->n_staged;

	encoder->n_staged = 0;
	encoder->n_since_restart += n;
	return n == 0 || drain_records(sink, thread, (*index)++, encoder->staging, n);
}

static bool write_thread(struct sink *sink, struct thread *thread, size_t least)
{
	struct ring *ring = (struct ring *)thread->take.ring;

	return thread->encoder.n_staged <= least ||
	       write_staged(sink, &thread->encoder, ring->thread, &ring->index);
}

static void sum_up(struct thread *thread, const struct slot *slot)
{
	const struct encoder_block *block = &thread->take.record.block;
	const struct elide_pair pair = {
		.thread = thread->take.ring->thread,
		.kind = block->kind,
		.size = block->size,
		.usable = block->usable,
		.is_temporary = slot->is_temporary,
		.is_short = slot->life <= WIRE_SHORT_LIFE,
	};

	elide_sum_add(&pair, &thread->stack);
	elision->has_sums = true;
	thread->has_elided = true;
}

static void copy_extended(struct thread *thread, const struct unwind_stack *stack)
{
	const struct elide_record *record = &thread->take.record;
	const struct ring *ring = thread->take.ring;
	uint32_t offset = record->body & (ring->size - 1), n = record->stack - record->body;

	if (!record->has_stack)
		n = record->end - record->body;
	uint32_t before_end = ring->size - offset;
	uint32_t first = n < before_end ? n : before_end;
	struct iovec body[] = { { ring->bytes + offset, first }, { ring->bytes, n - first } };
	encoder_copy(&thread->encoder, record->block.seq, record->block.old_seq,
		     (enum wire_extended)record->type, body, record->has_stack ? stack : NULL);
}

// Whether the number is before those that are taken now, and so the first of two.
static bool is_told(sequence_word seq)
{
	return (sequence_word)(elision->base - 1 - seq) < SLOTS;
}

// What a reader without all events cannot know of the block that is released at `seq`.
static unsigned release_marks(const struct thread *thread, sequence_word seq, uintptr_t address)
{
	unsigned marks = 0;

	if (thread->has_elided && thread->last_taken == address)
		marks |= WIRE_KIND_NOT_LAST;
	if (is_told(seq))
		marks |= thread->first_marks;
	else if (!elision->is_raw && slot_at(seq)->is_not_short)
		marks |= WIRE_KIND_NOT_SHORT;
	return marks;
}

static void take_record(struct thread *thread)
{
	struct elide_record *record = &thread->take.record;
	struct encoder_block *block = &record->block;
	struct encoder *encoder = &thread->encoder;
	struct elide_stack *from = &thread->stack;
	const struct unwind_stack stack = {
		.pcs = &from->pcs[ENCODER_DEPTH_MAX - from->depth],
		.hows = &from->hows[ENCODER_DEPTH_MAX - from->depth],
		.n_pcs = from->depth,
		.n_kept = from->n_kept,
		.cut = (enum unwind_cut)from->cut,
	};
	unsigned kind = record->kind;

	if (thread->n_restarts != thread->take.n_restarts) {
		thread->n_restarts = thread->take.n_restarts;
		encoder->tid = thread->take.tid;
		encoder->is_restart_due = true;
	}
	elision->time = encoder->now = thread->take.time;
	if (record->op == WIRE_OP_REALLOC)
		kind |= release_marks(thread, block->old_seq, block->old);
	else if (record->op == WIRE_OP_FREE)
		kind |= release_marks(thread, block->seq, block->block);
	block->kind = (enum wire_kind)kind;
	block->old_seq = is_told(block->old_seq) ? thread->first_number : number_of(block->old_seq);
	block->seq = number_of(block->seq);
	switch ((enum wire_op)record->op) {
	case WIRE_OP_ALLOC:
	case WIRE_OP_REALLOC:
		if (record->op == WIRE_OP_ALLOC)
			encoder_alloc(encoder, block, &stack);
		else
			encoder_realloc(encoder, block, &stack);
		thread->last_taken = block->block;
		thread->has_elided = false;
		break;
	case WIRE_OP_FREE:
		encoder_free(encoder, block->seq, block->kind, block->block,
			     record->has_stack ? &stack : NULL);
		break;
	case WIRE_OP_EXTENDED:
	case WIRE_OP_MASK:
		copy_extended(thread, &stack);
		break;
	}
	if (record->has_stack || record->op == WIRE_OP_ALLOC || record->op == WIRE_OP_REALLOC)
		from->n_kept = from->depth;
}

// Of a thread the events before the number `base + n`; all, where nothing is left out any more.
static bool take_thread(struct sink *sink, struct thread *thread, size_t n)
{
	struct ring *ring = (struct ring *)thread->take.ring;
	struct elide_record *record = &thread->take.record;
	uint32_t state = atomic_load_explicit(&ring->state, memory_order_acquire);
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	while (elide_read(&thread->take, head)) {
		sequence_word way = record->block.seq - elision->base;
		if (n != SIZE_MAX && way >= n)
			break;
		thread->take.has_record = false;
		const struct slot *slot = slot_at(record->block.seq);
		if (n != SIZE_MAX && slot->is_elided) {
			if (record->op == WIRE_OP_ALLOC)
				sum_up(thread, slot);
		} else {
			take_record(thread);
		}
		if (!write_thread(sink, thread, BLOCK_SIZE))
			return false;
	}
	atomic_store(&ring->tail, thread->take.has_record ? thread->take.start : thread->take.at);
	if (atomic_exchange(&ring->is_awaited, 0) != 0)
		futex_wake(&ring->tail);
	if (state == RING_RELEASED && !thread->take.has_record) {
		if (!write_thread(sink, thread, 0))
			return false;
		atomic_store_explicit(&ring->state, RING_FREE, memory_order_release);
	}
	return true;
}

static bool write_threads(struct sink *sink)
{
	for (uint32_t i = 0; i < n_rings(); i++) {
		struct thread *thread = elision->threads[i];
		if (thread != NULL && !write_thread(sink, thread, 0))
			return false;
	}
	return true;
}

// Tells what the events add up to that were left out before `base`.
static bool tell(struct sink *sink)
{
	struct encoder *encoder = &elision->encoder;
	sequence_word last = elision->base - 1 - elision->n_elided;

	if (!elision->has_sums && elision->reason == WIRE_ELIDED_GOES_ON)
		return true;
	if (!write_threads(sink))
		return false;
	// Modules may have come and gone.
	encoder->is_restart_due = true;
	encoder->now = elision->time;
	while (elide_sum_next(encoder, last)) {
		if (encoder->n_staged > BLOCK_SIZE &&
		    !write_staged(sink, encoder, elision->thread, &elision->index))
			return false;
	}
	if (elision->reason != WIRE_ELIDED_GOES_ON)
		encoder_number(encoder, last, WIRE_ELIDED_END, elision->reason);
	elision->reason = WIRE_ELIDED_GOES_ON;
	elision->has_sums = false;
	elision->told_at = clock_ms();
	for (uint32_t i = 0; i < n_rings(); i++) {
		if (elision->threads[i] != NULL)
			elision->threads[i]->stack.n_nodes = 0;
	}
	return write_staged(sink, encoder, elision->thread, &elision->index);
}

// The next `n` events go to the sink; SIZE_MAX: all there are.
static bool take_threads(struct sink *sink, size_t n)
{
	for (uint32_t i = REGION_SHARED + 1; i < n_rings(); i++) {
		struct thread *thread = thread_of(i);
		if (thread != NULL && !take_thread(sink, thread, n))
			return false;
	}
	return true;
}

static bool take_events(struct sink *sink, size_t n, bool with_sums)
{
	decide(n);
	if (!take_threads(sink, n))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct slot *slot = slot_at(elision->base + i);
		elision->n_elided += slot->is_elided;
		slot->type = SLOT_EMPTY;
		if (slot->span != 0) {
			struct thread *thread = elision->threads[slot->ring];
			thread->first_number = elision->base + i - slot->size;
			thread->first_marks = slot->is_not_short ? WIRE_KIND_NOT_SHORT : 0;
		}
	}
	elision->base += n;
	elision->held_since = clock_ms();
	with_sums |= slot_at(elision->base)->type == SLOT_BARRIER || elide_sum_is_full() ||
		     clock_ms() - elision->told_at >= SUM_MS;
	return !with_sums || tell(sink);
}

static bool any_is_half_full(void)
{
	const struct region *region = region_current;

	for (uint32_t i = 0; i < n_rings(); i++) {
		const struct ring *ring = &region->rings[i];
		if (atomic_load(&ring->head) - atomic_load(&ring->tail) >= region->ring_size / 2)
			return true;
	}
	return (sequence_word)(elision->next - elision->base) >= SLOTS / 4 * 3;
}

// How many events are to go to the sink now.
static size_t count_due(bool is_all)
{
	size_t n = elision->next - elision->base;

	if (!is_all && clock_ms() - elision->held_since < HOLD_MS) {
		if (!any_is_half_full())
			return 0;
		// Those whose end is not in sight stay a while longer.
		if (n > elision->limit + elision->limit / 8)
			n -= elision->limit;
	}
	return count_ready(n);
}

// A number is missing that others wait for: it may be a while in coming, but not for ever.
static void look_for_holes(const struct sink *sink)
{
	uint32_t now = clock_ms();

	if (elision->stuck_at != elision->next) {
		elision->stuck_at = elision->next;
		elision->stuck_since = now;
	}
	if (sink->must_wait)
		end_eliding(WIRE_ELIDED_GOES_ON);
	else if (any_is_half_full() && now - elision->stuck_since >= HOLE_MS)
		end_eliding(WIRE_ELIDED_HOLE);
	else if (any_is_half_full())
		sched_yield();
}

bool elide_rings(struct sink *sink, bool *has_moved)
{
	struct region *region = region_current;
	bool is_all = *has_moved || sink->must_wait || atomic_load(&region->n_flushes) != 0 ||
		      atomic_load(&region->ending) != REGION_GOES_ON;

	if (!sink_has_room(sink, (size_t)2 * region->ring_size))
		return true;

	*has_moved |= !elision->is_over && look_ahead();
	for (unsigned n_rounds = 0; n_rounds < ROUNDS_MOST || sink->must_wait; n_rounds++) {
		follow();
		size_t n = count_due(is_all || elision->is_over);
		if (n == 0)
			break;
		if (!take_events(sink, n, is_all))
			return false;
		*has_moved |= look_ahead();
	}
	if (elision->next == elision->base)
		look_for_holes(sink);
	if (elision->is_over) {
		if (!tell(sink))
			return false;
		elision->is_raw = true;
		if (!take_threads(sink, SIZE_MAX))
			return false;
	}
	return write_threads(sink);
}
