// SPDX-License-Identifier: LGPL-2.1-or-later
// Which processes above this one are traced, or could be: what has this very library loaded.
#ifndef LIBDUMPALLOC_FAMILY_H
#define LIBDUMPALLOC_FAMILY_H

#include <stdbool.h>
#include <sys/types.h>

// `pid` has this library loaded. False where /proc does not tell.
bool family_has_library(pid_t pid);

// A living parent of `pid`, or its parent's parent, and so on, has this library loaded.
bool family_has_traced_ancestor(pid_t pid);

// This program was started by an exec in a process that was traced, or in a child of one.
bool family_began_by_exec(void);

#endif
