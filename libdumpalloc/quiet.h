// SPDX-License-Identifier: LGPL-2.1-or-later
// A stretch of code during which no signal reaches the thread, and its own writes raise none.
#ifndef LIBDUMPALLOC_QUIET_H
#define LIBDUMPALLOC_QUIET_H

#include <signal.h>

struct quiet {
	sigset_t mask;    // the thread's mask before
	sigset_t pending; // what was pending before, and so is not ours to take away
};

// Blocks every signal.
void quiet_begin(struct quiet *quiet);

// Takes away the signals the stretch itself can have caused (SIGPIPE and SIGXFSZ by a write), then
// restores the mask. Keeps errno.
void quiet_end(struct quiet *quiet);

#endif
