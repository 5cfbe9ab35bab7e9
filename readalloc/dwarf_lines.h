// SPDX-License-Identifier: GPL-3.0-or-later
// The line table of one unit: file and line of each address.
#ifndef READALLOC_DWARF_LINES_H
#define READALLOC_DWARF_LINES_H

#include <stdbool.h>
#include <stdint.h>

struct dwarf_lines;
struct dwarf_range;
struct dwarf_unit;

// NULL: the unit has none, or it is damaged at its beginning. What stands before damage is kept.
struct dwarf_lines *dwarf_lines_read(const struct dwarf_unit *unit);
void dwarf_lines_free(struct dwarf_lines *lines);

// False: no line is known for the address.
bool dwarf_lines_find(const struct dwarf_lines *lines, uint64_t address, uint32_t *file,
		      uint32_t *line);

// The path of the file numbered `file` in this table, which lives as long as it; NULL unknown.
const char *dwarf_lines_file(struct dwarf_lines *lines, uint32_t file);

// Hands over the ranges of code that the table speaks of.
void dwarf_lines_ranges(const struct dwarf_lines *lines,
			void (*take)(void *context, const struct dwarf_range *range),
			void *context);

#endif
