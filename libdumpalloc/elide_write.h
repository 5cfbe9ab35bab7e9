// SPDX-License-Identifier: LGPL-2.1-or-later
// From the relay's memory to the sink: the events that are not left out, and what the others add up to.
#ifndef LIBDUMPALLOC_ELIDE_WRITE_H
#define LIBDUMPALLOC_ELIDE_WRITE_H

#include <stdbool.h>
#include <stddef.h>

struct sink;

// False: there is no memory.
bool elide_write_start(void);

// All below: false if the sink failed, errno says how.

// Decides which of the next `n` events of the window are left out; the others go to the sink, some of them at the next
// elide_write_staged only.
bool elide_write_next(struct sink *sink, size_t n);

// All that threads have recorded, where nothing is left out any more.
bool elide_write_all(struct sink *sink);

bool elide_write_staged(struct sink *sink);

// Sums have not been told for long, and can be.
bool elide_write_is_due(void);

// Tells what the events add up to that have been left out.
bool elide_write_sums(struct sink *sink);

#endif
