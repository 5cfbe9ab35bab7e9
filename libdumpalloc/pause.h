// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether allocations are recorded: the program and its user switch that off and on.
#ifndef LIBDUMPALLOC_PAUSE_H
#define LIBDUMPALLOC_PAUSE_H

#include <stdbool.h>

#include "libdumpalloc/pause_process.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/thread.h"
#include "unwind/minimal.h"

// Frees are recorded in a pause too: the reader's live blocks are right then. Who looks here does so after the real
// function has given the block, so that it was free before a RESUME that comes after the look.

struct encoder;

static inline bool pause_holds(void)
{
	return !IS_MINIMAL &&
	       (atomic_load_explicit(&region_current->n_pauses, memory_order_relaxed) != 0 ||
		thread_self.n_pauses != 0);
}

// One pause of the calling thread more, or less if there is one.
void pause_add_thread(void);
void pause_remove_thread(void);

// Whether the reader knows whether the process is paused.
static inline bool pause_is_told(void)
{
	const struct region *region = region_current;

	return IS_MINIMAL ||
	       (atomic_load_explicit(&region->n_pauses, memory_order_relaxed) != 0) ==
		       (atomic_load_explicit(&region->is_pause_told, memory_order_relaxed) != 0);
}

// Writes the records that tell the reader what has changed, as far as that has not been done. The calling thread's
// record has begun.
void pause_tell(struct encoder *encoder);

// Before the calling thread's end is recorded: its pause ends.
void pause_end_thread(struct encoder *encoder);

#endif
