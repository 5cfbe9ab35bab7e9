// SPDX-License-Identifier: GPL-3.0-or-later
// Several states of a timeline made one.
#include "timeline_join.h"

#include <stdbool.h>
#include <stdlib.h>

#include "timeline_entries.h"
#include "util.h"

// Of charges with several entries that are joined: the last one, and the least that was live so far.
struct repeated {
	struct repeated_charge {
		uint32_t last;
		uint64_t least_bytes;
	} * list;
	size_t n, room;
};

enum { IS_REPEATED = INT32_MIN };

// Whether the entry, the `i`th, stays; then it has the deepest dip. `last` is its charge's.
static bool entry_joins(struct timeline_entry *entry, uint32_t i, uint32_t *last,
			struct repeated *repeated)
{
	if (*last == i) {
		return true;
	}
	uint64_t least = entry->live_bytes - entry->dip_bytes;
	if ((*last & (uint32_t)IS_REPEATED) == 0) {
		if (repeated->n == repeated->room) {
			repeated->room = grown_capacity(repeated->room, 0);
			repeated->list =
				xrealloc(repeated->list, repeated->room, sizeof(*repeated->list));
		}
		repeated->list[repeated->n] = (struct repeated_charge){ *last, least };
		*last = (uint32_t)IS_REPEATED | (uint32_t)repeated->n++;
		return false;
	}
	struct repeated_charge *charge = &repeated->list[*last & ~(uint32_t)IS_REPEATED];
	charge->least_bytes = least < charge->least_bytes ? least : charge->least_bytes;
	entry->dip_bytes = entry->live_bytes - charge->least_bytes;
	return charge->last == i;
}

void timeline_join(struct entry_list *list, struct entry_place from, struct entry_place end,
		   struct entry_place *to, uint32_t *last)
{
	struct timeline_entry entry;
	struct repeated repeated = { 0 };
	struct entry_reader reader = entry_list_read(list, from, end);
	for (uint32_t i = 0; entry_next(&reader); i++) {
		last[reader.charge] = i;
		entry_skip(&reader);
	}
	reader = entry_list_read(list, from, end);
	for (uint32_t i = 0; entry_read(&reader, &entry); i++) {
		if (entry_joins(&entry, i, &last[entry.charge], &repeated)) {
			entry_list_rewrite(list, to, &entry);
		}
	}
	free(repeated.list);
}
