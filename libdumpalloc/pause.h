// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether allocations are recorded: the program and its user switch that off and on.
#ifndef LIBDUMPALLOC_PAUSE_H
#define LIBDUMPALLOC_PAUSE_H

#include <stdbool.h>

#include "libdumpalloc/region.h"
#include "libdumpalloc/thread.h"

// Frees are recorded in a pause too: the reader's live blocks are right then. Who looks here does so after the real
// function has given the block, so that it was free before a RESUME that comes after the look.

struct encoder;

// Begins a stream in the state the process is in; the first one in that which `is_paused` says.
void pause_start(bool is_paused);

static inline bool pause_holds(void)
{
	return atomic_load_explicit(&region_current->n_pauses, memory_order_relaxed) != 0 ||
	       thread_self.n_pauses != 0;
}

// One pause of the process more, or less if there is one.
void pause_add(void);
void pause_remove(void);
// All pauses of the process end; or it is paused if it was not.
void pause_end_all(void);
void pause_toggle(void);

// The same for the calling thread.
void pause_add_thread(void);
void pause_remove_thread(void);

// Writes the records that tell the reader what has changed, as far as that has not been done. The calling thread's
// record has begun.
void pause_tell(struct encoder *encoder);

// Whether the reader is to be told of the process; then it counts as told. True: `is_paused` is what to tell.
bool pause_take(bool *is_paused);

// While there is no stream: the next one begins so.
void pause_toggle_kept(void);

// Before a fork, and whenever the process looks: what a child begins with, which may not have the region.
void pause_keep(void);

// Before the calling thread's end is recorded: its pause ends.
void pause_end_thread(struct encoder *encoder);

#endif
