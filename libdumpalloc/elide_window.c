// SPDX-License-Identifier: LGPL-2.1-or-later
// The events that have come and not gone to the sink, by their numbers, and which of them are left out.
#define _GNU_SOURCE
#include "libdumpalloc/elide_window.h"

#include "libdumpalloc/elide_live.h"
#include "libdumpalloc/pages.h"
#include "libdumpalloc/region.h"

enum { SLOTS_LEAST = 1 << 14 };

// Only blocks are left out that are allocated and released by functions of the same group.
enum group {
	GROUP_MALLOC,
	GROUP_NEW,
	GROUP_NEW_ARRAY,
	GROUP_NEW_ALIGNED,
	GROUP_NEW_ARRAY_ALIGNED,
	GROUP_NONE, // never
};

struct elide_window elide_window;

static struct elide_slot *slots;
static uint32_t n_slots; // a power of two
static sequence_word
	*lasts; // by the number of the ring: of its thread's last allocation before `next`
static sequence_word barrier; // the last before `next`
static sequence_word peak_at; // number of the event that made the last peak before `next`
static uint64_t live, peak;   // bytes

bool elide_window_start(unsigned limit)
{
	size_t size;

	// Room to look as far ahead again as a block may live.
	for (n_slots = SLOTS_LEAST; n_slots < 2 * limit;)
		n_slots *= 2;
	size = n_slots * sizeof *slots + region_current->n_rings * sizeof *lasts;
	slots = pages_map(size);
	if (slots == NULL)
		return false;
	lasts = (sequence_word *)(slots + n_slots);
	elide_window = (struct elide_window){ .limit = limit, .base = 1, .next = 1 };
	return true;
}

struct elide_slot *elide_slot_at(sequence_word seq)
{
	return &slots[seq & (n_slots - 1)];
}

uint32_t elide_window_size(void)
{
	return n_slots;
}

// Nothing is left out any more of what has not come.
void elide_window_end(enum wire_elided reason)
{
	if (elide_window.is_over)
		return;
	elide_window.is_over = true;
	elide_window.reason = reason;
}

static enum group group_of(unsigned kind)
{
	switch (kind) {
	case WIRE_KIND_NEW:
	case WIRE_KIND_DELETE:
		return GROUP_NEW;
	case WIRE_KIND_NEW_ARRAY:
	case WIRE_KIND_DELETE_ARRAY:
		return GROUP_NEW_ARRAY;
	case WIRE_KIND_NEW_ALIGNED:
	case WIRE_KIND_DELETE_ALIGNED:
		return GROUP_NEW_ALIGNED;
	case WIRE_KIND_NEW_ARRAY_ALIGNED:
	case WIRE_KIND_DELETE_ARRAY_ALIGNED:
		return GROUP_NEW_ARRAY_ALIGNED;
	default:
		return kind < WIRE_KIND_NEW || kind == WIRE_KIND_FREE ? GROUP_MALLOC : GROUP_NONE;
	}
}

static enum elide_slot_type type_of(const struct elide_record *record)
{
	if (record->op != WIRE_OP_EXTENDED)
		return record->op == WIRE_OP_FREE ? ELIDE_FREE : ELIDE_ALLOC;
	return record->type == WIRE_FAIL || record->type == WIRE_POOL_ALLOC ||
			       record->type == WIRE_POOL_FREE
		       ? ELIDE_OTHER
		       : ELIDE_BARRIER;
}

void elide_window_fill(const struct elide_record *record, uint32_t ring)
{
	const struct encoder_block *block = &record->block;
	bool is_plain = record->op != WIRE_OP_REALLOC &&
			(record->op == WIRE_OP_FREE || block->usable >= block->size);
	struct elide_slot *slot = elide_slot_at(block->seq);

	*slot = (struct elide_slot){
		.address = block->block,
		.size = block->size,
		.ring = (uint16_t)ring,
		.type = (uint8_t)type_of(record),
		.group = (uint8_t)(is_plain ? group_of(record->kind) : GROUP_NONE),
	};
	if (block->old_seq != block->seq)
		*elide_slot_at(block->old_seq) = (struct elide_slot){
			.address = block->old,
			.span = block->seq - block->old_seq,
			.ring = (uint16_t)ring,
			.type = record->op == WIRE_OP_REALLOC ? ELIDE_FREE : ELIDE_OTHER,
			.group = GROUP_NONE,
		};
}

// What a release means for the block that it releases.
static void follow_free(struct elide_slot *slot)
{
	const sequence_word now = elide_window.next;
	struct elide_live *block = elide_live_find(slot->address);

	if (block == NULL)
		return;
	struct elide_slot *allocation = elide_slot_at(block->seq);
	sequence_word life = now - block->seq;
	slot->life = (uint32_t)life;
	if (life <= elide_window.limit && life <= (sequence_word)(now - elide_window.base) &&
	    now - barrier > life && allocation->ring == slot->ring &&
	    allocation->group == slot->group && slot->group != GROUP_NONE &&
	    (slot->size == block->size || slot->size == ENCODER_NO_SIZE)) {
		allocation->life = (uint32_t)life;
		allocation->is_temporary = lasts[slot->ring] == block->seq;
	}
	live -= block->size;
	elide_live_remove(block);
}

// False: there are too many blocks.
static bool follow_alloc(const struct elide_slot *slot)
{
	struct elide_live *present = elide_live_find(slot->address);

	if (present != NULL) {
		live -= present->size;
		elide_live_remove(present);
	}
	if (!elide_live_add(&(struct elide_live){ slot->address, slot->size, elide_window.next }))
		return false;
	live += slot->size;
	if (live > peak) {
		peak = live;
		peak_at = elide_window.next;
	}
	lasts[slot->ring] = elide_window.next;
	return true;
}

// Follows the events in their order as far as all have come.
void elide_window_follow(void)
{
	while (!elide_window.is_over &&
	       (sequence_word)(elide_window.next - elide_window.base) < n_slots) {
		struct elide_slot *slot = elide_slot_at(elide_window.next);
		if (slot->type == ELIDE_EMPTY)
			return;
		if (slot->type == ELIDE_FREE) {
			follow_free(slot);
		} else if (slot->type == ELIDE_BARRIER) {
			// First all before it goes to the sink: the peak until then is exact, too.
			elide_window.is_at_barrier = elide_window.next != elide_window.base;
			if (elide_window.is_at_barrier)
				return;
			barrier = elide_window.next;
		} else if (slot->type == ELIDE_ALLOC && !follow_alloc(slot)) {
			elide_live_forget();
			elide_window_end(WIRE_ELIDED_FULL);
			return;
		}
		elide_window.next++;
	}
}

bool elide_window_has_peak(void)
{
	return (sequence_word)(peak_at - elide_window.base) <
	       (sequence_word)(elide_window.next - elide_window.base);
}

// Up to a barrier, and whole records.
size_t elide_window_ready(size_t most)
{
	size_t n = 0, i, whole_at = 0;

	for (i = 0; i < most; i++) {
		const struct elide_slot *slot = elide_slot_at(elide_window.base + i);
		if (i >= whole_at) {
			n = i;
			if (slot->type == ELIDE_BARRIER && i != 0)
				return i;
		}
		if (i + slot->span >= whole_at)
			whole_at = i + slot->span + 1;
	}
	// A record that waits for a number in its midst must not keep others waiting whose numbers come only once there is room.
	return i >= whole_at || n == 0 ? i : n;
}

// The number that an event gets in the stream: of all that stay, one after the other.
sequence_word elide_window_number(sequence_word seq)
{
	return seq - (elide_window.is_raw ? elide_window.n_elided : elide_slot_at(seq)->size);
}

// Whether what is released at `seq` seems to have lived for a shorter time than it did.
static bool seems_short(sequence_word seq, uint32_t life)
{
	sequence_word first = seq - life;

	if (life <= WIRE_SHORT_LIFE)
		return false;
	// Of what has gone to the sink it is not known when.
	if (life > (sequence_word)(seq - elide_window.base))
		first = elide_window.base;
	return elide_window_number(seq) - elide_window_number(first) <= WIRE_SHORT_LIFE;
}

// Decides which of the next `n` events are left out. A block that is live at the last peak stays; those of earlier peaks, that
// live no more, need not.
void elide_window_decide(size_t n)
{
	sequence_word n_elided = elide_window.n_elided;

	for (size_t i = 0; i < n; i++) {
		sequence_word seq = elide_window.base + i;
		struct elide_slot *slot = elide_slot_at(seq);
		if (slot->type == ELIDE_ALLOC && slot->life != 0 &&
		    (sequence_word)(seq + slot->life - 1 - peak_at) >= slot->life)
			slot->is_elided = elide_slot_at(seq + slot->life)->is_elided = true;
		slot->size = n_elided;
		n_elided += slot->is_elided;
		if (slot->type == ELIDE_FREE)
			slot->is_not_short = seems_short(seq, slot->life);
	}
}

void elide_window_pass(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct elide_slot *slot = elide_slot_at(elide_window.base + i);
		elide_window.n_elided += slot->is_elided;
		slot->type = ELIDE_EMPTY;
	}
	elide_window.base += n;
}
