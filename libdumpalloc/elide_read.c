// SPDX-License-Identifier: LGPL-2.1-or-later
// Reads the records of one thread from its ring, as a reader of the stream does (FORMAT.md, sections 5 to 7).
#include "libdumpalloc/elide_read.h"

#include "libdumpalloc/encoder_quick.h"

static uint8_t get_byte(struct elide_reader *reader)
{
	return reader->ring->bytes[reader->at++ & (reader->ring->size - 1)];
}

static uint64_t get_uv(struct elide_reader *reader)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = get_byte(reader);
		value |= (uint64_t)(byte & 0x7F) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0 && shift < 64);
	return value;
}

// What fits a register of the machine.
static uintptr_t get_word(struct elide_reader *reader)
{
	return (uintptr_t)get_uv(reader);
}

static uintptr_t get_sv(struct elide_reader *reader)
{
	uint64_t value = get_uv(reader);

	return (uintptr_t)(value >> 1 ^ (0 - (value & 1)));
}

static uintptr_t get_address(struct elide_reader *reader, unsigned head)
{
	uintptr_t delta = get_sv(reader);

	reader->address += (head & WIRE_FLAG_ADDR) != 0 ? delta : delta << ENCODER_ADDRESS_SHIFT;
	return reader->address;
}

static void get_frame(struct elide_reader *reader, size_t level)
{
	struct elide_stack *stack = reader->stack;
	size_t id = get_word(reader);

	if (id == 0) {
		id = get_word(reader);
		unsigned how = (unsigned)get_word(reader);
		uintptr_t delta = get_sv(reader);
		if (stack == NULL)
			return;
		stack->pc += delta;
		stack->frame_pcs[id % ENCODER_FRAMES] = stack->pc;
		stack->frame_hows[id % ENCODER_FRAMES] = (uint8_t)how;
	} else {
		id--;
	}
	if (stack == NULL)
		return;
	stack->pcs[ENCODER_DEPTH_MAX - 1 - level] = stack->frame_pcs[id % ENCODER_FRAMES];
	stack->hows[ENCODER_DEPTH_MAX - 1 - level] = stack->frame_hows[id % ENCODER_FRAMES];
}

static void get_stack(struct elide_reader *reader)
{
	struct elide_stack *stack = reader->stack;
	size_t level = get_word(reader);
	uintptr_t pushed = get_word(reader);
	size_t depth = level + (pushed >> WIRE_CUT_BITS);

	// Only what the program has overwritten is deeper.
	if (depth > ENCODER_DEPTH_MAX || level > depth)
		return;
	if (stack != NULL) {
		stack->n_kept = level < stack->n_kept ? level : stack->n_kept;
		stack->n_nodes = level < stack->n_nodes ? level : stack->n_nodes;
		stack->depth = depth;
		stack->cut = pushed & ((1u << WIRE_CUT_BITS) - 1);
	}
	for (; level < depth; level++)
		get_frame(reader, level);
}

static void get_restart(struct elide_reader *reader)
{
	reader->seq = get_word(reader);
	reader->time = get_uv(reader);
	reader->address = get_word(reader);
	reader->tid = (uint32_t)get_word(reader);
	reader->n_restarts++;
	if (reader->stack != NULL) {
		reader->stack->pc = 0;
		reader->stack->depth = 0;
		reader->stack->cut = WIRE_CUT_WHOLE;
		reader->stack->n_kept = reader->stack->n_nodes = 0;
	}
}

// False: it has no number.
static bool get_extended(struct elide_reader *reader)
{
	struct elide_record *record = &reader->record;
	unsigned n_fields = 0;

	record->type = (uint8_t)get_word(reader);
	record->end = (uint32_t)get_word(reader);
	record->end += reader->at;
	if (record->type == WIRE_RESTART || record->type == WIRE_TIME) {
		if (record->type == WIRE_RESTART)
			get_restart(reader);
		else
			reader->time += get_word(reader);
		reader->at = record->end;
		return false;
	}
	reader->seq += get_word(reader);
	record->block.seq = record->block.old_seq = reader->seq;
	if (record->type == WIRE_FAIL) {
		record->block.old_seq -= get_word(reader);
		n_fields = 4;
	}
	if (record->type == WIRE_POOL_ALLOC)
		n_fields = 3;
	record->body = reader->at;
	record->has_stack = n_fields != 0;
	for (; n_fields > 0; n_fields--)
		(void)get_uv(reader);
	record->stack = reader->at;
	if (record->has_stack)
		get_stack(reader);
	reader->at = record->end;
	return true;
}

_Static_assert((int)WIRE_OP_ALLOC == (int)WIRE_KIND_MALLOC, "the kind of a record that has none");
_Static_assert((int)WIRE_OP_REALLOC == (int)WIRE_KIND_REALLOC, "the same");

static void get_block(struct elide_reader *reader, unsigned head)
{
	struct elide_record *record = &reader->record;
	struct encoder_block *block = &record->block;

	reader->seq += (head & WIRE_FLAG_SEQ) != 0 ? get_word(reader) : 1;
	block->seq = block->old_seq = reader->seq;
	if (record->op == WIRE_OP_REALLOC)
		block->old_seq -= get_word(reader);
	record->kind = record->op;
	if (record->op == WIRE_OP_FREE)
		record->kind = (head & WIRE_FLAG_SIZE) != 0 ? WIRE_KIND_DELETE : WIRE_KIND_FREE;
	if ((head & WIRE_FLAG_KIND) != 0)
		record->kind = (uint8_t)get_word(reader);
	block->kind = (enum wire_kind)record->kind;
	if (record->op == WIRE_OP_REALLOC)
		block->old = get_address(reader, head);
	if (record->op == WIRE_OP_FREE) {
		block->size = (head & WIRE_FLAG_SIZE) != 0 ? get_word(reader) : ENCODER_NO_SIZE;
	} else {
		block->size = get_word(reader);
		block->usable = (head & WIRE_FLAG_USABLE) != 0 ? get_word(reader)
							       : encode_usable(block->size);
	}
	block->block = get_address(reader, head);
	record->has_stack = (head & WIRE_FLAG_STACK) != 0;
	if (record->has_stack)
		get_stack(reader);
}

bool elide_read(struct elide_reader *reader, uint32_t head)
{
	while (!reader->has_record && reader->at != head) {
		reader->start = reader->at;
		unsigned first = get_byte(reader);
		reader->record.op = first & WIRE_OP_MASK;
		if (reader->record.op == WIRE_OP_EXTENDED) {
			reader->has_record = get_extended(reader);
		} else {
			get_block(reader, first);
			reader->has_record = true;
		}
		// Only what the program has overwritten ends elsewhere.
		if (head - reader->at > reader->ring->size)
			reader->at = head;
	}
	return reader->has_record;
}
