// SPDX-License-Identifier: LGPL-2.1-or-later
// A file of limited size is one of several parts (FORMAT.md, section 2).
#ifndef LIBDUMPALLOC_SINK_PART_H
#define LIBDUMPALLOC_SINK_PART_H

#include <stdbool.h>
#include <stddef.h>

struct sink;

// The path of a part, 0 the first, whatever the program's directory is by now. False: it is too long, which errno says.
bool sink_part_path(const struct sink *sink, unsigned part, char *path, size_t path_size);

// As sink_ops.next: opens the next part, and before that removes the oldest but for the first, where there would be more
// than DUMPALLOC_FILE_COUNT.
bool sink_part_next(struct sink *sink);

#endif
