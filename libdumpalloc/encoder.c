// SPDX-License-Identifier: LGPL-2.1-or-later
// Turns the events of one thread into records (FORMAT.md, sections 5 to 7).
#include "libdumpalloc/encoder.h"

#include <stdalign.h>
#include <string.h>

#include "libdumpalloc/ring.h"

#if defined(__GLIBC__)
// glibc's malloc: blocks are multiples of the alignment, a size word in front of each, the smallest
// with room for two list pointers behind that word.
enum {
	GLIBC_ALIGN = alignof(max_align_t) > 2 * sizeof(size_t) ? alignof(max_align_t)
								: 2 * sizeof(size_t),
	GLIBC_BLOCK_MIN = (4 * sizeof(size_t) + GLIBC_ALIGN - 1) / GLIBC_ALIGN * GLIBC_ALIGN,
};
const struct encoder_rule encoder_rule = {
	.align = GLIBC_ALIGN,
	.overhead = sizeof(size_t),
	.min = GLIBC_BLOCK_MIN - sizeof(size_t),
};
#else
// Elsewhere the sizes asked for are the best guess.
const struct encoder_rule encoder_rule = { .align = 1, .overhead = 0, .min = 0 };
#endif

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

static void put_uv(struct encoder *encoder, uint64_t value)
{
	while (value >= 0x80) {
		put_byte(encoder, (uint8_t)(value | 0x80));
		value >>= 7;
	}
	put_byte(encoder, (uint8_t)value);
}

static void put_sv(struct encoder *encoder, uint64_t value)
{
	uint64_t sign = value >> 63 != 0 ? UINT64_MAX : 0;

	put_uv(encoder, (value << 1) ^ sign);
}

static void put_bytes(struct encoder *encoder, const void *bytes, size_t n)
{
	const uint8_t *from = bytes;

	for (size_t i = 0; i < n; i++)
		put_byte(encoder, from[i]);
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
	encoder->epoch += EPOCH;
	if (encoder->epoch == 0) {
		memset(encoder->marks, 0, sizeof(encoder->marks));
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

static size_t frame_slot(uintptr_t pc, unsigned how)
{
	// Instructions are 2 or 4 bytes apart; the upper part tells modules apart. A frame that is
	// found now in one way, now in another has a slot for each.
	return (size_t)((pc >> 1) ^ (pc >> 13) ^ (how << 6)) % ENCODER_FRAMES;
}

bool encoder_knows(const struct encoder *encoder, uintptr_t pc, unsigned how)
{
	size_t slot = frame_slot(pc, how);

	return !encoder->is_restart_due && encoder->marks[slot] == (encoder->epoch | how) &&
	       encoder->pcs[slot] == pc;
}

static void put_frame(struct encoder *encoder, uintptr_t pc, unsigned how)
{
	size_t slot = frame_slot(pc, how);

	if (encoder_knows(encoder, pc, how)) {
		put_uv(encoder, slot + 1);
		return;
	}
	put_uv(encoder, 0);
	put_uv(encoder, slot);
	put_uv(encoder, how);
	put_sv(encoder, pc - encoder->pc);
	encoder->pc = pc;
	encoder->pcs[slot] = pc;
	encoder->marks[slot] = encoder->epoch | how;
}

// Whether frame `i` of both stacks, counted from the outermost, is the same.
static bool is_previous_frame(const struct encoder *encoder, const struct unwind_stack *stack,
			      size_t i)
{
	size_t now = stack->n_pcs - 1 - i, before = ENCODER_DEPTH_MAX - 1 - i;

	return stack->pcs[now] == encoder->previous[before] &&
	       stack->hows[now] == encoder->previous_hows[before];
}

size_t encoder_kept(const struct encoder *encoder, const struct unwind_stack *stack)
{
	size_t most = stack->n_pcs < encoder->n_previous ? stack->n_pcs : encoder->n_previous;
	// The previous stack is that of the previous walk: see record_walk.
	size_t n = stack->n_kept < most ? stack->n_kept : most;

	if (encoder->is_restart_due)
		return 0;
	while (n < most && is_previous_frame(encoder, stack, n))
		n++;
	return n;
}

static bool is_previous(const struct encoder *encoder, const struct unwind_stack *stack)
{
	return stack->n_pcs == encoder->n_previous && stack->cut == encoder->previous_cut &&
	       encoder_kept(encoder, stack) == stack->n_pcs;
}

static void put_stack(struct encoder *encoder, const struct unwind_stack *stack)
{
	size_t kept = encoder_kept(encoder, stack);
	size_t n_pushed = stack->n_pcs - kept, first;

	put_uv(encoder, kept);
	put_uv(encoder, (uint64_t)n_pushed << WIRE_CUT_BITS | stack->cut);
	for (size_t i = n_pushed; i > 0; i--)
		put_frame(encoder, stack->pcs[i - 1], stack->hows[i - 1]);
	first = ENCODER_DEPTH_MAX - stack->n_pcs;
	memcpy(encoder->previous + first, stack->pcs, n_pushed * sizeof(*stack->pcs));
	memcpy(encoder->previous_hows + first, stack->hows, n_pushed);
	encoder->n_previous = stack->n_pcs;
	encoder->previous_cut = stack->cut;
}

// The difference of two addresses as FORMAT.md codes it.
static void put_addr(struct encoder *encoder, uint8_t flags, uint64_t block)
{
	uint64_t delta = block - encoder->addr;

	encoder->addr = block;
	if ((flags & WIRE_FLAG_ADDR) == 0) {
		// An arithmetic shift of a multiple: no bit is lost.
		uint64_t sign = delta >> 63 != 0 ? ~(UINT64_MAX >> ENCODER_ADDRESS_SHIFT) : 0;

		delta = (delta >> ENCODER_ADDRESS_SHIFT) | sign;
	}
	put_sv(encoder, delta);
}

static uint8_t addr_flag(uint64_t from, uint64_t to)
{
	return ((to - from) & ((1u << ENCODER_ADDRESS_SHIFT) - 1)) != 0 ? WIRE_FLAG_ADDR : 0;
}

static size_t rule_usable(size_t size)
{
	size_t rounded = (size + encoder_rule.overhead + encoder_rule.align - 1) /
				 encoder_rule.align * encoder_rule.align -
			 encoder_rule.overhead;

	return rounded > encoder_rule.min ? rounded : encoder_rule.min;
}

static uint8_t usable_flag(size_t size, size_t usable)
{
	return usable != rule_usable(size) ? WIRE_FLAG_USABLE : 0;
}

void encoder_start(struct encoder *encoder, struct ring *ring, uint32_t tid)
{
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
	encoder->is_restart_due = true;
}

void encoder_set_time(struct encoder *encoder, uint64_t now)
{
	// The coarse clock may be read in another order than it is sent.
	if (now > encoder->now || encoder->is_restart_due)
		encoder->now = now;
}

static void put_op(struct encoder *encoder, enum wire_op op, uint8_t flags, sequence_word seq)
{
	bool has_seq = seq != (sequence_word)(encoder->seq + 1);

	put_byte(encoder, (uint8_t)((unsigned)op | flags | (has_seq ? WIRE_FLAG_SEQ : 0u)));
	if (has_seq)
		put_seq(encoder, seq);
	encoder->seq = seq;
}

void encoder_alloc(struct encoder *encoder, sequence_word seq, enum wire_kind kind, size_t size,
		   size_t usable, uintptr_t block, const struct unwind_stack *stack)
{
	uint8_t flags;

	put_head(encoder, seq);
	flags = (uint8_t)(usable_flag(size, usable) | addr_flag(encoder->addr, block) |
			  (kind != WIRE_KIND_MALLOC ? WIRE_FLAG_KIND : 0) |
			  (is_previous(encoder, stack) ? 0 : WIRE_FLAG_STACK));
	put_op(encoder, WIRE_OP_ALLOC, flags, seq);
	if ((flags & WIRE_FLAG_KIND) != 0)
		put_uv(encoder, kind);
	put_uv(encoder, size);
	if ((flags & WIRE_FLAG_USABLE) != 0)
		put_uv(encoder, usable);
	put_addr(encoder, flags, block);
	if ((flags & WIRE_FLAG_STACK) != 0)
		put_stack(encoder, stack);
}

void encoder_free(struct encoder *encoder, sequence_word seq, enum wire_kind kind, uintptr_t block)
{
	uint8_t flags;

	put_head(encoder, seq);
	flags = (uint8_t)(addr_flag(encoder->addr, block) |
			  (kind != WIRE_KIND_FREE ? WIRE_FLAG_KIND : 0));
	put_op(encoder, WIRE_OP_FREE, flags, seq);
	if ((flags & WIRE_FLAG_KIND) != 0)
		put_uv(encoder, kind);
	put_addr(encoder, flags, block);
}

void encoder_realloc(struct encoder *encoder, sequence_word seq, sequence_word old_seq,
		     enum wire_kind kind, uintptr_t old, size_t size, size_t usable,
		     uintptr_t block, const struct unwind_stack *stack)
{
	uint8_t flags;

	put_head(encoder, seq);
	flags = (uint8_t)(usable_flag(size, usable) | addr_flag(encoder->addr, old) |
			  addr_flag(old, block) | (kind != WIRE_KIND_REALLOC ? WIRE_FLAG_KIND : 0) |
			  (is_previous(encoder, stack) ? 0 : WIRE_FLAG_STACK));
	put_op(encoder, WIRE_OP_REALLOC, flags, seq);
	put_uv(encoder, (sequence_word)(seq - old_seq));
	if ((flags & WIRE_FLAG_KIND) != 0)
		put_uv(encoder, kind);
	put_addr(encoder, flags, old);
	put_uv(encoder, size);
	if ((flags & WIRE_FLAG_USABLE) != 0)
		put_uv(encoder, usable);
	put_addr(encoder, flags, block);
	if ((flags & WIRE_FLAG_STACK) != 0)
		put_stack(encoder, stack);
}

void encoder_fail(struct encoder *encoder, sequence_word seq, sequence_word old_seq,
		  enum wire_kind kind, size_t size, int error, uintptr_t old,
		  const struct unwind_stack *stack)
{
	size_t body;

	put_head(encoder, seq);
	body = extended_begin(encoder, WIRE_FAIL);
	put_seq(encoder, seq);
	put_uv(encoder, (sequence_word)(seq - old_seq));
	put_uv(encoder, kind);
	put_uv(encoder, size);
	put_uv(encoder, (uint64_t)error);
	put_uv(encoder, old);
	put_stack(encoder, stack);
	extended_end(encoder, body);
}

void encoder_mark(struct encoder *encoder, sequence_word seq, enum wire_extended type)
{
	size_t body;

	put_head(encoder, seq);
	body = extended_begin(encoder, type);
	put_seq(encoder, seq);
	extended_end(encoder, body);
}

void encoder_number(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		    uint64_t number)
{
	size_t body;

	put_head(encoder, seq);
	body = extended_begin(encoder, type);
	put_seq(encoder, seq);
	put_uv(encoder, number);
	extended_end(encoder, body);
}

void encoder_text(struct encoder *encoder, sequence_word seq, enum wire_extended type,
		  const char *text)
{
	size_t body;

	put_head(encoder, seq);
	body = extended_begin(encoder, type);
	put_seq(encoder, seq);
	put_str(encoder, text);
	extended_end(encoder, body);
}

void encoder_thread(struct encoder *encoder, sequence_word seq, const char *name)
{
	size_t body;

	put_head(encoder, seq);
	body = extended_begin(encoder, WIRE_THREAD);
	put_seq(encoder, seq);
	put_uv(encoder, encoder->tid);
	put_str(encoder, name);
	extended_end(encoder, body);
}

void encoder_map(struct encoder *encoder, sequence_word seq, const struct encoder_module *module)
{
	size_t body;

	put_head(encoder, seq);
	body = extended_begin(encoder, WIRE_MAP);
	put_seq(encoder, seq);
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

void encoder_lost(struct encoder *encoder, sequence_word seq)
{
	size_t body;

	put_head(encoder, seq);
	body = extended_begin(encoder, WIRE_LOST);
	put_seq(encoder, seq);
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
	if (n == ENCODER_STAGING_SIZE || !ring_write(encoder->ring, encoder->staging, n)) {
		encoder->is_restart_due = true;
		encoder->n_lost += n_lost;
		return false;
	}
	encoder->n_since_restart += n;
	if (encoder->n_since_restart >= WIRE_RESTART_INTERVAL - ENCODER_STAGING_SIZE)
		encoder->is_restart_due = true;
	return true;
}
