// SPDX-License-Identifier: LGPL-2.1-or-later
// The control socket: who may give orders to a traced process, and how much of its relay's time.
#ifndef LIBDUMPALLOC_CONTROL_SOCKET_H
#define LIBDUMPALLOC_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct config;
struct sink;

// All run in the relay. The socket is the user's alone (0600), and so must be who connects, or root. A path is
// refused that is a symbolic link or anything else than a socket of this user, and one in a folder that
// others may write, unless its sticky bit is set.

// Opens what DUMPALLOC_CONTROL says for process `pid`. A name where somebody answers is left to that; ours then has the
// process id behind it. False: `reason` says why; there are no orders then.
bool control_open(const struct config *config, pid_t pid, char *reason, size_t reason_size);

// Takes connections and obeys, as far as there is something to read, a bounded number of orders. True: somebody is
// connected.
bool control_look(const struct sink *sink);

// After the rings have been drained: gives the answers that wait for that.
void control_drained(void);

// Removes the name, where it still is ours.
void control_close(void);

#endif
