// SPDX-License-Identifier: LGPL-2.1-or-later
// What /proc tells of a traced process: where its control socket is, and who its relay may be.
#ifndef LIBDUMPALLOC_COMMAND_TRACED_H
#define LIBDUMPALLOC_COMMAND_TRACED_H

#include <stdbool.h>

#include "libdumpalloc/config.h"

enum { TRACED_UIDS = 3 };

struct traced {
	long pid;
	long own_pid;                           // what it is for itself: another in a pid namespace
	unsigned long uids[TRACED_UIDS];        // real, effective, saved
	char root[64];                          // its root folder
	char path[CONFIG_PATH_MAX];             // of the socket, below `root`
	char longer_path[CONFIG_PATH_MAX + 32]; // where another process had that one
};

// False: there is no such process, it has no socket, or that cannot be told; a line says so.
bool traced_find(struct traced *traced, long pid);

// Whether a process of that id and user can be the relay: it belongs to the process's user, or is its child, and is of the
// same pid namespace.
bool traced_has_relay(const struct traced *traced, long pid, unsigned long uid);

#endif
