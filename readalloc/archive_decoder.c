// SPDX-License-Identifier: GPL-3.0-or-later
// The decoding of a stream, and the events that wait for others, in an archive.
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "archive_parts.h"
#include "decode.h"
#include "decode_extended.h"
#include "model.h"
#include "util.h"

static void damage_archive(struct archive *archive, struct decoder *decoder)
{
	struct damage *damage = &decoder->damage;
	char *reason = (char *)(uintptr_t)damage->reason;
	archive_text(archive, &reason);
	if (archive->is_reading) {
		damage->reason = decoder->damage_text = reason;
	}
	archive_u64(archive, &damage->at);
	archive_u64(archive, &damage->n_places);
	archive_u64(archive, &damage->n_blocks);
	archive_u64(archive, &damage->n_lost);
	archive_u64(archive, &damage->n_skipped);
}

// The raw stacks of a thread's frames, outermost first: each is the one before with a frame more.
static void stack_archive(struct archive *archive, struct thread *thread,
			  const struct stacks *stacks)
{
	uint32_t depth = thread->needs_restart ? 0 : thread->depth; // else it is of no use
	archive_index(archive, &depth, WIRE_DEPTH_MAX + 1, false);
	if (archive->is_reading) {
		thread->stack = xcalloc(depth, sizeof(*thread->stack));
		thread->depth = thread->stack_room = depth;
	}
	uint32_t above = RAW_ROOT;
	for (uint32_t i = 0; i < depth; i++) {
		archive_index(archive, &thread->stack[i], stacks->n_raw, false);
		if (thread->stack[i] == RAW_ROOT || stacks->raw[thread->stack[i]].parent != above) {
			archive_fail(archive, "a call stack is impossible");
		}
		above = thread->stack[i];
	}
}

static size_t frames_count(const struct thread *thread)
{
	size_t n = 0;
	for (size_t id = 0; id < WIRE_FRAME_ID_END; id++) {
		n += frame_is_defined(thread, id);
	}
	return n;
}

// Of the frames what a record has said; those that were defined before the last restart are of no use.
static void frames_archive(struct archive *archive, struct decoder *decoder, struct thread *thread)
{
	size_t n = thread->restart != 0 ? frames_count(thread) : 0;
	archive_count(archive, &n);
	uint32_t id = 0;
	for (; n != 0 && archive_is_well(archive); n--, id++) {
		struct frame frame = { .restart = thread->restart };
		if (!archive->is_reading) {
			while (!frame_is_defined(thread, id)) {
				id++;
			}
			frame = *thread_frame(thread, id);
		}
		archive_index(archive, &id, WIRE_FRAME_ID_END, false);
		archive_u64(archive, &frame.pc);
		archive_u8(archive, &frame.how);
		if (frame.how > (WIRE_HOW_MASK | WIRE_HOW_EXACT)) {
			archive_fail(archive, "a frame is impossible");
		}
		if (archive->is_reading && archive_is_well(archive)) {
			decoder_define_frame(decoder, thread, id, &frame);
		}
	}
}

static void thread_archive(struct archive *archive, struct decoder *decoder, struct thread *thread)
{
	archive_u32(archive, &thread->next_index);
	archive_bool(archive, &thread->needs_restart);
	archive_bool(archive, &thread->is_fresh);
	archive_u8(archive, &thread->cut);
	if (thread->cut >> WIRE_CUT_BITS != 0) {
		archive_fail(archive, "a thread is impossible");
	}
	archive_u32(archive, &thread->tid);
	archive_u32(archive, &thread->restart);
	archive_u64(archive, &thread->seq);
	archive_u64(archive, &thread->time);
	archive_u64(archive, &thread->addr);
	archive_u64(archive, &thread->pc);
	stack_archive(archive, thread, &decoder->model->stacks);
	frames_archive(archive, decoder, thread);
}

static void threads_archive(struct archive *archive, struct decoder *decoder)
{
	size_t n = decoder->n_threads;
	archive_count(archive, &n);
	for (size_t i = 0; i < n && archive_is_well(archive); i++) {
		uint32_t number = archive->is_reading ? 0 : decoder->threads[i]->number;
		archive_u32(archive, &number);
		struct thread *thread = decoder_thread(decoder, number);
		if (thread->position != i) {
			archive_fail(archive, "a thread is there twice");
			return;
		}
		thread_archive(archive, decoder, thread);
	}
}

static void whole_preamble_archive(struct archive *archive, struct decoder *decoder)
{
	struct preamble *preamble = &decoder->preamble;
	preamble_archive(archive, preamble);
	if ((preamble->word_size != 4 && preamble->word_size != 8) || preamble->byte_order == 0 ||
	    (preamble->sequence_bits != 32 && preamble->sequence_bits != 64)) {
		archive_fail(archive, "the preamble lacks what every stream has");
	}
}

void decoder_archive(struct archive *archive, struct decoder *decoder)
{
	bool *const flags[] = {
		&decoder->has_header,   &decoder->has_preamble, &decoder->has_end,
		&decoder->has_block,    &decoder->is_foreign,   &decoder->has_successor,
		&decoder->is_searching, &decoder->is_rejoined,  &decoder->has_identity,
	};
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		archive_bool(archive, flags[i]);
	}
	archive_bytes(archive, decoder->identity.bytes, sizeof(decoder->identity.bytes));
	archive_unsigned(archive, &decoder->major);
	archive_unsigned(archive, &decoder->minor);
	archive_u64(archive, &decoder->end_reason);
	archive_u64(archive, &decoder->end_events);
	archive_u64(archive, &decoder->end_lost);
	archive_u64(archive, &decoder->offset);
	archive_u64(archive, &decoder->n_blocks);
	archive_u32(archive, &decoder->next_loose);
	archive_u64(archive, &decoder->newest_time);
	damage_archive(archive, decoder);
	if (decoder->has_preamble) {
		whole_preamble_archive(archive, decoder);
	}
	threads_archive(archive, decoder);
}

static void note_segments_archive(struct archive *archive, const struct note *note,
				  struct note_segment *segments)
{
	for (uint32_t i = 0; i < note->n_segments; i++) {
		segments[i] = archive->is_reading ? (struct note_segment){ 0 } : note->segments[i];
		archive_u64(archive, &segments[i].addr);
		archive_u64(archive, &segments[i].size);
		archive_u32(archive, &segments[i].flags);
	}
}

// Sums of events that were left out never wait.
static void note_archive(struct archive *archive, struct note **place)
{
	struct note head = archive->is_reading ? (struct note){ 0 } : **place;
	struct note_segment segments[WIRE_SEGMENTS_MAX];
	uint8_t build_id[WIRE_BUILD_ID_MAX] = { 0 };
	char *text = archive->is_reading ? NULL : (char *)(uintptr_t)head.text;
	uint32_t type = head.type;
	archive_index(archive, &type, WIRE_POOL_ALLOC, false);
	head.type = (enum wire_extended)type;
	archive_u64(archive, &head.number);
	archive_u64(archive, &head.flags);
	archive_u64(archive, &head.load_bias);
	archive_text(archive, &text);
	archive_index(archive, &head.build_id_size, sizeof(build_id) + 1, false);
	if (!archive->is_reading && head.build_id_size != 0) {
		memcpy(build_id, head.build_id, head.build_id_size);
	}
	archive_bytes(archive, build_id, head.build_id_size);
	archive_index(archive, &head.n_segments, WIRE_SEGMENTS_MAX + 1, false);
	note_segments_archive(archive, &head, segments);
	if (type == 0) {
		archive_fail(archive, "a note is impossible");
	}
	if (archive->is_reading) {
		const char *known = text ? text : "";
		*place = note_new(&head, segments, cursor_over(build_id, head.build_id_size),
				  cursor_over((const uint8_t *)known, strlen(known)));
		free(text);
	}
}

// Whether the model can take it: what the decoder sees to.
static bool event_is_possible(const struct event *event)
{
	bool is_block = event->type == EVENT_ALLOC || event->type == EVENT_REALLOC ||
			event->type == EVENT_MAPPED;
	bool is_range = event->type == EVENT_MAPPED || event->type == EVENT_UNMAPPED;
	return event->type <= EVENT_MAPPED && event->cut >> WIRE_CUT_BITS == 0 &&
	       (!is_block || (event->addr != 0 && event->stack != STACK_UNKNOWN)) &&
	       (!is_range || (event->size != 0 && event->addr + event->size >= event->addr));
}

static void event_archive(struct archive *archive, struct event *event,
			  const struct decoder *decoder)
{
	archive_u64(archive, &event->seq);
	archive_u64(archive, &event->time);
	archive_u64(archive, &event->addr);
	archive_u64(archive, &event->size);
	archive_u64(archive, &event->usable);
	archive_index(archive, &event->thread, decoder->n_threads, false);
	archive_u32(archive, &event->tid);
	archive_index(archive, &event->stack, decoder->model->stacks.n_raw, true);
	archive_u8(archive, &event->type);
	archive_u8(archive, &event->kind);
	archive_u8(archive, &event->cut);
	archive_u8(archive, &event->marks);
	if (event->type == EVENT_NOTE) {
		note_archive(archive, &event->note);
	} else {
		archive_u64(archive, &event->old);
	}
	if (!event_is_possible(event)) {
		archive_fail(archive, "an event is impossible");
	}
}

static void waiting_read(struct archive *archive, struct order *order,
			 const struct decoder *decoder, size_t n)
{
	uint64_t before = order->next;
	for (; n != 0; n--) {
		struct event event = { 0 };
		event_archive(archive, &event, decoder);
		if (!archive_is_well(archive) || event.seq <= before ||
		    event.seq - order->next >= ORDER_WINDOW_MAX) {
			archive_fail(archive, "an event is not in order");
			if (event.type == EVENT_NOTE) {
				free(event.note);
			}
			return;
		}
		before = event.seq;
		order_put_waiting(order, &event);
	}
}

void order_archive(struct archive *archive, struct order *order, const struct decoder *decoder)
{
	size_t n = (size_t)order->n_waiting;
	archive_u64(archive, &order->next);
	archive_u64(archive, &order->n_missing);
	archive_u64(archive, &order->n_late);
	archive_u64(archive, &order->stuck_at);
	archive_u64(archive, &order->stuck_blocks);
	archive_count(archive, &n);
	if (order->next == 0 || order->next > UINT64_MAX / 2) {
		archive_fail(archive, "a number is impossible");
	} else if (archive->is_reading) {
		waiting_read(archive, order, decoder, n);
	} else {
		for (uint64_t seq = order->next; n != 0; seq++) {
			struct event *event = order_waiting_at(order, seq);
			if (event) {
				event_archive(archive, event, decoder);
				n--;
			}
		}
	}
	if (archive->is_reading && !archive_is_well(archive)) {
		order_forget(order);
	}
}
