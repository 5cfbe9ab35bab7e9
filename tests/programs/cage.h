// SPDX-License-Identifier: GPL-3.0-or-later
// Filters of system calls (seccomp) as sandboxes set them.
#ifndef TESTS_PROGRAMS_CAGE_H
#define TESTS_PROGRAMS_CAGE_H

#include <stdbool.h>

// From now on the kernel refuses this process and its children what `kind` names: "no_process" new
// processes, "no_socket" new sockets; "write_only" kills for everything but writing and ending. False: no such kind, or no filters.
bool cage_enter(const char *kind);

#endif
