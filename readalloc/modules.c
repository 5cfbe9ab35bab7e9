// SPDX-License-Identifier: GPL-3.0-or-later
// Which module stands at an address, at the moment the events have reached.
#include "modules.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "archive_parts.h"
#include "event.h"
#include "snapshot.h"
#include "util.h"

struct module_entry {
	struct module module;
	uint32_t n_segments;
	struct note_segment *segments;
};

void modules_init(struct modules *modules)
{
	*modules = (struct modules){ .generation = 1, .address_mask = UINT64_MAX };
}

void modules_free(struct modules *modules)
{
	for (size_t i = 0; i < modules->n_modules; i++) {
		free(modules->modules[i]->segments);
		free(modules->modules[i]->module.path);
		free(modules->modules[i]);
	}
	free(modules->modules);
	free(modules->ranges);
	modules_init(modules);
}

const struct module *modules_at(const struct modules *modules, size_t i)
{
	return &modules->modules[i]->module;
}

void modules_set_word_size(struct modules *modules, uint64_t word_size)
{
	modules->address_mask = word_size == 4 ? UINT32_MAX : UINT64_MAX;
}

static bool segments_equal(const struct module_entry *entry, const struct note *note)
{
	if (entry->n_segments != note->n_segments) {
		return false;
	}
	for (uint32_t i = 0; i < note->n_segments; i++) {
		const struct note_segment *a = &entry->segments[i];
		const struct note_segment *b = &note->segments[i];
		if (a->addr != b->addr || a->size != b->size || a->flags != b->flags) {
			return false;
		}
	}
	return true;
}

static void entry_add(struct modules *modules, struct module_entry *entry)
{
	if (modules->n_modules == modules->modules_room) {
		modules->modules_room = grown_capacity(modules->n_modules, 0);
		modules->modules = xrealloc(modules->modules, modules->modules_room,
					    sizeof(struct module_entry *));
	}
	modules->modules[modules->n_modules++] = entry;
}

static const struct module *module_intern(struct modules *modules, const struct note *note)
{
	for (size_t i = 0; i < modules->n_modules; i++) {
		const struct module *known = &modules->modules[i]->module;
		if (known->build_id_size == note->build_id_size &&
		    memcmp(known->build_id, note->build_id, note->build_id_size) == 0 &&
		    strcmp(known->path, note->text) == 0 &&
		    segments_equal(modules->modules[i], note)) {
			return known;
		}
	}
	struct module_entry *entry = xcalloc(1, sizeof(*entry));
	entry->module.path = xstrndup(note->text, strlen(note->text));
	memcpy(entry->module.build_id, note->build_id, note->build_id_size);
	entry->module.build_id_size = note->build_id_size;
	entry->module.load_bias = note->load_bias;
	entry->module.flags = (uint32_t)note->flags;
	entry->n_segments = note->n_segments;
	entry->segments = xcalloc(note->n_segments, sizeof(*entry->segments));
	memcpy(entry->segments, note->segments, note->n_segments * sizeof(*entry->segments));
	entry_add(modules, entry);
	return &entry->module;
}

// The first range that ends after `addr`.
static size_t range_after(const struct modules *modules, uint64_t addr)
{
	size_t low = 0;
	size_t high = modules->n_ranges;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (modules->ranges[middle].end <= addr) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static void ranges_put(struct modules *modules, const struct range *range)
{
	size_t first = range_after(modules, range->start);
	size_t end = first;
	while (end < modules->n_ranges && modules->ranges[end].start < range->end) {
		end++;
	}
	if (modules->n_ranges + 1 > modules->ranges_room) {
		modules->ranges_room = grown_capacity(modules->n_ranges, 0);
		modules->ranges =
			xrealloc(modules->ranges, modules->ranges_room, sizeof(*modules->ranges));
	}
	memmove(&modules->ranges[first + 1], &modules->ranges[end],
		(modules->n_ranges - end) * sizeof(*modules->ranges));
	modules->ranges[first] = *range;
	modules->n_ranges = modules->n_ranges + 1 - (end - first);
}

void modules_map(struct modules *modules, const struct note *note)
{
	const struct module *module = module_intern(modules, note);
	for (uint32_t i = 0; i < note->n_segments; i++) {
		const struct note_segment *segment = &note->segments[i];
		struct range range = { .mapping = note->number,
				       .load_bias = note->load_bias,
				       .module = module };
		range.start = (note->load_bias + segment->addr) & modules->address_mask;
		range.end = range.start + segment->size;
		if (range.end > range.start) {
			ranges_put(modules, &range);
		}
	}
	modules->generation++;
}

void modules_unmap(struct modules *modules, uint64_t mapping)
{
	size_t kept = 0;
	for (size_t i = 0; i < modules->n_ranges; i++) {
		if (modules->ranges[i].mapping != mapping) {
			modules->ranges[kept++] = modules->ranges[i];
		}
	}
	modules->n_ranges = kept;
	modules->generation++;
}

const struct range *modules_find(struct modules *modules, uint64_t addr)
{
	size_t last = modules->last;
	if (last >= modules->n_ranges || addr < modules->ranges[last].start ||
	    addr >= modules->ranges[last].end) {
		last = range_after(modules, addr);
		if (last == modules->n_ranges || addr < modules->ranges[last].start) {
			return NULL;
		}
		modules->last = last;
	}
	return &modules->ranges[last];
}

static void entry_archive(struct archive *archive, struct module_entry *entry)
{
	struct module *module = &entry->module;
	size_t n = entry->n_segments;
	archive_text(archive, &module->path);
	archive_index(archive, &module->build_id_size, sizeof(module->build_id) + 1, false);
	archive_bytes(archive, module->build_id, module->build_id_size);
	archive_u64(archive, &module->load_bias);
	archive_u32(archive, &module->flags);
	archive_count(archive, &n);
	if (archive->is_reading) {
		module->path = module->path ? module->path : xstrndup("", 0);
		entry->n_segments = (uint32_t)n;
		entry->segments = xcalloc(n, sizeof(*entry->segments));
	}
	for (size_t i = 0; i < n; i++) {
		archive_u64(archive, &entry->segments[i].addr);
		archive_u64(archive, &entry->segments[i].size);
		archive_u32(archive, &entry->segments[i].flags);
	}
}

void module_archive(struct archive *archive, struct modules *modules, const struct module **module)
{
	uint32_t i = UINT32_MAX;
	for (uint32_t k = 0; *module && k < modules->n_modules; k++) {
		i = &modules->modules[k]->module == *module ? k : i;
	}
	archive_index(archive, &i, modules->n_modules, true);
	*module = i == UINT32_MAX ? NULL : &modules->modules[i]->module;
}

static void ranges_archive(struct archive *archive, struct modules *modules)
{
	size_t n = modules->n_ranges;
	archive_count(archive, &n);
	if (archive->is_reading) {
		modules->ranges = xcalloc(n, sizeof(*modules->ranges));
		modules->n_ranges = modules->ranges_room = n;
	}
	uint64_t end = 0;
	for (size_t i = 0; i < n; i++) {
		struct range *range = &modules->ranges[i];
		archive_u64(archive, &range->start);
		archive_u64(archive, &range->end);
		archive_u64(archive, &range->mapping);
		archive_u64(archive, &range->load_bias);
		module_archive(archive, modules, &range->module);
		if (range->start < end || range->end <= range->start) {
			archive_fail(archive, "mappings overlap");
		}
		end = range->end;
	}
}

void modules_archive(struct archive *archive, struct modules *modules)
{
	size_t n = modules->n_modules;
	archive_u64(archive, &modules->address_mask);
	archive_u32(archive, &modules->generation);
	archive_count(archive, &n);
	for (size_t i = 0; i < n && archive_is_well(archive); i++) {
		if (archive->is_reading) {
			entry_add(modules, xcalloc(1, sizeof(struct module_entry)));
		}
		entry_archive(archive, modules->modules[i]);
	}
	ranges_archive(archive, modules);
}
