// SPDX-License-Identifier: GPL-3.0-or-later
// The entries of a timeline in the order of time, packed: a dozen bytes each where they have 56 in the open.
#ifndef READALLOC_TIMELINE_ENTRIES_H
#define READALLOC_TIMELINE_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The costs of a charge at the end of a state, and how many bytes less than there are live then had been live within it, after
// its first change there.
struct timeline_entry {
	uint32_t charge;
	uint64_t live_bytes, live_blocks, total_bytes, total_blocks, temporary_blocks, dip_bytes;
};

// Each is its charge as the difference to the one before, with a bit that says whether there is a dip; its costs; and the bytes
// live in the dip if there is one: all as varints. Zeroed memory is an empty list.
struct entry_list {
	uint8_t *bytes;
	size_t size, room;
	size_t n;
	uint32_t charge; // of the last
};

// A place between two entries.
struct entry_place {
	size_t n;        // entries before it
	size_t at;       // the bytes they take
	uint32_t charge; // of the one before
};

// Walks the entries from one place to another. The list must not change.
struct entry_reader {
	const uint8_t *at, *end;
	uint32_t charge; // of the entry read last
	bool has_dip;
};

void entry_list_free(struct entry_list *list);

void entry_list_add(struct entry_list *list, const struct timeline_entry *entry);

// The place behind the last entry.
struct entry_place entry_list_end(const struct entry_list *list);

struct entry_reader entry_list_read(const struct entry_list *list, struct entry_place from,
				    struct entry_place to);

// False: there are no more.
bool entry_read(struct entry_reader *reader, struct timeline_entry *entry);

// The same in two steps: goes on to the next entry, whose charge is then the reader's; and takes, or skips, what is known of it.
bool entry_next(struct entry_reader *reader);
void entry_take(struct entry_reader *reader, struct timeline_entry *entry);
void entry_skip(struct entry_reader *reader);

// Puts the entry at `place` of a list that is read there and further on, and moves the place behind it: what is written
// takes no more bytes than what was read, if all that is written was read in this order.
void entry_list_rewrite(struct entry_list *list, struct entry_place *place,
			const struct timeline_entry *entry);

// Everything behind `place` is gone.
void entry_list_cut(struct entry_list *list, struct entry_place place);

#endif
