// SPDX-License-Identifier: GPL-3.0-or-later
// The entries of a timeline in the order of time, packed: a dozen bytes each where they have 56 in the open.
#include "timeline_entries.h"

#include <stdlib.h>

#include "cursor.h"
#include "util.h"

enum { ENTRY_SIZE_MAX = 7 * 10 }; // seven varints of 64 bits

void entry_list_free(struct entry_list *list)
{
	free(list->bytes);
	*list = (struct entry_list){ 0 };
}

static uint8_t *put(uint8_t *at, uint64_t value)
{
	for (; value >= 0x80; value >>= 7) {
		*at++ = (uint8_t)(value | 0x80);
	}
	*at++ = (uint8_t)value;
	return at;
}

// Most numbers have one byte.
static inline uint64_t take(const uint8_t **at)
{
	uint64_t value = *(*at)++;
	if (value < 0x80) {
		return value;
	}
	value &= 0x7f;
	unsigned shift = 7;
	for (;; shift += 7) {
		uint64_t byte = *(*at)++;
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80) {
			return value;
		}
	}
}

// What was ever allocated is written as what is more than what is live: that is often nothing. Where the difference is below
// 0, as a damaged stream may have it, it wraps around.
static uint8_t *encode(uint8_t *at, uint32_t charge_before, const struct timeline_entry *entry)
{
	int64_t step = (int64_t)entry->charge - (int64_t)charge_before;
	bool has_dip = entry->dip_bytes != 0;
	at = put(at, ((uint64_t)step << 1 ^ (step < 0 ? UINT64_MAX : 0)) << 1 | has_dip);
	at = put(at, entry->live_bytes);
	at = put(at, entry->live_blocks);
	at = put(at, entry->total_bytes - entry->live_bytes);
	at = put(at, entry->total_blocks - entry->live_blocks);
	at = put(at, entry->temporary_blocks);
	return has_dip ? put(at, entry->live_bytes - entry->dip_bytes) : at;
}

void entry_list_add(struct entry_list *list, const struct timeline_entry *entry)
{
	if (list->room - list->size < ENTRY_SIZE_MAX) {
		list->room = grown_capacity(list->room, list->size + ENTRY_SIZE_MAX);
		list->bytes = xrealloc(list->bytes, list->room, 1);
	}
	uint8_t *end = encode(list->bytes + list->size, list->charge, entry);
	list->size = (size_t)(end - list->bytes);
	list->charge = entry->charge;
	list->n++;
}

struct entry_place entry_list_end(const struct entry_list *list)
{
	return (struct entry_place){ list->n, list->size, list->charge };
}

struct entry_reader entry_list_read(const struct entry_list *list, struct entry_place from,
				    struct entry_place to)
{
	return (struct entry_reader){ list->bytes + from.at, list->bytes + to.at, from.charge,
				      false };
}

bool entry_next(struct entry_reader *reader)
{
	if (reader->at == reader->end) {
		return false;
	}
	uint64_t head = take(&reader->at), step = head >> 1;
	reader->charge += (uint32_t)(step >> 1 ^ (0 - (step & 1)));
	reader->has_dip = head & 1;
	return true;
}

// Eight bytes, the lowest first.
static inline uint64_t word_at(const uint8_t *bytes)
{
	return bytes_u32(bytes) | (uint64_t)bytes_u32(bytes + 4) << 32;
}

void entry_skip(struct entry_reader *reader)
{
	unsigned n = reader->has_dip ? 6 : 5;
	const uint8_t *at = reader->at;
	// The last byte of a number has its highest bit clear: most often the last of all are among these.
	if ((size_t)(reader->end - at) >= sizeof(uint64_t)) {
		uint64_t last = ~word_at(at) & UINT64_C(0x8080808080808080);
		for (unsigned i = 1; i < n; i++) {
			last &= last - 1;
		}
		if (last != 0) {
			reader->at = at + (__builtin_ctzll(last) >> 3) + 1;
			return;
		}
	}
	while (n > 0) {
		n -= *at++ < 0x80;
	}
	reader->at = at;
}

void entry_take(struct entry_reader *reader, struct timeline_entry *entry)
{
	entry->charge = reader->charge;
	entry->live_bytes = take(&reader->at);
	entry->live_blocks = take(&reader->at);
	entry->total_bytes = entry->live_bytes + take(&reader->at);
	entry->total_blocks = entry->live_blocks + take(&reader->at);
	entry->temporary_blocks = take(&reader->at);
	entry->dip_bytes = reader->has_dip ? entry->live_bytes - take(&reader->at) : 0;
}

bool entry_read(struct entry_reader *reader, struct timeline_entry *entry)
{
	if (!entry_next(reader)) {
		return false;
	}
	entry_take(reader, entry);
	return true;
}

void entry_list_rewrite(struct entry_list *list, struct entry_place *place,
			const struct timeline_entry *entry)
{
	// The step from one charge to a later one takes no more bytes than all those between them: each has one at least,
	// and the sum of two numbers has one byte more than the larger at most. A dip that comes from an entry that is dropped
	// takes no more than the bytes that were live at the end of that one.
	uint8_t *end = encode(list->bytes + place->at, place->charge, entry);
	place->at = (size_t)(end - list->bytes);
	place->charge = entry->charge;
	place->n++;
}

void entry_list_cut(struct entry_list *list, struct entry_place place)
{
	list->n = place.n;
	list->size = place.at;
	list->charge = place.charge;
}
