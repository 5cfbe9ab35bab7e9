// SPDX-License-Identifier: GPL-3.0-or-later
// Where the program's own mappings lie: their addresses in order, so that those which a range touches are found.
#include "mappings.h"

#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "archive_parts.h"
#include "util.h"

void mappings_free(struct mappings *mappings)
{
	free(mappings->list);
	*mappings = (struct mappings){ 0 };
}

// The place of the first that ends behind `addr`.
static size_t place_of(const struct mappings *mappings, uint64_t addr)
{
	size_t low = 0, high = mappings->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct mapping *mapping = &mappings->list[middle];
		if (mapping->addr + mapping->size > addr) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

void mappings_add(struct mappings *mappings, const struct mapping *mapping)
{
	size_t at = place_of(mappings, mapping->addr);
	if (mappings->n == mappings->room) {
		mappings->room = grown_capacity(mappings->room, 0);
		mappings->list = xrealloc(mappings->list, mappings->room, sizeof(*mappings->list));
	}
	memmove(&mappings->list[at + 1], &mappings->list[at],
		(mappings->n - at) * sizeof(*mappings->list));
	mappings->list[at] = *mapping;
	mappings->n++;
}

struct mapping *mappings_find(struct mappings *mappings, uint64_t addr, uint64_t size)
{
	size_t at = place_of(mappings, addr);
	if (at == mappings->n || mappings->list[at].addr >= addr + size) {
		return NULL;
	}
	return &mappings->list[at];
}

void mappings_remove(struct mappings *mappings, struct mapping *mapping)
{
	size_t at = (size_t)(mapping - mappings->list);
	memmove(mapping, mapping + 1, (mappings->n - at - 1) * sizeof(*mapping));
	mappings->n--;
}

void mappings_archive(struct archive *archive, struct mappings *mappings)
{
	size_t n = mappings->n;
	archive_count(archive, &n);
	if (archive->is_reading) {
		mappings->list = xcalloc(n, sizeof(*mappings->list));
		mappings->n = mappings->room = n;
	}
	uint64_t end = 0;
	for (size_t i = 0; i < n; i++) {
		struct mapping *mapping = &mappings->list[i];
		archive_u64(archive, &mapping->addr);
		archive_u64(archive, &mapping->size);
		archive_u32(archive, &mapping->seq);
		if (mapping->addr < end || mapping->size == 0 ||
		    mapping->addr + mapping->size < mapping->addr) {
			archive_fail(archive, "mappings overlap");
		}
		end = mapping->addr + mapping->size;
	}
}
