// SPDX-License-Identifier: GPL-3.0-or-later
// The changes of the heap as heaptrack's text format has them.
#ifndef READALLOC_HEAPTRACK_CHANGES_H
#define READALLOC_HEAPTRACK_CHANGES_H

#include <stddef.h>
#include <stdint.h>

struct change_log;
struct heaptrack_text;
struct memory_curve;

enum { HEAPTRACK_PAGE_SIZE = 4096 };

// Writes all changes of charges below `n`, whose trace is `traces[charge]`; of those with trace 0 none; and among them the
// resident memory, in pages of 4 KiB. Returns 0, or the number of the error of reading the log.
int heaptrack_changes_write(struct heaptrack_text *text, const struct change_log *log,
			    const struct memory_curve *memory, const uint32_t *traces, size_t n);

// The same of a log that is followed to its end, with the traces it tells, and nothing of resident memory.
int heaptrack_changes_follow(struct heaptrack_text *text, const struct change_log *log);

#endif
