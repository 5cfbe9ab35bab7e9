// SPDX-License-Identifier: LGPL-2.1-or-later
// Begins and ends the records of a thread, all but those that need no more than to be written to its ring.
#ifndef LIBDUMPALLOC_RECORD_H
#define LIBDUMPALLOC_RECORD_H

#include "libdumpalloc/thread.h"

// Begins recording an event on the calling thread, which is given an area if it has none. NULL: there is nowhere
// to record to, the event is lost, which is counted, or is not wanted any more. Else record_end must follow.
// Neither keeps errno.
struct thread *record_begin(void);

// The same for a record that is no hook's, while nothing else is being recorded. One for which there is no
// room is not counted: it is no event of the program's.
struct thread *record_begin_aside(void);

// Hands over what was staged.
void record_end(struct thread *thread);

#endif
