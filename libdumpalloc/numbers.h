// SPDX-License-Identifier: LGPL-2.1-or-later
// The names in a folder of /proc that are numbers: descriptors, processes.
#ifndef LIBDUMPALLOC_NUMBERS_H
#define LIBDUMPALLOC_NUMBERS_H

#include <stdbool.h>

// Calls `visit` for each, until it returns false. `own` in there is the descriptor that reads the
// folder. False: the folder cannot be read. Async-signal-safe, allocates nothing.
bool numbers_visit(const char *folder, bool (*visit)(int number, int own, void *context),
		   void *context);

#endif
