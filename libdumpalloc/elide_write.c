// SPDX-License-Identifier: LGPL-2.1-or-later
// From the relay's memory to the sink: the events that are not left out, and what the others add up to.
#define _GNU_SOURCE
#include "libdumpalloc/elide_write.h"

#include <unistd.h>

#include "libdumpalloc/drain.h"
#include "libdumpalloc/elide_sum.h"
#include "libdumpalloc/elide_thread.h"
#include "libdumpalloc/elide_window.h"
#include "libdumpalloc/futex.h"
#include "libdumpalloc/pages.h"
#include "libdumpalloc/region.h"

enum {
	BLOCK_SIZE = 8 << 10, // about; beside it the largest record has room in the encoder
	SUM_MS = 1000,        // how long sums are not told
};

// Of the blocks that tell of what is left out.
static struct sums {
	bool are_due; // something was left out and not told of
	uint32_t told_at;
	uint64_t time; // of the last event that went to the sink
	uint32_t thread, index;
	struct encoder encoder;
} * sums;

bool elide_write_start(void)
{
	sums = pages_map(sizeof *sums);
	if (sums == NULL || !elide_sum_start())
		return false;
	sums->thread = atomic_fetch_add(&region_current->n_threads, 1) + 1;
	sums->encoder.is_restart_due = true;
	sums->encoder.tid = (uint32_t)getpid();
	return true;
}

static bool write_staged(struct sink *sink, struct encoder *encoder, uint32_t thread,
			 uint32_t *index)
{
	size_t n = encoder->n_staged;

	encoder->n_staged = 0;
	encoder->n_since_restart += n;
	return n == 0 || drain_records(sink, thread, (*index)++, encoder->staging, n);
}

static bool write_thread(struct sink *sink, struct elide_thread *thread, size_t least)
{
	struct ring *ring = thread->ring;

	return thread->encoder.n_staged <= least ||
	       write_staged(sink, &thread->encoder, ring->thread, &ring->index);
}

static bool sum_up(struct sink *sink, struct elide_thread *thread, const struct elide_slot *slot)
{
	const struct encoder_block *block = &thread->take.record.block;
	const struct elide_pair pair = {
		.thread = thread->ring->thread,
		.kind = block->kind,
		.size = block->size,
		.usable = block->usable,
		.is_temporary = slot->is_temporary,
		.is_short = slot->life <= WIRE_SHORT_LIFE,
	};

	if (elide_sum_is_full() && !elide_write_sums(sink))
		return false;
	elide_sum_add(&pair, &thread->stack);
	sums->are_due = true;
	thread->has_elided = true;
	return true;
}

static void copy_extended(struct elide_thread *thread, const struct unwind_stack *stack)
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
	return (sequence_word)(elide_window.base - 1 - seq) < elide_window_size();
}

// What a reader without all events cannot know of the block that is released at `seq`.
static unsigned release_marks(const struct elide_thread *thread, sequence_word seq,
			      uintptr_t address)
{
	unsigned marks = 0;

	if (thread->has_elided && thread->last_taken == address)
		marks |= WIRE_KIND_NOT_LAST;
	if (is_told(seq))
		marks |= thread->first_marks;
	else if (!elide_window.is_raw && elide_slot_at(seq)->is_not_short)
		marks |= WIRE_KIND_NOT_SHORT;
	return marks;
}

static void take_record(struct elide_thread *thread)
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
	sums->time = encoder->now = thread->take.time;
	if (record->op == WIRE_OP_REALLOC)
		kind |= release_marks(thread, block->old_seq, block->old);
	else if (record->op == WIRE_OP_FREE)
		kind |= release_marks(thread, block->seq, block->block);
	block->kind = (enum wire_kind)kind;
	block->old_seq = is_told(block->old_seq) ? thread->first_number
						 : elide_window_number(block->old_seq);
	block->seq = elide_window_number(block->seq);
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
		encoder_free(encoder, block, record->has_stack ? &stack : NULL);
		break;
	case WIRE_OP_EXTENDED:
	case WIRE_OP_MASK:
		copy_extended(thread, &stack);
		break;
	}
	if (record->has_stack || record->op == WIRE_OP_ALLOC || record->op == WIRE_OP_REALLOC)
		from->n_kept = from->depth;
}

// Of the thread the events before the number `base + n`; all, where nothing is left out any more. It may be forgotten then.
static bool take_thread(struct sink *sink, struct elide_thread *thread, size_t n)
{
	struct elide_record *record = &thread->take.record;
	// The order matters: what a thread published before it released the ring is seen below.
	bool is_released =
		atomic_load_explicit(&thread->ring->state, memory_order_acquire) == RING_RELEASED;

	while (elide_read(&thread->take, thread->copy.head)) {
		sequence_word way = record->block.seq - elide_window.base;
		if (n != SIZE_MAX && way >= n)
			break;
		thread->take.has_record = false;
		const struct elide_slot *slot = elide_slot_at(record->block.seq);
		if (n != SIZE_MAX && slot->is_elided) {
			if (record->op == WIRE_OP_ALLOC && !sum_up(sink, thread, slot))
				return false;
		} else {
			take_record(thread);
		}
		if (!write_thread(sink, thread, BLOCK_SIZE))
			return false;
	}
	thread->copy.tail = thread->take.has_record ? thread->take.start : thread->take.at;
	if (is_released &&
	    thread->copy.tail == atomic_load_explicit(&thread->ring->head, memory_order_relaxed)) {
		if (!write_thread(sink, thread, 0))
			return false;
		struct ring *ring = thread->ring;
		elide_thread_forget(thread);
		atomic_store_explicit(&ring->state, RING_FREE, memory_order_release);
	}
	return true;
}

bool elide_write_staged(struct sink *sink)
{
	for (struct elide_thread *thread = elide_threads; thread != NULL; thread = thread->next) {
		if (!write_thread(sink, thread, 0))
			return false;
	}
	return true;
}

bool elide_write_sums(struct sink *sink)
{
	struct encoder *encoder = &sums->encoder;
	sequence_word last = elide_window.base - 1 - elide_window.n_elided;

	if (!sums->are_due && elide_window.reason == WIRE_ELIDED_GOES_ON)
		return true;
	if (!elide_write_staged(sink))
		return false;
	// Modules may have come and gone.
	encoder->is_restart_due = true;
	encoder->now = sums->time;
	while (elide_sum_next(encoder, last)) {
		if (encoder->n_staged > BLOCK_SIZE &&
		    !write_staged(sink, encoder, sums->thread, &sums->index))
			return false;
	}
	if (elide_window.reason != WIRE_ELIDED_GOES_ON)
		encoder_number(encoder, last, WIRE_ELIDED_END, elide_window.reason);
	elide_window.reason = WIRE_ELIDED_GOES_ON;
	sums->are_due = false;
	sums->told_at = clock_ms();
	for (struct elide_thread *thread = elide_threads; thread != NULL; thread = thread->next)
		thread->stack.n_nodes = 0;
	return write_staged(sink, encoder, sums->thread, &sums->index);
}

static bool write_events(struct sink *sink, size_t n)
{
	struct elide_thread *thread = elide_threads;

	while (thread != NULL) {
		struct elide_thread *next = thread->next;
		if (!take_thread(sink, thread, n))
			return false;
		thread = next;
	}
	return true;
}

// Of records whose second number is still to come.
static void keep_first_halves(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct elide_slot *slot = elide_slot_at(elide_window.base + i);
		struct elide_thread *thread = slot->span != 0 ? elide_thread_at(slot->ring) : NULL;
		if (thread == NULL)
			continue;
		thread->first_number = elide_window.base + i - slot->size;
		thread->first_marks = slot->is_not_short ? WIRE_KIND_NOT_SHORT : 0;
	}
}

bool elide_write_next(struct sink *sink, size_t n)
{
	elide_window_decide(n);
	if (!write_events(sink, n))
		return false;
	keep_first_halves(n);
	elide_window_pass(n);
	return true;
}

bool elide_write_all(struct sink *sink)
{
	elide_window.is_raw = true;
	if (!write_events(sink, SIZE_MAX))
		return false;
	// There is room now for what has been waiting for it.
	for (struct elide_thread *thread = elide_threads; thread != NULL; thread = thread->next)
		elide_thread_fetch(thread);
	return write_events(sink, SIZE_MAX);
}

bool elide_write_is_due(void)
{
	return !elide_window_has_peak() && clock_ms() - sums->told_at >= SUM_MS;
}
