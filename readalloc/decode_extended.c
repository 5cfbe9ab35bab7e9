// SPDX-License-Identifier: GPL-3.0-or-later
// The extended records (FORMAT.md, section 7).
#include "decode_extended.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

static uint64_t seq_decode(struct reader *reader)
{
	return record_seq(reader, cursor_varint(&reader->at));
}

static void restart_decode(struct reader *reader)
{
	struct thread *thread = reader->thread;
	uint64_t seq = cursor_varint(&reader->at);
	uint64_t time = cursor_varint(&reader->at);
	uint64_t addr = cursor_varint(&reader->at);
	uint64_t tid = cursor_varint_up_to(&reader->at, UINT32_MAX, "a thread id is impossible");
	if (reader->at.error) {
		return;
	}
	if (reader->has_short_seq) {
		seq = order_unwrap(reader->decoder->order, (uint32_t)seq);
	}
	thread->seq = seq;
	thread->time = time;
	thread->addr = addr;
	thread->tid = (uint32_t)tid;
	thread->pc = 0;
	thread->depth = 0;
	thread->cut = WIRE_CUT_WHOLE;
	decoder_forget_frames(reader->decoder, thread);
	const struct decode_watch *watch = reader->decoder->watch;
	if (thread->needs_restart && watch) {
		watch->restart(watch->context, thread, reader->decoder->offset);
	}
	thread->needs_restart = false;
	thread->is_fresh = false;
}

static void fail_decode(struct reader *reader)
{
	struct event event = { .type = EVENT_FAIL };
	event.seq = seq_decode(reader);
	uint64_t before = cursor_varint(&reader->at);
	event.kind = (uint8_t)cursor_varint_up_to(&reader->at, UINT8_MAX, "a kind is impossible");
	event.size = cursor_varint(&reader->at);
	event.usable = cursor_varint(&reader->at);
	event.old = cursor_varint(&reader->at);
	event.stack = record_stack(reader);
	event.cut = reader->thread->cut;
	if (before >= event.seq) {
		cursor_fail(&reader->at, "a failed call ends before it begins");
	}
	if (before != 0) {
		struct event taken = { .type = EVENT_NOTHING,
				       .seq = event.seq - before,
				       .stack = STACK_UNKNOWN };
		record_put(reader, &taken);
	}
	record_put(reader, &event);
}

static void pool_decode(struct reader *reader, bool is_free)
{
	struct event event = { .type = is_free ? EVENT_POOL_FREE : EVENT_POOL_ALLOC,
			       .stack = STACK_UNKNOWN };
	event.seq = seq_decode(reader);
	event.old = cursor_varint(&reader->at);
	if (!is_free) {
		event.size = cursor_varint(&reader->at);
	}
	event.addr = cursor_varint(&reader->at);
	if (!is_free) {
		event.stack = record_stack(reader);
		event.cut = reader->thread->cut;
	}
	record_put(reader, &event);
}

static void mapping_decode(struct reader *reader)
{
	struct event made = { .type = EVENT_MAPPED, .stack = STACK_UNKNOWN };
	struct event gone = { .type = EVENT_UNMAPPED, .stack = STACK_UNKNOWN };
	made.seq = seq_decode(reader);
	uint64_t before = cursor_varint(&reader->at);
	made.kind = (uint8_t)cursor_varint_up_to(&reader->at, UINT8_MAX, "a kind is impossible");
	gone.addr = cursor_varint(&reader->at);
	gone.size = cursor_varint(&reader->at);
	made.addr = cursor_varint(&reader->at);
	made.size = made.usable = cursor_varint(&reader->at);
	if (made.size != 0) {
		made.stack = record_stack(reader);
		made.cut = reader->thread->cut;
	}
	if (before >= made.seq || (before == 0 && gone.size != 0) ||
	    made.addr + made.size < made.addr || gone.addr + gone.size < gone.addr) {
		cursor_fail(&reader->at, "a mapping is impossible");
	}
	if (made.addr == 0 || made.size == 0) {
		made.type = EVENT_NOTHING;
	}
	if (gone.size == 0) {
		gone.type = EVENT_NOTHING;
	}
	if (before != 0) {
		gone.seq = made.seq - before;
		gone.kind = made.kind;
		record_put(reader, &gone);
	}
	record_put(reader, &made);
}

struct note *note_new(const struct note *head, const struct note_segment *segments,
		      struct cursor build_id, struct cursor text)
{
	size_t segments_size = head->n_segments * sizeof(*segments);
	size_t text_size = cursor_left(&text);
	size_t build_id_size = cursor_left(&build_id);
	struct note *note =
		xcalloc(1, sizeof(*note) + segments_size + build_id_size + text_size + 1);
	char *rest = (char *)(note + 1);
	*note = *head;
	if (segments_size != 0) {
		memcpy(rest, segments, segments_size);
	}
	note->segments = (const struct note_segment *)(void *)rest;
	note->build_id = (const uint8_t *)rest + segments_size;
	if (build_id_size != 0) {
		memcpy(rest + segments_size, build_id.at, build_id_size);
	}
	note->build_id_size = (uint32_t)build_id_size;
	if (text_size != 0) {
		memcpy(rest + segments_size + build_id_size, text.at, text_size);
	}
	note->text = rest + segments_size + build_id_size;
	return note;
}

static void note_decode(struct reader *reader, enum wire_extended type)
{
	struct cursor *at = &reader->at;
	struct note head = { .type = type };
	struct note_segment segments[WIRE_SEGMENTS_MAX];
	struct cursor build_id = cursor_over(at->end, 0);
	struct cursor text = cursor_over(at->end, 0);
	uint64_t seq = seq_decode(reader);
	switch (type) {
	case WIRE_THREAD:
		head.number = cursor_varint_up_to(at, UINT32_MAX, "a thread id is impossible");
		text = cursor_text(at, WIRE_TEXT_MAX);
		reader->thread->tid = (uint32_t)head.number;
		break;
	case WIRE_MAP:
		head.number = cursor_varint(at);
		head.flags = cursor_varint(at);
		head.load_bias = cursor_varint(at);
		text = cursor_text(at, WIRE_TEXT_MAX);
		build_id = cursor_text(at, WIRE_BUILD_ID_MAX);
		head.n_segments = (uint32_t)cursor_varint_up_to(
			at, WIRE_SEGMENTS_MAX, "a module has more segments than allowed");
		for (uint32_t i = 0; i < head.n_segments; i++) {
			segments[i].addr = cursor_varint(at);
			segments[i].size = cursor_varint(at);
			segments[i].flags = (uint32_t)cursor_varint(at);
		}
		break;
	case WIRE_UNMAP:
	case WIRE_FORK:
	case WIRE_PAUSE:
	case WIRE_RESUME:
	case WIRE_POOL_END:
		head.number = cursor_varint(at);
		break;
	case WIRE_POOL:
		head.number = cursor_varint(at);
		text = cursor_text(at, WIRE_TEXT_MAX);
		break;
	case WIRE_LOST:
		head.number = cursor_varint(at);
		head.flags = cursor_varint(at);
		break;
	case WIRE_TAG:
	case WIRE_MESSAGE:
	case WIRE_SNAPSHOT:
		text = cursor_text(at, WIRE_TEXT_MAX);
		break;
	case WIRE_THREAD_EXIT:
	case WIRE_EXIT:
	case WIRE_RESTART:
	case WIRE_TIME:
	case WIRE_FAIL:
	case WIRE_POOL_ALLOC:
	case WIRE_POOL_FREE:
	case WIRE_MAPPING:
	case WIRE_ELIDED_END:
	case WIRE_ELIDED_SUM:
		break;
	}
	if (at->error) {
		return;
	}
	struct event event = { .type = EVENT_NOTE, .seq = seq, .stack = STACK_UNKNOWN };
	event.note = note_new(&head, segments, build_id, text);
	record_put(reader, &event);
}

// Behind all events up to the number that the record gives.
static void appended_put(struct reader *reader, struct event *event, const struct note *head)
{
	struct cursor none = cursor_over(reader->at.end, 0);
	if (reader->at.error) {
		return;
	}
	event->type = EVENT_NOTE;
	event->time = reader->thread->time;
	event->note = note_new(head, (const struct note_segment[1]){ 0 }, none, none);
	order_append(reader->decoder->order, event);
}

// What is so behind the number that the record gives, which may be that of the one before.
static void behind_decode(struct reader *reader)
{
	uint64_t delta = cursor_varint(&reader->at);
	if (delta != 0) {
		(void)record_seq(reader, delta);
	}
}

static void elided_end_decode(struct reader *reader)
{
	struct note head = { .type = WIRE_ELIDED_END };
	struct event event = { .stack = STACK_UNKNOWN,
			       .thread = reader->thread->position,
			       .tid = reader->thread->tid };
	behind_decode(reader);
	head.number = cursor_varint(&reader->at);
	appended_put(reader, &event, &head);
}

static void elided_sum_decode(struct reader *reader)
{
	struct note head = { .type = WIRE_ELIDED_SUM };
	struct elided *sum = &head.elided;
	struct event event = { .type = EVENT_NOTE };
	behind_decode(reader);
	uint64_t number = cursor_varint_up_to(&reader->at, UINT32_MAX, "a thread is impossible");
	event.kind = (uint8_t)cursor_varint_up_to(&reader->at, UINT8_MAX, "a kind is impossible");
	sum->blocks = cursor_varint(&reader->at);
	sum->bytes = cursor_varint(&reader->at);
	sum->rounding = cursor_varint(&reader->at);
	sum->temporary_blocks = cursor_varint(&reader->at);
	sum->temporary_bytes = cursor_varint(&reader->at);
	sum->short_blocks = cursor_varint(&reader->at);
	event.stack = record_stack(reader);
	event.cut = reader->thread->cut;
	if (sum->blocks == 0) {
		cursor_fail(&reader->at, "a sum of no blocks");
	}
	if (reader->at.error) {
		return;
	}
	const struct thread *thread = decoder_thread(reader->decoder, (uint32_t)number);
	event.thread = thread->position;
	event.tid = thread->tid;
	event.size = sum->bytes / sum->blocks;
	appended_put(reader, &event, &head);
}

static void body_decode(struct reader *reader, uint64_t type)
{
	if (type == WIRE_RESTART) {
		restart_decode(reader);
	} else if (reader->thread->needs_restart) {
		return;
	} else if (type == WIRE_TIME) {
		reader->thread->time += cursor_varint(&reader->at);
	} else if (type == WIRE_FAIL) {
		fail_decode(reader);
	} else if (type == WIRE_POOL_ALLOC || type == WIRE_POOL_FREE) {
		pool_decode(reader, type == WIRE_POOL_FREE);
	} else if (type == WIRE_MAPPING) {
		mapping_decode(reader);
	} else if (type == WIRE_ELIDED_END) {
		elided_end_decode(reader);
	} else if (type == WIRE_ELIDED_SUM) {
		elided_sum_decode(reader);
	} else if (type < WIRE_POOL_ALLOC && type != 0) {
		note_decode(reader, (enum wire_extended)type);
	}
}

void extended_decode(struct reader *reader)
{
	uint64_t type = cursor_varint(&reader->at);
	struct cursor body = cursor_part(&reader->at, cursor_varint(&reader->at));
	if (reader->at.error) {
		return;
	}
	struct cursor after = reader->at;
	reader->at = body;
	body_decode(reader, type);
	if (reader->at.error) {
		cursor_fail(&after, reader->at.error);
	}
	reader->at = after;
}
