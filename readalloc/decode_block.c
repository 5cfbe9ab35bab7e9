// SPDX-License-Identifier: GPL-3.0-or-later
// What the blocks of a stream say of its threads and of itself (FORMAT.md, sections 2 to 4).
#include "decode.h"

#include <stdlib.h>
#include <string.h>

#include "decode_columns.h"
#include "model.h"
#include "util.h"

void decoder_init(struct decoder *decoder, struct model *model, struct order *order)
{
	*decoder = (struct decoder){ .model = model, .order = order };
}

void decoder_free(struct decoder *decoder)
{
	for (size_t i = 0; i < decoder->n_threads; i++) {
		struct thread *thread = decoder->threads[i];
		decoder_frames_free(thread);
		free(thread->stack);
		free(thread);
	}
	free(decoder->threads);
	free(decoder->damage_text);
	index_table_free(&decoder->thread_index);
	preamble_free(&decoder->preamble);
}

static void damage_count(struct decoder *decoder, uint64_t at, const char *reason)
{
	struct damage *damage = &decoder->damage;
	if (!damage->reason) {
		damage->reason = reason;
		damage->at = at;
	}
	damage->n_places++;
}

void decoder_damage(struct decoder *decoder, uint64_t at, const char *reason)
{
	damage_count(decoder, at, reason);
	if (decoder->watch) {
		decoder->watch->damage(decoder->watch->context, at, reason);
	}
}

// The state of the thread is not known any more; `n` blocks from `first` on are missing.
static void thread_lose(struct decoder *decoder, struct thread *thread, uint32_t first, uint32_t n)
{
	thread->needs_restart = true;
	thread->is_fresh = false;
	if (decoder->watch) {
		decoder->watch->gap(decoder->watch->context, thread, decoder->offset, first, n);
	}
}

struct thread *decoder_thread(struct decoder *decoder, uint32_t number)
{
	uint32_t hash = hash_pair(number, 0);
	uint32_t found;
	for (uint32_t step = 0;
	     (found = index_table_next(&decoder->thread_index, hash, &step)) != INDEX_NONE;) {
		if (decoder->threads[found]->number == number) {
			return decoder->threads[found];
		}
	}
	if (decoder->n_threads == decoder->threads_room) {
		decoder->threads_room = grown_capacity(decoder->n_threads, 0);
		decoder->threads =
			xrealloc(decoder->threads, decoder->threads_room, sizeof(struct thread *));
	}
	struct thread *thread = xcalloc(1, sizeof(*thread));
	decoder_frames_init(decoder, thread);
	thread->number = number;
	thread->position = (uint32_t)decoder->n_threads;
	thread->needs_restart = true;
	thread->is_fresh = true;
	index_table_add(&decoder->thread_index, hash, thread->position);
	decoder->threads[decoder->n_threads++] = thread;
	return thread;
}

static void preamble_block(struct decoder *decoder, struct cursor payload)
{
	if (decoder->has_preamble) {
		return;
	}
	const char *error = preamble_decode(&decoder->preamble, payload);
	if (error) {
		decoder_damage(decoder, decoder->offset, error);
		return;
	}
	decoder->has_preamble = true;
	decoder->has_identity = identity_find(&decoder->identity, payload);
	modules_set_word_size(&decoder->model->modules, decoder->preamble.word_size);
	decoder->model->sampling = decoder->preamble.sampling;
	decoder->model->elide_limit = decoder->preamble.elide_limit;
}

static void end_block(struct decoder *decoder, struct cursor payload)
{
	uint64_t reason = cursor_varint(&payload);
	uint64_t events = cursor_varint(&payload);
	uint64_t lost = cursor_varint(&payload);
	if (payload.error) {
		decoder_damage(decoder, decoder->offset, "the end mark is cut off");
		return;
	}
	decoder->has_end = true;
	decoder->end_reason = reason;
	decoder->end_events = events;
	decoder->end_lost = lost;
}

static void memory_block(struct decoder *decoder, struct cursor payload)
{
	const char *error = memory_curve_decode(&decoder->model->memory, payload);
	if (error) {
		decoder_damage(decoder, decoder->offset, error);
	}
}

static void records_block(struct decoder *decoder, struct thread *thread, struct cursor payload)
{
	if (!decoder->has_preamble) {
		decoder_damage(decoder, decoder->offset, "records before the preamble");
		thread_lose(decoder, thread, 0, 0);
		return;
	}
	const char *error = records_decode(decoder, thread, payload);
	if (error) {
		decoder_damage(decoder, decoder->offset, error);
		thread_lose(decoder, thread, 0, 0);
	}
	if (thread->time > decoder->newest_time) {
		decoder->newest_time = thread->time;
	}
}

static void columns_block(struct decoder *decoder, struct thread *thread, struct cursor payload)
{
	size_t n = cursor_left(&payload);
	uint8_t *records = xrealloc(NULL, n + 1, 1);
	const char *error = columns_undo(payload, records, &n);
	if (error) {
		decoder_damage(decoder, decoder->offset, error);
		thread_lose(decoder, thread, 0, 0);
	} else {
		records_block(decoder, thread, cursor_over(records, n));
	}
	free(records);
}

// Whether the block is the next of its thread; false: it was there before.
static bool index_accept(struct decoder *decoder, struct thread *thread, uint32_t index)
{
	uint32_t ahead = index - thread->next_index;
	if (ahead > UINT32_MAX / 2) {
		if (decoder->is_rejoined) {
			return false;
		}
		decoder_damage(decoder, decoder->offset, "a block of a thread comes again");
		return false;
	}
	if (ahead != 0) {
		damage_count(decoder, decoder->offset, "blocks of a thread are missing");
		decoder->damage.n_blocks += ahead;
		thread_lose(decoder, thread, thread->next_index, ahead);
	}
	thread->next_index = index + 1;
	return true;
}

// Whether a block of no thread is a new one. The PREAMBLE may come again at any time.
static bool loose_accept(struct decoder *decoder, uint32_t index)
{
	bool is_new = index - decoder->next_loose <= UINT32_MAX / 2;
	if (is_new) {
		decoder->next_loose = index + 1;
	}
	return is_new || !decoder->is_rejoined;
}

void block_decode(struct decoder *decoder, const uint8_t *block, uint32_t length)
{
	struct cursor payload = cursor_over(block + WIRE_BLOCK_HEADER_SIZE, length);
	uint32_t number = bytes_u32(block + WIRE_BLOCK_THREAD_AT);
	struct thread *thread = NULL;
	decoder->has_block = true;
	decoder->n_blocks++;
	if (decoder->has_end) {
		decoder_damage(decoder, decoder->offset, "blocks after the end mark");
	}
	if (number != 0) {
		thread = decoder_thread(decoder, number);
		if (!index_accept(decoder, thread, bytes_u32(block + WIRE_BLOCK_INDEX_AT))) {
			return;
		}
	}
	if (number == 0 && block[WIRE_BLOCK_TYPE_AT] == WIRE_MEMORY &&
	    !loose_accept(decoder, bytes_u32(block + WIRE_BLOCK_INDEX_AT))) {
		return;
	}
	switch (block[WIRE_BLOCK_TYPE_AT]) {
	case WIRE_PREAMBLE:
		preamble_block(decoder, payload);
		break;
	case WIRE_RECORDS:
	case WIRE_COLUMNS:
		if (thread && block[WIRE_BLOCK_TYPE_AT] == WIRE_COLUMNS) {
			columns_block(decoder, thread, payload);
		} else if (thread) {
			records_block(decoder, thread, payload);
		} else {
			decoder_damage(decoder, decoder->offset, "records of no thread");
		}
		break;
	case WIRE_END:
		end_block(decoder, payload);
		break;
	case WIRE_MEMORY:
		memory_block(decoder, payload);
		break;
	default:
		// Of a later minor version.
		break;
	}
	order_expire(decoder->order, decoder->newest_time, decoder->n_blocks, decoder->n_threads);
}
