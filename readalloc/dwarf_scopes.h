// SPDX-License-Identifier: GPL-3.0-or-later
// The functions of one unit, and the calls that were inlined into them.
#ifndef READALLOC_DWARF_SCOPES_H
#define READALLOC_DWARF_SCOPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dwarf_scopes;
struct dwarf_unit;

enum { SCOPE_NONE = UINT32_MAX };

// A function, or the code of a function at a place where it was inlined.
struct dwarf_scope {
	uint64_t entry;             // offset in .debug_info
	uint32_t parent;            // what it was inlined into; SCOPE_NONE: nothing
	uint32_t first_child, next; // SCOPE_NONE: none
	uint32_t first_range, n_ranges;
	uint32_t call_file, call_line; // where it was inlined; as in the unit's line table
};

// What stands before damage is kept.
struct dwarf_scopes *dwarf_scopes_read(const struct dwarf_unit *unit);
void dwarf_scopes_free(struct dwarf_scopes *scopes);

// The innermost scope that holds the address; SCOPE_NONE: none.
uint32_t dwarf_scopes_find(const struct dwarf_scopes *scopes, uint64_t address);

const struct dwarf_scope *dwarf_scope_at(const struct dwarf_scopes *scopes, uint32_t i);

// Names of a function; NULL unknown.
struct dwarf_names {
	const char *plain;  // as in the source
	const char *linked; // as the linker has it, where that is another
};

// The names of the function that the entry of the unit describes.
struct dwarf_names dwarf_scope_names(const struct dwarf_unit *unit, uint64_t entry);

#endif
