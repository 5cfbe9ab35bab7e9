// SPDX-License-Identifier: LGPL-2.1-or-later
// The mappings of a process, from /proc/PID/maps.
#ifndef LIBDUMPALLOC_MAPS_H
#define LIBDUMPALLOC_MAPS_H

#include <stdbool.h>
#include <stdint.h>

struct maps_line {
	uint64_t start, end;
	bool is_readable;
	bool is_writable;
	bool is_shared;
	uint64_t inode;
	const char *name; // a path, "[heap]" and the like, or empty
};

// Calls `visit` for each mapping in the order of addresses, until it returns false. Returns how
// many lines there were so far; -1: the file cannot be read. Allocates nothing, holds a descriptor
// meanwhile.
int maps_visit(const char *path, bool (*visit)(const struct maps_line *line, void *context),
	       void *context);

#endif
