// SPDX-License-Identifier: LGPL-2.1-or-later
// The bytes of allocations and frees (FORMAT.md, section 5): inline, as nearly all events are these, and nearly all of
// them are written to the ring's memory at once.
#ifndef LIBDUMPALLOC_ENCODER_QUICK_H
#define LIBDUMPALLOC_ENCODER_QUICK_H

#include "libdumpalloc/encoder.h"
#include "unwind/minimal.h"

enum {
	// New frames of a quick record's stack; with ids of 2 bytes they leave room for everything else.
	ENCODER_QUICK_FRAMES = 32,
};
_Static_assert(RING_RECORD_MAX >= 2 + 8 * WIRE_VARINT_MAX + 3 * (ENCODER_QUICK_FRAMES + 1),
	       "a quick record has room");

#ifdef __OPTIMIZE_SIZE__
#define ENCODE_INLINE static inline
#else
#define ENCODE_INLINE static inline __attribute__((always_inline))
#endif

// All of these write at `at` and return the end of what they wrote.
ENCODE_INLINE uint8_t *encode_uv(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

// The same for what fits a register of a 32-bit machine.
ENCODE_INLINE uint8_t *encode_word(uint8_t *at, uintptr_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

// The same as those without `apart`, not inline.
uint8_t *encode_uv_apart(uint8_t *at, uint64_t value);
uint8_t *encode_free_apart(struct encoder *encoder, uint8_t *at, sequence_word seq,
			   enum wire_kind kind, uintptr_t block, size_t size);
uint8_t *encode_block_apart(struct encoder *encoder, uint8_t *at, enum wire_op op,
			    const struct encoder_block *block, uint8_t flags);

// An `sv` as the `uv` it is written as.
ENCODE_INLINE uint64_t encode_sign(uint64_t value)
{
	return (value << 1) ^ (0 - (value >> 63));
}

ENCODE_INLINE uint8_t encode_addr_flag(uint64_t from, uint64_t to)
{
	return ((to - from) & ((1u << ENCODER_ADDRESS_SHIFT) - 1)) != 0 ? WIRE_FLAG_ADDR : 0;
}

ENCODE_INLINE uint8_t *encode_addr(struct encoder *encoder, uint8_t *at, uint8_t flags,
				   uintptr_t block)
{
	uintptr_t from = encoder->addr;

	encoder->addr = block;
	// Bit 0 is the sign; a negative multiple is coded as one less than a multiple, and rounded down.
	if (sizeof(uintptr_t) > 4) {
		uint64_t code = encode_sign((uint64_t)block - from);
		return encode_uv(at, (flags & WIRE_FLAG_ADDR) == 0 ? code >> ENCODER_ADDRESS_SHIFT
								   : code);
	}
	// The same in a register: only of an odd difference the code may not fit one.
	if (__builtin_expect((flags & WIRE_FLAG_ADDR) != 0, 0))
		return encode_uv_apart(at, encode_sign((uint64_t)block - from));
	bool is_less = block < from;
	uintptr_t way = is_less ? from - block : block - from;
	return encode_word(at, (way >> (ENCODER_ADDRESS_SHIFT - 1)) - is_less);
}

ENCODE_INLINE size_t encode_usable(size_t size)
{
	size_t rounded = (size + ENCODER_USABLE_OVERHEAD + ENCODER_USABLE_ALIGN - 1) /
				 ENCODER_USABLE_ALIGN * ENCODER_USABLE_ALIGN -
			 ENCODER_USABLE_OVERHEAD;

	return rounded > ENCODER_USABLE_MIN ? rounded : ENCODER_USABLE_MIN;
}

ENCODE_INLINE uint8_t *encode_op(struct encoder *encoder, uint8_t *at, enum wire_op op,
				 uint8_t flags, sequence_word seq)
{
	sequence_word delta = seq - encoder->seq;

	encoder->seq = seq;
	if (__builtin_expect(delta == 1, 1)) {
		*at++ = (uint8_t)((unsigned)op | flags);
		return at;
	}
	*at++ = (uint8_t)((unsigned)op | flags | WIRE_FLAG_SEQ);
	return encode_word(at, delta);
}

// Whether a release by a function of the kind is told the size of the block.
ENCODE_INLINE bool encode_is_told(enum wire_kind kind, size_t size)
{
	return kind > WIRE_KIND_FREE && size != ENCODER_NO_SIZE;
}

ENCODE_INLINE uint8_t *encode_free(struct encoder *encoder, uint8_t *at, sequence_word seq,
				   enum wire_kind kind, uintptr_t block, bool is_told, size_t size)
{
	uint8_t flags = encode_addr_flag(encoder->addr, block);

	if (is_told)
		flags |= WIRE_FLAG_SIZE;
	if (kind != (is_told ? WIRE_KIND_DELETE : WIRE_KIND_FREE))
		flags |= WIRE_FLAG_KIND;
	at = encode_op(encoder, at, WIRE_OP_FREE, flags, seq);
	if ((flags & WIRE_FLAG_KIND) != 0)
		at = encode_word(at, kind);
	if (is_told)
		at = encode_word(at, size);
	return encode_addr(encoder, at, flags, block);
}

// An allocation (`op` ALLOC) or reallocation, without its stack; `flags`: WIRE_FLAG_STACK or none.
ENCODE_INLINE uint8_t *encode_block(struct encoder *encoder, uint8_t *at, enum wire_op op,
				    const struct encoder_block *block, uint8_t flags)
{
	bool is_realloc = op == WIRE_OP_REALLOC;
	bool has_kind = block->kind != (is_realloc ? WIRE_KIND_REALLOC : WIRE_KIND_MALLOC);
	bool has_usable = block->usable != encode_usable(block->size);

	flags |= encode_addr_flag(is_realloc ? block->old : encoder->addr, block->block);
	if (is_realloc)
		flags |= encode_addr_flag(encoder->addr, block->old);
	flags |= (uint8_t)((has_kind ? WIRE_FLAG_KIND : 0) | (has_usable ? WIRE_FLAG_USABLE : 0));
	at = encode_op(encoder, at, op, flags, block->seq);
	if (is_realloc)
		at = encode_word(at, (sequence_word)(block->seq - block->old_seq));
	if (has_kind)
		at = encode_word(at, block->kind);
	if (is_realloc)
		at = encode_addr(encoder, at, flags, block->old);
	at = encode_word(at, block->size);
	if (__builtin_expect(has_usable, 0))
		at = encode_word(at, block->usable);
	return encode_addr(encoder, at, flags, block->block);
}

// Whether the stack, of which `kept` frames are the previous one's, is that again.
ENCODE_INLINE bool encode_is_same(const struct encoder *encoder, const struct unwind_stack *stack,
				  size_t kept)
{
	return kept == stack->n_pcs && kept == encoder->n_previous &&
	       stack->cut == encoder->previous_cut;
}

// The compiler is not to expect a kind of more bytes than one: only the relay has them.
ENCODE_INLINE void encode_has_no_marks(enum wire_kind kind)
{
	if ((kind & ~(unsigned)WIRE_KIND_NUMBER) != 0)
		__builtin_unreachable();
}

// While the encoder has room: writes and publishes a free.
ENCODE_INLINE void encoder_quick_free(struct encoder *encoder, sequence_word seq,
				      enum wire_kind kind, uintptr_t block, bool is_told,
				      size_t size)
{
	uint8_t *at = encoder->window.at;

	encode_has_no_marks(kind);
	at = IS_MINIMAL ? encode_free_apart(encoder, at, seq, kind, block, size)
			: encode_free(encoder, at, seq, kind, block, is_told, size);
	ring_publish(encoder->ring, &encoder->window, at);
}

// Makes the stack the previous one, which it shares `kept` frames with, and tells the codes of the others, innermost
// first. False: some of those must be defined, or are too many for a quick record; the previous stack is then
// what both share.
ENCODE_INLINE bool encoder_quick_frames(struct encoder *encoder, const struct unwind_stack *stack,
					size_t kept, uint16_t *codes)
{
	const uintptr_t *pcs = stack->pcs;
	const uint8_t *hows = stack->hows;
	size_t n_new = stack->n_pcs - kept, first = ENCODER_DEPTH_MAX - stack->n_pcs;

	encoder->n_previous = kept;
	if (__builtin_expect(n_new > ENCODER_QUICK_FRAMES, 0))
		return false;
	for (size_t i = 0; i < n_new; i++) {
		uintptr_t pc = pcs[i];
		uint8_t how = hows[i];
		const struct encoder_frame *frame = encoder_find(encoder, pc, how);

		if (__builtin_expect(frame == NULL, 0))
			return false;
		codes[i] = frame->code;
		encoder->previous[first + i] = pc;
		encoder->previous_hows[first + i] = how;
	}
	encoder->n_previous = stack->n_pcs;
	encoder->previous_cut = stack->cut;
	return true;
}

// While the encoder has room: writes and publishes an allocation or reallocation, whose stack is the previous one
// again, or is made so by encoder_quick_frames.
ENCODE_INLINE void encoder_quick_block(struct encoder *encoder, enum wire_op op,
				       const struct encoder_block *block,
				       const struct unwind_stack *stack, size_t kept, bool is_same,
				       const uint16_t *codes)
{
	size_t n_new = stack->n_pcs - kept;
	uint8_t flags = is_same ? 0 : WIRE_FLAG_STACK, *at = encoder->window.at;

	encode_has_no_marks(block->kind);
	at = IS_MINIMAL ? encode_block_apart(encoder, at, op, block, flags)
			: encode_block(encoder, at, op, block, flags);
	if (!is_same) {
		at = encode_word(at, kept);
		at = encode_word(at, (uintptr_t)n_new << WIRE_CUT_BITS | stack->cut);
		for (size_t i = n_new; i > 0; i--) {
			unsigned code = codes[i - 1];

			at[0] = (uint8_t)code;
			at[1] = (uint8_t)(code >> 8);
			at += 1 + (code > UINT8_MAX);
		}
	}
	ring_publish(encoder->ring, &encoder->window, at);
}

#endif
