// SPDX-License-Identifier: LGPL-2.1-or-later
// Turns the events of one thread into records (FORMAT.md, sections 5 to 7).
#include "libdumpalloc/encoder.h"

#include <string.h>

#include "libdumpalloc/encoder_quick.h"

bool encoder_is_lossy;

// So many bytes after a RESTART the next one comes: what stands between them is bounded.
static const size_t RESTART_DUE = WIRE_RESTART_INTERVAL - ENCODER_STAGING_SIZE - RING_WINDOW;

// An epoch's step: what is below it in a mark is the frame's enum unwind_how.
enum { EPOCH = 2 * UNWIND_EXACT };

// What unwind says is what the stream says.
_Static_assert((int)UNWIND_BY_HOOK == (int)WIRE_HOW_HOOK, "the hook's caller");
_Static_assert((int)UNWIND_BY_GCC == (int)WIRE_HOW_GCC, "_Unwind_Backtrace");
_Static_assert((int)UNWIND_BY_SCAN == (int)WIRE_HOW_SCAN, "instructions");
_Static_assert((int)UNWIND_BY_LINKS == (int)WIRE_HOW_FP, "frame pointers");
_Static_assert((int)UNWIND_BY_TABLES == (int)WIRE_HOW_TABLES, "tables");
_Static_assert((int)UNWIND_BY_SIGNAL == (int)WIRE_HOW_SIGNAL, "signals");
_Static_assert((int)UNWIND_EXACT == (int)WIRE_HOW_EXACT, "no return address");
_Static_assert((int)UNWIND_WHOLE == (int)WIRE_CUT_WHOLE, "whole stacks");
_Static_assert((int)UNWIND_CUT_DEPTH == (int)WIRE_CUT_DEPTH, "the depth limit");
_Static_assert((int)UNWIND_CUT_NO_RULE == (int)WIRE_CUT_NO_RULE, "no rule");
_Static_assert((int)UNWIND_CUT_NO_CODE == (int)WIRE_CUT_NO_CODE, "no code");
_Static_assert((int)UNWIND_CUT_BAD_STACK == (int)WIRE_CUT_BAD_STACK, "no stack");
_Static_assert((int)UNWIND_CUT_NO_WALK == (int)WIRE_CUT_NO_WALK, "no walk");

static void put_byte(struct encoder *encoder, uint8_t byte)
{
	if (encoder->n_staged < ENCODER_STAGING_SIZE)
		encoder->staging[encoder->n_staged++] = byte;
}

static void put_bytes(struct encoder *encoder, const void *bytes, size_t n)
{
	const uint8_t *from = bytes;

	for (size_t i = 0; i < n; i++)
		put_byte(encoder, from[i]);
}

uint8_t *encode_uv_apart(uint8_t *at, uint64_t value)
{
	return encode_uv(at, value);
}

uint8_t *encode_free_apart(struct encoder *encoder, uint8_t *at, sequence_word seq,
			   enum wire_kind kind, uintptr_t block, size_t size)
{
	return encode_free(encoder, at, seq, kind, block, encode_is_told(kind, size), size);
}

uint8_t *encode_block_apart(struct encoder *encoder, uint8_t *at, enum wire_op op,
			    const struct encoder_block *block, uint8_t flags)
{
	return encode_block(encoder, at, op, block, flags);
}

static void put_uv(struct encoder *encoder, uint64_t value)
{
	uint8_t bytes[WIRE_VARINT_MAX];

	put_bytes(encoder, bytes, (size_t)(encode_uv_apart(bytes, value) - bytes));
}

static void put_sv(struct encoder *encoder, uint64_t value)
{
	put_uv(encoder, encode_sign(value));
}

static void put_str(struct encoder *encoder, const char *text)
{
	size_t n = strnlen(text, WIRE_TEXT_MAX);

	put_uv(encoder, n);
	put_bytes(encoder, text, n);
}

// `seq += delta`; the subtraction wraps at the target's sequence width.
static void put_seq(struct encoder *encoder, sequence_word seq)
{
	put_uv(encoder, (sequence_word)(seq - encoder->seq));
	encoder->seq = seq;
}

static size_t extended_begin(struct encoder *encoder, enum wire_extended type)
{
	put_byte(encoder, WIRE_OP_EXTENDED);
	put_uv(encoder, type);
	return encoder->n_staged;
}

// Puts the body's length in front of it.
static void extended_end(struct encoder *encoder, size_t body)
{
	size_t n = encoder->n_staged - body;
	size_t n_length = n < 0x80 ? 1 : n < 0x4000 ? 2 : 3;

	if (n > ENCODER_STAGING_SIZE - n_length - body)
		return;
	memmove(encoder->staging + body + n_length, encoder->staging + body, n);
	encoder->n_staged = body;
	put_uv(encoder, n);
	encoder->n_staged += n;
}

// Where a record's part of at most RING_RECORD_MAX bytes is to be written; NULL: there is no room.
static uint8_t *stage(struct encoder *encoder)
{
	if (encoder->n_staged + RING_RECORD_MAX <= ENCODER_STAGING_SIZE)
		return encoder->staging + encoder->n_staged;
	encoder->n_staged = ENCODER_STAGING_SIZE;
	return NULL;
}

static void stage_end(struct encoder *encoder, const uint8_t *end)
{
	encoder->n_staged = (size_t)(end - encoder->staging);
}

static void put_restart(struct encoder *encoder, sequence_word seq)
{
	size_t body = extended_begin(encoder, WIRE_RESTART);

	encoder->seq = seq;
	encoder->time = encoder->now;
	encoder->pc = 0;
	encoder->n_previous = 0;
	encoder->previous_cut = UNWIND_WHOLE;
	encoder->n_since_restart = 0;
	encoder->is_restart_due = false;
	encoder->n_ids = 0;
	encoder->epoch += EPOCH;
	if (encoder->epoch == 0) {
		memset(encoder->frames, 0, sizeof(encoder->frames));
		encoder->epoch = EPOCH;
	}
	put_uv(encoder, seq);
	put_uv(encoder, encoder->time);
	put_uv(encoder, encoder->addr);
	put_uv(encoder, encoder->tid);
	extended_end(encoder, body);
}

// What may stand before any record: a RESTART, or the time.
static void put_head(struct encoder *encoder, sequence_word seq)
{
	size_t body;

	if (encoder->is_restart_due) {
		put_restart(encoder, (sequence_word)(seq - 1));
	} else if (encoder->now != encoder->time) {
		body = extended_begin(encoder, WIRE_TIME);
		put_uv(encoder, encoder->now - encoder->time);
		encoder->time = encoder->now;
		extended_end(encoder, body);
	}
}

// Begins an extended record of what has a number of its own.
static size_t event_begin(struct encoder *encoder, sequence_word seq, enum wire_extended type)
{
	size_t body;

	put_head(encoder, seq);
	body = extended_begin(encoder, type);
	put_seq(encoder, seq);
	return body;
}

bool encoder_knows(const struct encoder *encoder, uintptr_t pc, unsigned how)
{
	return !encoder->is_restart_due && encoder_find(encoder, pc, how) != NULL;
}

// The bytes of a varint of 14 bits, the first one lowest.
static uint16_t code_of(unsigned value)
{
	return (uint16_t)(value < 0x80 ? value : (value & 0x7f) | 0x80 | value >> 7 << 8);
}

// A slot that another frame had leaves its id to the new one.
static void put_frame(struct encoder *encoder, uintptr_t pc, unsigned how)
{
	struct encoder_frame *frame = &encoder->frames[encoder_slot(pc, how)];

	if (encoder_find(encoder, pc, how) != NULL) {
		put_uv(encoder, frame->id + 1u);
		return;
	}
	if ((frame->mark & ~(EPOCH - 1u)) != encoder->epoch) {
		frame->id = (uint16_t)encoder->n_ids++;
		frame->code = code_of(frame->id + 1u);
	}
	put_uv(encoder, 0);
	put_uv(encoder, frame->id);
	put_uv(encoder, how);
	put_sv(encoder, pc - encoder->pc);
	encoder->pc = pc;
	frame->pc = pc;
	frame->mark = encoder->epoch | how;
}

// Keeps the stack, of which the innermost `n_new` frames are not kept yet.
static void keep_previous(struct encoder *encoder, const struct unwind_stack *stack, size_t n_new)
{
	size_t first = ENCODER_DEPTH_MAX - stack->n_pcs;

	memcpy(&encoder->previous[first], stack->pcs, n_new * sizeof(stack->pcs[0]));
	memcpy(&encoder->previous_hows[first], stack->hows, n_new * sizeof(stack->hows[0]));
	encoder->n_previous = stack->n_pcs;
	encoder->previous_cut = stack->cut;
}

static void put_stack(struct encoder *encoder, const struct unwind_stack *stack, size_t kept)
{
	size_t n_pushed = stack->n_pcs - kept;

	put_uv(encoder, kept);
	put_uv(encoder, (uint64_t)n_pushed << WIRE_CUT_BITS | stack->cut);
	for (size_t i = n_pushed; i > 0; i--)
		put_frame(encoder, stack->pcs[i - 1], stack->hows[i - 1]);
	keep_previous(encoder, stack, n_pushed);
}

void encoder_start(struct encoder *encoder, struct ring *ring, uint32_t tid)
{
	encoder->window = (struct ring_window){ 0 };
	encoder->ring = ring;
	encoder->tid = tid;
	encoder->addr = 0;
	encoder->is_restart_due = true;
	encoder->n_lost = 0;
	encoder->n_lost_staged = 0;
	encoder->n_staged = 0;
	encoder->now = 0;
}

void encoder_restart(struct encoder *encoder)
{
	encoder_shut(encoder);
	encoder->is_restart_due = true;
}

void encoder_set_time(struct encoder *encoder, uint64_t now)
{
	// The coarse clock may be read in another order than it is sent.
	if (now > encoder->now || encoder->is_restart_due) {
		encoder->now = now;
		encoder->is_restart_due |= encoder_is_lossy;
	}
}

// How many frames the stack that a record is to have shares with the previous one.
static size_t kept_of(const struct encoder *encoder, const struct unwind_stack *stack)
{
	return encoder->is_restart_due ? 0 : encoder_kept(encoder, stack);
}

static void put_block(struct encoder *encoder, enum wire_op op, const struct encoder_block *block,
		      const struct unwind_stack *stack)
{
	uint8_t *at;
	size_t kept;
	bool is_same;

	put_head(encoder, block->seq);
	kept = kept_of(encoder, stack);
	is_same = encode_is_same(encoder, stack, kept);
	at = stage(encoder);
	if (at == NULL)
		return;
	stage_end(encoder,
		  encode_block_apart(encoder, at, op, block, is_same ? 0 : WIRE_FLAG_STACK));
	if (!is_same)
		put_stack(encoder, stack, kept);
}

void encoder_alloc(struct encoder *encoder, const struct encoder_block *block,
		   const struct unwind_stack *stack)
{
	put_block(encoder, WIRE_OP_ALLOC, block, stack);
}

void encoder_realloc(struct encoder *encoder, const struct encoder_block *block,
		     const struct unwind_stack *stack)
{
	put_block(encoder, WIRE_OP_REALLOC, block, stack);
}

void encoder_free(struct encoder *encoder, const struct encoder_block *block,
		  const struct unwind_stack *stack)
{
	uint8_t *at;

	put_head(encoder, block->seq);
	at = stage(encoder);
	if (at == NULL)
		return;
	stage_end(encoder, encode_free_apart(encoder, at, block->seq, block->kind, block->block,
					     block->size));
	if (stack != NULL) {
		*at |= WIRE_FLAG_STACK;
		put_stack(encoder, stack, kept_of(encoder, stack));
	}
}

void encoder_fail(struct encoder *encoder, sequence_word seq, sequence_word old_seq,
		  enum wire_kind kind, size_t size, int error, uintptr_t old,
		  const struct unwind_stack *stack)
{
	size_t body = event_begin(encoder, seq, WIRE_FAIL);

	put_uv(encoder, (sequence_word)(seq - old_seq));
	put_uv(encoder, kind);
	put_uv(encoder, size);
	put_uv(encoder, (uint64_t)error);
	put_uv(encoder, old);
	put_stack(encoder, stack, kept_of(encoder, stack));
	extended_end(encoder, body);
}

void encoder_mark(struct encoder *encoder, sequence_word seq, enum wire_extended type)
{
	size_t body = event_begin(encoder, seq, type);

	extended_end(encoder, body);
}

void encoder_number(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		    uint64_t number)
{
	size_t body = event_begin(encoder, seq, type);

	put_uv(encoder, number);
	extended_end(encoder, body);
}

void encoder_text(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		  const char *text)
{
	size_t body = event_begin(encoder, seq, type);

	put_str(encoder, text);
	extended_end(encoder, body);
}

void encoder_name(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		  uint64_t number, const char *text)
{
	size_t body = event_begin(encoder, seq, type);

	put_uv(encoder, number);
	put_str(encoder, text);
	extended_end(encoder, body);
}

void encoder_thread(struct encoder *encoder, sequence_word seq, const char *name)
{
	encoder_name(encoder, seq, WIRE_THREAD, encoder->tid, name);
}

void encoder_pool_alloc(struct encoder *encoder, sequence_word seq, uintptr_t pool, uintptr_t block,
			size_t size, const struct unwind_stack *stack)
{
	size_t body = event_begin(encoder, seq, WIRE_POOL_ALLOC);

	put_uv(encoder, pool);
	put_uv(encoder, size);
	put_uv(encoder, block);
	put_stack(encoder, stack, kept_of(encoder, stack));
	extended_end(encoder, body);
}

void encoder_pool_free(struct encoder *encoder, sequence_word seq, uintptr_t pool, uintptr_t block)
{
	size_t body = event_begin(encoder, seq, WIRE_POOL_FREE);

	put_uv(encoder, pool);
	put_uv(encoder, block);
	extended_end(encoder, body);
}

void encoder_mapping(struct encoder *encoder, sequence_word seq,
		     const struct encoder_mapping *mapping, const struct unwind_stack *stack)
{
	size_t body = event_begin(encoder, seq, WIRE_MAPPING);

	put_uv(encoder, mapping->old_seq != 0 ? (sequence_word)(seq - mapping->old_seq) : 0);
	put_uv(encoder, mapping->kind);
	put_uv(encoder, mapping->old);
	put_uv(encoder, mapping->old_size);
	put_uv(encoder, mapping->address);
	put_uv(encoder, mapping->size);
	if (mapping->size != 0)
		put_stack(encoder, stack, kept_of(encoder, stack));
	extended_end(encoder, body);
}

void encoder_map(struct encoder *encoder, sequence_word seq, const struct encoder_module *module)
{
	size_t body = event_begin(encoder, seq, WIRE_MAP);

	put_uv(encoder, module->id);
	put_uv(encoder, module->flags);
	put_uv(encoder, module->bias);
	put_str(encoder, module->path);
	put_uv(encoder, module->build_id_size);
	put_bytes(encoder, module->build_id, module->build_id_size);
	put_uv(encoder, module->n_segments);
	for (size_t i = 0; i < module->n_segments; i++) {
		put_uv(encoder, module->segments[i].address);
		put_uv(encoder, module->segments[i].size);
		put_uv(encoder, module->segments[i].flags);
	}
	extended_end(encoder, body);
}

void encoder_copy(struct encoder *encoder, sequence_word seq, sequence_word old_seq,
		  enum wire_extended type, const struct iovec body[2],
		  const struct unwind_stack *stack)
{
	size_t start = event_begin(encoder, seq, type);

	if (type == WIRE_FAIL)
		put_uv(encoder, (sequence_word)(seq - old_seq));
	put_bytes(encoder, body[0].iov_base, body[0].iov_len);
	put_bytes(encoder, body[1].iov_base, body[1].iov_len);
	if (stack != NULL)
		put_stack(encoder, stack, kept_of(encoder, stack));
	extended_end(encoder, start);
}

void encoder_sum(struct encoder *encoder, sequence_word seq, const struct encoder_sum *sum,
		 const struct unwind_stack *stack)
{
	size_t body = event_begin(encoder, seq, WIRE_ELIDED_SUM);

	put_uv(encoder, sum->thread);
	put_uv(encoder, sum->kind);
	put_uv(encoder, sum->blocks);
	put_uv(encoder, sum->bytes);
	put_uv(encoder, sum->rounding);
	put_uv(encoder, sum->temporary_blocks);
	put_uv(encoder, sum->temporary_bytes);
	put_uv(encoder, sum->short_blocks);
	put_stack(encoder, stack, kept_of(encoder, stack));
	extended_end(encoder, body);
}

void encoder_lost(struct encoder *encoder, sequence_word seq)
{
	size_t body = event_begin(encoder, seq, WIRE_LOST);

	put_uv(encoder, encoder->n_lost);
	put_uv(encoder, encoder->lost_reason);
	extended_end(encoder, body);
	encoder->n_lost_staged = encoder->n_lost;
	encoder->n_lost = 0;
}

void encoder_count_lost(struct encoder *encoder, enum wire_lost reason)
{
	encoder->n_lost++;
	encoder->lost_reason = reason;
}

bool encoder_flush(struct encoder *encoder)
{
	size_t n = encoder->n_staged;
	uint32_t n_lost = encoder->n_lost_staged;

	encoder->n_staged = 0;
	encoder->n_lost_staged = 0;
	if (n == 0)
		return true;
	encoder->n_since_restart += (size_t)(encoder->window.at - encoder->window.start);
	encoder->window = (struct ring_window){ 0 };
	if (n == ENCODER_STAGING_SIZE || !ring_write(encoder->ring, encoder->staging, n)) {
		encoder->is_restart_due = true;
		encoder->n_lost += n_lost;
		return false;
	}
	encoder->n_since_restart += n;
	return true;
}

void encoder_open(struct encoder *encoder)
{
	encoder->n_since_restart += (size_t)(encoder->window.at - encoder->window.start);
	if (encoder->n_since_restart >= RESTART_DUE)
		encoder->is_restart_due = true;
	if (encoder->is_restart_due || encoder->n_lost != 0 || encoder->now != encoder->time)
		encoder->window = (struct ring_window){ 0 };
	else
		ring_open(encoder->ring, &encoder->window);
}
