// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads a stream as far as selftest has to: whether it is whole, and what it has of marked allocations.
#include "libdumpalloc/command/stream_look.h"

#include <stdlib.h>
#include <string.h>

#include "libdumpalloc/block.h"
#include "libdumpalloc/wire.h"

enum { THREADS_MAX = 8 };

// What a thread's records build on (FORMAT.md, section 5).
struct look_thread {
	uint32_t number, index;
	uint64_t time, pc;
	uint64_t *defined; // by frame id
	size_t n_defined;
	size_t depth;
	uint64_t stack[WIRE_DEPTH_MAX]; // outermost first
	unsigned cut;
};

struct reader {
	struct stream_look *look;
	struct look_thread *threads[THREADS_MAX];
	size_t n_threads;
	const uint8_t *at, *end;
	bool is_short; // a number or a text does not end
};

static uint64_t take_uv(struct reader *reader)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 7 * WIRE_VARINT_MAX && reader->at < reader->end;
	     shift += 7) {
		uint8_t byte = *reader->at++;
		value |= (uint64_t)(byte & 0x7f) << (shift < 64 ? shift : 63);
		if ((byte & 0x80) == 0)
			return value;
	}
	reader->is_short = true;
	return 0;
}

static uint64_t take_sv(struct reader *reader)
{
	uint64_t value = take_uv(reader);

	return value >> 1 ^ -(value & 1);
}

static bool define_frame(struct reader *reader, struct look_thread *thread, uint64_t id)
{
	if (id >= WIRE_FRAME_ID_END)
		return false;
	if (id >= thread->n_defined) {
		size_t n = (size_t)id + 1024;
		uint64_t *defined = realloc(thread->defined, n * sizeof *defined);
		if (defined == NULL)
			return false;
		memset(defined + thread->n_defined, 0, (n - thread->n_defined) * sizeof *defined);
		thread->defined = defined;
		thread->n_defined = n;
	}
	(void)take_uv(reader); // how
	thread->pc += take_sv(reader);
	thread->defined[id] = thread->pc;
	return true;
}

static const char *take_stack(struct reader *reader, struct look_thread *thread)
{
	uint64_t keep = take_uv(reader), push = take_uv(reader);

	thread->cut = (unsigned)(push & ((1 << WIRE_CUT_BITS) - 1));
	push >>= WIRE_CUT_BITS;
	if (keep > thread->depth || push > WIRE_DEPTH_MAX - keep)
		return "a stack that keeps or pushes too many frames";
	thread->depth = (size_t)keep;
	for (; push > 0 && !reader->is_short; push--) {
		uint64_t id = take_uv(reader);
		if (id == 0) {
			id = take_uv(reader);
			if (!define_frame(reader, thread, id))
				return "a frame's number is too large";
		} else if (--id >= thread->n_defined) {
			return "a frame that was not defined";
		}
		thread->stack[thread->depth++] = thread->defined[id];
	}
	return NULL;
}

static void note_allocation(struct reader *reader, const struct look_thread *thread, uint64_t size)
{
	struct stream_look *look = reader->look;

	look->n_allocations++;
	for (size_t i = 0; i < look->n_marks; i++) {
		struct look_mark *mark = &look->marks[i];
		if (mark->size != size)
			continue;
		mark->is_found = true;
		mark->time = thread->time;
		mark->cut = thread->cut;
		mark->n_frames = thread->depth < LOOK_FRAMES_MAX ? thread->depth : LOOK_FRAMES_MAX;
		memcpy(mark->frames, thread->stack, mark->n_frames * sizeof mark->frames[0]);
	}
}

static const char *take_extended(struct reader *reader, struct look_thread *thread)
{
	uint64_t type = take_uv(reader), length = take_uv(reader);
	const uint8_t *end = reader->end;

	if (reader->is_short || length > (uint64_t)(end - reader->at))
		return "a record that is longer than its block";
	reader->end = reader->at + length;
	if (type == WIRE_RESTART) {
		(void)take_uv(reader);
		thread->time = take_uv(reader);
		thread->pc = 0;
		thread->depth = thread->n_defined = 0;
	} else if (type == WIRE_TIME) {
		thread->time += take_uv(reader);
	} else if (type == WIRE_MESSAGE && reader->look->message[0] == '\0') {
		(void)take_uv(reader);
		uint64_t n = take_uv(reader);
		if (n > (uint64_t)(reader->end - reader->at))
			n = (uint64_t)(reader->end - reader->at);
		if (n >= LOOK_TEXT_MAX)
			n = LOOK_TEXT_MAX - 1;
		memcpy(reader->look->message, reader->at, (size_t)n);
		reader->look->message[n] = '\0';
	}
	reader->at = reader->end;
	reader->end = end;
	return NULL;
}

static const char *take_record(struct reader *reader, struct look_thread *thread)
{
	uint8_t first = *reader->at++;
	unsigned op = first & WIRE_OP_MASK;

	if (op == WIRE_OP_EXTENDED)
		return take_extended(reader, thread);
	if (op > WIRE_OP_REALLOC)
		return "an unknown record";
	if (first & WIRE_FLAG_SEQ)
		(void)take_uv(reader);
	if (op == WIRE_OP_REALLOC)
		(void)take_uv(reader);
	if (first & WIRE_FLAG_KIND)
		(void)take_uv(reader);
	if (op == WIRE_OP_REALLOC)
		(void)take_sv(reader);
	uint64_t size = op == WIRE_OP_FREE ? 0 : take_uv(reader);
	if (first & WIRE_FLAG_USABLE)
		(void)take_uv(reader);
	(void)take_sv(reader);
	const char *fault = first & WIRE_FLAG_STACK ? take_stack(reader, thread) : NULL;
	if (op == WIRE_OP_FREE)
		reader->look->n_frees++;
	else
		note_allocation(reader, thread, size);
	return fault;
}

static struct look_thread *find_thread(struct reader *reader, uint32_t number)
{
	for (size_t i = 0; i < reader->n_threads; i++) {
		if (reader->threads[i]->number == number)
			return reader->threads[i];
	}
	if (reader->n_threads == THREADS_MAX)
		return NULL;
	struct look_thread *thread = calloc(1, sizeof *thread);
	if (thread != NULL) {
		thread->number = number;
		reader->threads[reader->n_threads++] = thread;
	}
	return thread;
}

static uint32_t u32_at(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static const char *take_records(struct reader *reader, const uint8_t *header)
{
	struct look_thread *thread = find_thread(reader, u32_at(header + WIRE_BLOCK_THREAD_AT));
	const char *fault = NULL;

	if (thread == NULL)
		return "more threads than were started";
	if (u32_at(header + WIRE_BLOCK_INDEX_AT) != thread->index++)
		return "a block is missing";
	while (fault == NULL && reader->at < reader->end) {
		fault = take_record(reader, thread);
		if (fault == NULL && reader->is_short)
			fault = "a record that ends with its block";
	}
	return fault;
}

static void take_end(struct reader *reader)
{
	(void)take_uv(reader);
	reader->look->n_events = take_uv(reader);
	reader->look->n_lost = take_uv(reader);
	reader->look->has_end = true;
}

static const char *take_block(struct reader *reader, const uint8_t *header, uint32_t length)
{
	uint32_t crc = block_crc(0, header + WIRE_SYNC_SIZE, WIRE_BLOCK_CRC_AT - WIRE_SYNC_SIZE);
	const uint8_t *payload = header + WIRE_BLOCK_HEADER_SIZE;

	if (block_crc(crc, payload, length) != u32_at(header + WIRE_BLOCK_CRC_AT))
		return "a checksum that does not agree";
	reader->at = payload;
	reader->end = payload + length;
	if (header[WIRE_BLOCK_TYPE_AT] == WIRE_RECORDS)
		return take_records(reader, header);
	if (header[WIRE_BLOCK_TYPE_AT] == WIRE_END)
		take_end(reader);
	return NULL;
}

void stream_look(struct stream_look *look, const uint8_t *bytes, size_t size)
{
	struct reader reader = { .look = look };
	size_t at = WIRE_HEADER_SIZE;

	if (size < WIRE_HEADER_SIZE || memcmp(bytes, WIRE_MAGIC, WIRE_MAGIC_SIZE) != 0) {
		look->fault = size == 0 ? "nothing was written" : "it does not begin as a stream";
		return;
	}
	while (look->fault == NULL && size - at >= WIRE_BLOCK_HEADER_SIZE) {
		const uint8_t *header = bytes + at;
		uint32_t length = block_length(header);
		look->fault_at = at;
		if (memcmp(header, WIRE_SYNC, WIRE_SYNC_SIZE) != 0)
			look->fault = "no block where one should begin";
		else if (length > size - at - WIRE_BLOCK_HEADER_SIZE)
			look->fault = "a block that is cut off";
		else
			look->fault = take_block(&reader, header, length);
		at += WIRE_BLOCK_HEADER_SIZE + length;
	}
	for (size_t i = 0; i < reader.n_threads; i++) {
		free(reader.threads[i]->defined);
		free(reader.threads[i]);
	}
}
