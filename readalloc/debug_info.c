// SPDX-License-Identifier: GPL-3.0-or-later
// Functions, source lines and inlined callers from the debug information of one file.
#include "debug_info.h"

#include "dwarf_bytes.h"
#include "dwarf_file.h"
#include "dwarf_lines.h"
#include "dwarf_scopes.h"
#include "util.h"

#include <stdlib.h>

enum {
	LOADED_MAX = 256,    // units kept in memory at once
	STEPS_BACK_MAX = 64, // over units that begin later and end before
};

// A stretch of a unit's code.
struct span {
	struct dwarf_range range;
	uint32_t unit;
};

// What is made of a unit when it is first asked.
struct detail {
	bool is_loaded;
	struct dwarf_lines *lines;
	struct dwarf_scopes *scopes;
};

struct debug_info {
	struct dwarf_file file, alternate;
	struct span *spans; // by start
	size_t n_spans, capacity;
	struct detail *details; // of each unit
	uint32_t loaded[LOADED_MAX];
	size_t n_loaded; // ever; the oldest gives way
	uint32_t unit;   // while spans are gathered
};

static void span_add(void *context, const struct dwarf_range *range)
{
	struct debug_info *info = context;
	if (info->n_spans == info->capacity) {
		info->capacity = grown_capacity(info->capacity, info->n_spans + 1);
		info->spans = xrealloc(info->spans, info->capacity, sizeof(*info->spans));
	}
	info->spans[info->n_spans++] = (struct span){ *range, info->unit };
}

// The code of a unit is what its first entry says, else what its lines are about.
static void gather_spans(struct debug_info *info, const struct dwarf_unit *unit)
{
	struct cursor cursor = dwarf_entries(unit, unit->root);
	const struct dwarf_abbrevs *abbrevs = dwarf_abbrevs_of(unit);
	const struct dwarf_abbrev *abbrev =
		abbrevs != NULL ? dwarf_abbrev_find(abbrevs, dwarf_unsigned(&cursor)) : NULL;
	struct dwarf_value low = { 0 }, high = { 0 }, ranges = { 0 };
	for (uint32_t i = 0; abbrev != NULL && i < abbrev->n; i++) {
		const struct dwarf_spec *spec = &abbrevs->specs[abbrev->first + i];
		struct dwarf_value value = dwarf_value_read(&cursor, unit, spec);
		if (spec->attribute == DWARF_AT_low_pc) {
			low = value;
		} else if (spec->attribute == DWARF_AT_high_pc) {
			high = value;
		} else if (spec->attribute == DWARF_AT_ranges) {
			ranges = value;
		}
	}
	if (ranges.form != 0 || high.form != 0) {
		dwarf_ranges(unit, &low, &high, &ranges, span_add, info);
		return;
	}
	struct dwarf_lines *lines = dwarf_lines_read(unit);
	if (lines != NULL) {
		dwarf_lines_ranges(lines, span_add, info);
		dwarf_lines_free(lines);
	}
}

static int compare_spans(const void *a, const void *b)
{
	const struct span *one = a, *two = b;
	if (one->range.start != two->range.start) {
		return one->range.start < two->range.start ? -1 : 1;
	}
	return one->unit < two->unit ? -1 : one->unit > two->unit;
}

struct debug_info *debug_info_open(const struct elf_file *elf, const struct elf_file *alternate,
				   const char **reason)
{
	struct debug_info *info = xcalloc(1, sizeof(*info));
	const char *alternate_reason;
	bool has_alternate = alternate != NULL &&
			     dwarf_file_open(&info->alternate, alternate, NULL, &alternate_reason);
	if (!dwarf_file_open(&info->file, elf, has_alternate ? &info->alternate : NULL, reason)) {
		debug_info_close(info);
		return NULL;
	}
	info->details = xcalloc(info->file.n_units, sizeof(*info->details));
	for (size_t i = 0; i < info->file.n_units; i++) {
		info->unit = (uint32_t)i;
		gather_spans(info, &info->file.units[i]);
	}
	if (info->n_spans > 0) {
		qsort(info->spans, info->n_spans, sizeof(*info->spans), compare_spans);
	}
	return info;
}

static void detail_drop(struct detail *detail)
{
	dwarf_lines_free(detail->lines);
	dwarf_scopes_free(detail->scopes);
	*detail = (struct detail){ 0 };
}

void debug_info_close(struct debug_info *info)
{
	if (info == NULL) {
		return;
	}
	for (size_t i = 0; info->details != NULL && i < info->file.n_units; i++) {
		detail_drop(&info->details[i]);
	}
	free(info->details);
	free(info->spans);
	dwarf_file_close(&info->file);
	dwarf_file_close(&info->alternate);
	free(info);
}

static struct detail *detail_of(struct debug_info *info, uint32_t unit)
{
	struct detail *detail = &info->details[unit];
	if (!detail->is_loaded) {
		size_t place = info->n_loaded++ % LOADED_MAX;
		if (info->n_loaded > LOADED_MAX) {
			detail_drop(&info->details[info->loaded[place]]);
		}
		info->loaded[place] = unit;
		detail->is_loaded = true;
		detail->lines = dwarf_lines_read(&info->file.units[unit]);
		detail->scopes = dwarf_scopes_read(&info->file.units[unit]);
	}
	return detail;
}

// Hands over the frames that the unit has at the address. False: it knows no function there.
static bool find_in_unit(struct debug_info *info, uint32_t unit, uint64_t address,
			 bool is_line_enough,
			 void (*frame)(void *context, const struct debug_frame *frame),
			 void *context)
{
	struct detail *detail = detail_of(info, unit);
	uint32_t scope = dwarf_scopes_find(detail->scopes, address);
	struct debug_frame found = { NULL, NULL, NULL, 0 };
	uint32_t file, line;
	if (scope == SCOPE_NONE && !is_line_enough) {
		return false;
	}
	if (detail->lines != NULL && dwarf_lines_find(detail->lines, address, &file, &line)) {
		found.file = dwarf_lines_file(detail->lines, file);
		found.line = found.file != NULL ? line : 0;
	}
	if (scope == SCOPE_NONE) {
		if (found.file != NULL) {
			frame(context, &found);
		}
		return found.file != NULL;
	}
	while (scope != SCOPE_NONE) {
		const struct dwarf_scope *at = dwarf_scope_at(detail->scopes, scope);
		struct dwarf_names names = dwarf_scope_names(&info->file.units[unit], at->entry);
		found.function = names.plain;
		found.linked = names.linked;
		frame(context, &found);
		found.file = detail->lines != NULL ? dwarf_lines_file(detail->lines, at->call_file)
						   : NULL;
		found.line = found.file != NULL ? at->call_line : 0;
		scope = at->parent;
	}
	return true;
}

bool debug_info_find(struct debug_info *info, uint64_t address,
		     void (*frame)(void *context, const struct debug_frame *frame), void *context)
{
	size_t low = 0, high = info->n_spans;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (info->spans[middle].range.start <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	// A unit that knows the function, else one that knows the line.
	for (unsigned is_line_enough = 0; is_line_enough < 2; is_line_enough++) {
		for (size_t i = 0; i < STEPS_BACK_MAX && low > i; i++) {
			const struct span *span = &info->spans[low - 1 - i];
			if (address < span->range.end &&
			    find_in_unit(info, span->unit, address, is_line_enough != 0, frame,
					 context)) {
				return true;
			}
		}
	}
	return false;
}

size_t debug_info_n_split(const struct debug_info *info, const char **name)
{
	*name = info->file.split_name;
	return info->file.n_split;
}
