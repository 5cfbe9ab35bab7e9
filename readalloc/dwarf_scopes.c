// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of one unit, and the calls that were inlined into them.
#include "dwarf_scopes.h"

#include "dwarf_bytes.h"
#include "dwarf_file.h"
#include "util.h"

#include <stdlib.h>

enum {
	DEPTH_MAX = 4096,
	REFERENCES_MAX = 16,
	STEPS_BACK_MAX = 32, // over functions that begin later and end before
};

// A stretch of a function's code.
struct code {
	struct dwarf_range range;
	uint32_t scope;
};

struct dwarf_scopes {
	struct dwarf_scope *scopes;
	uint32_t n, capacity;
	struct dwarf_range *ranges;
	uint32_t n_ranges, ranges_capacity;
	struct code *functions; // by start
	size_t n_functions;
};

// One entry's attributes that matter here.
struct facts {
	struct dwarf_value low, high, ranges;
	struct dwarf_value name, linkage_name, origin, specification;
	uint64_t call_file, call_line;
};

void dwarf_scopes_free(struct dwarf_scopes *scopes)
{
	if (scopes != NULL) {
		free(scopes->scopes);
		free(scopes->ranges);
		free(scopes->functions);
		free(scopes);
	}
}

static void facts_read(struct cursor *cursor, const struct dwarf_unit *unit,
		       const struct dwarf_abbrevs *abbrevs, const struct dwarf_abbrev *abbrev,
		       struct facts *facts)
{
	for (uint32_t i = 0; i < abbrev->n; i++) {
		const struct dwarf_spec *spec = &abbrevs->specs[abbrev->first + i];
		struct dwarf_value value = dwarf_value_read(cursor, unit, spec);
		switch (spec->attribute) {
		case DWARF_AT_low_pc:
			facts->low = value;
			break;
		case DWARF_AT_high_pc:
			facts->high = value;
			break;
		case DWARF_AT_ranges:
			facts->ranges = value;
			break;
		case DWARF_AT_name:
			facts->name = value;
			break;
		case DWARF_AT_linkage_name:
		case DWARF_AT_MIPS_linkage_name:
			facts->linkage_name = value;
			break;
		case DWARF_AT_abstract_origin:
			facts->origin = value;
			break;
		case DWARF_AT_specification:
			facts->specification = value;
			break;
		case DWARF_AT_call_file:
			facts->call_file = value.number;
			break;
		case DWARF_AT_call_line:
			facts->call_line = value.number;
			break;
		default:
			break;
		}
	}
}

static void entry_skip(struct cursor *cursor, const struct dwarf_unit *unit,
		       const struct dwarf_abbrevs *abbrevs, const struct dwarf_abbrev *abbrev)
{
	for (uint32_t i = 0; i < abbrev->n; i++) {
		dwarf_value_read(cursor, unit, &abbrevs->specs[abbrev->first + i]);
	}
}

static void range_add(void *context, const struct dwarf_range *range)
{
	struct dwarf_scopes *scopes = context;
	if (scopes->n_ranges == scopes->ranges_capacity) {
		scopes->ranges_capacity = (uint32_t)grown_capacity(scopes->ranges_capacity,
								   scopes->n_ranges + (size_t)1);
		scopes->ranges =
			xrealloc(scopes->ranges, scopes->ranges_capacity, sizeof(*scopes->ranges));
	}
	scopes->ranges[scopes->n_ranges++] = *range;
	scopes->scopes[scopes->n - 1].n_ranges++;
}

// Adds the scope if it has code. Returns the scope that what it holds is in.
static uint32_t scope_add(struct dwarf_scopes *scopes, const struct dwarf_unit *unit,
			  uint64_t entry, uint32_t parent, const struct facts *facts)
{
	if (scopes->n == scopes->capacity) {
		scopes->capacity =
			(uint32_t)grown_capacity(scopes->capacity, scopes->n + (size_t)1);
		scopes->scopes =
			xrealloc(scopes->scopes, scopes->capacity, sizeof(*scopes->scopes));
	}
	uint32_t i = scopes->n++;
	struct dwarf_scope *scope = &scopes->scopes[i];
	*scope = (struct dwarf_scope){ entry,
				       parent,
				       SCOPE_NONE,
				       SCOPE_NONE,
				       scopes->n_ranges,
				       0,
				       (uint32_t)facts->call_file,
				       (uint32_t)facts->call_line };
	dwarf_ranges(unit, &facts->low, &facts->high, &facts->ranges, range_add, scopes);
	if (scope->n_ranges == 0) {
		scopes->n--;
		return parent;
	}
	if (parent != SCOPE_NONE) {
		scope->next = scopes->scopes[parent].first_child;
		scopes->scopes[parent].first_child = i;
	}
	return i;
}

static int compare_code(const void *a, const void *b)
{
	const struct code *one = a, *two = b;
	if (one->range.start != two->range.start) {
		return one->range.start < two->range.start ? -1 : 1;
	}
	return one->scope < two->scope ? -1 : one->scope > two->scope;
}

static void functions_sort(struct dwarf_scopes *scopes)
{
	scopes->functions = xcalloc(scopes->n_ranges + (size_t)1, sizeof(*scopes->functions));
	for (uint32_t i = 0; i < scopes->n; i++) {
		const struct dwarf_scope *scope = &scopes->scopes[i];
		for (uint32_t k = 0; scope->parent == SCOPE_NONE && k < scope->n_ranges; k++) {
			scopes->functions[scopes->n_functions++] =
				(struct code){ scopes->ranges[scope->first_range + k], i };
		}
	}
	qsort(scopes->functions, scopes->n_functions, sizeof(*scopes->functions), compare_code);
}

struct dwarf_scopes *dwarf_scopes_read(const struct dwarf_unit *unit)
{
	struct dwarf_scopes *scopes = xcalloc(1, sizeof(*scopes));
	const struct dwarf_abbrevs *abbrevs = dwarf_abbrevs_of(unit);
	const uint8_t *bytes = unit->file->sections[DWARF_INFO].bytes;
	struct cursor cursor = dwarf_entries(unit, unit->root);
	uint32_t *within = xcalloc(DEPTH_MAX + 1, sizeof(*within)); // the scope at each depth
	within[0] = SCOPE_NONE;
	size_t depth = 0;
	while (abbrevs != NULL && cursor_left(&cursor) > 0) {
		uint64_t entry = (uint64_t)(cursor.at - bytes);
		uint64_t code = dwarf_unsigned(&cursor);
		if (code == 0) {
			if (depth == 0) {
				break;
			}
			depth--;
			continue;
		}
		const struct dwarf_abbrev *abbrev = dwarf_abbrev_find(abbrevs, code);
		if (abbrev == NULL) {
			break;
		}
		uint32_t scope = within[depth];
		bool is_function = abbrev->tag == DWARF_TAG_subprogram;
		if (is_function || abbrev->tag == DWARF_TAG_inlined_subroutine) {
			struct facts facts = { 0 };
			facts_read(&cursor, unit, abbrevs, abbrev, &facts);
			if (cursor.error != NULL) {
				break;
			}
			scope = scope_add(scopes, unit, entry, is_function ? SCOPE_NONE : scope,
					  &facts);
		} else {
			entry_skip(&cursor, unit, abbrevs, abbrev);
		}
		if (abbrev->has_children) {
			if (depth == DEPTH_MAX) {
				break;
			}
			within[++depth] = scope;
		}
	}
	free(within);
	functions_sort(scopes);
	return scopes;
}

static uint32_t find_function(const struct dwarf_scopes *scopes, uint64_t address)
{
	size_t low = 0, high = scopes->n_functions;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (scopes->functions[middle].range.start <= address) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	for (size_t i = 0; i < STEPS_BACK_MAX && low > i; i++) {
		const struct code *code = &scopes->functions[low - 1 - i];
		if (address < code->range.end) {
			return code->scope;
		}
	}
	return SCOPE_NONE;
}

static bool scope_holds(const struct dwarf_scopes *scopes, const struct dwarf_scope *scope,
			uint64_t address)
{
	for (uint32_t i = 0; i < scope->n_ranges; i++) {
		const struct dwarf_range *range = &scopes->ranges[scope->first_range + i];
		if (address >= range->start && address < range->end) {
			return true;
		}
	}
	return false;
}

uint32_t dwarf_scopes_find(const struct dwarf_scopes *scopes, uint64_t address)
{
	uint32_t found = find_function(scopes, address);
	uint32_t child = found != SCOPE_NONE ? scopes->scopes[found].first_child : SCOPE_NONE;
	while (child != SCOPE_NONE) {
		const struct dwarf_scope *scope = &scopes->scopes[child];
		if (scope_holds(scopes, scope, address)) {
			found = child;
			child = scope->first_child;
		} else {
			child = scope->next;
		}
	}
	return found;
}

const struct dwarf_scope *dwarf_scope_at(const struct dwarf_scopes *scopes, uint32_t i)
{
	return &scopes->scopes[i];
}

struct dwarf_names dwarf_scope_names(const struct dwarf_unit *unit, uint64_t entry)
{
	struct dwarf_names names = { NULL, NULL };
	for (unsigned i = 0;
	     i < REFERENCES_MAX && unit != NULL && (names.plain == NULL || names.linked == NULL);
	     i++) {
		struct cursor cursor = dwarf_entries(unit, entry);
		const struct dwarf_abbrevs *abbrevs = dwarf_abbrevs_of(unit);
		const struct dwarf_abbrev *abbrev =
			abbrevs != NULL ? dwarf_abbrev_find(abbrevs, dwarf_unsigned(&cursor))
					: NULL;
		struct facts facts = { 0 };
		if (abbrev == NULL) {
			break;
		}
		facts_read(&cursor, unit, abbrevs, abbrev, &facts);
		if (names.linked == NULL) {
			names.linked = dwarf_value_text(unit, &facts.linkage_name);
		}
		if (names.plain == NULL) {
			names.plain = dwarf_value_text(unit, &facts.name);
		}
		unit = dwarf_value_entry(
			unit, facts.origin.form != 0 ? &facts.origin : &facts.specification,
			&entry);
	}
	return names;
}
