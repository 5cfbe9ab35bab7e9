// SPDX-License-Identifier: LGPL-2.1-or-later
// Paths as a process with another root folder has them.
#ifndef LIBDUMPALLOC_COMMAND_CONFINED_H
#define LIBDUMPALLOC_COMMAND_CONFINED_H

// A descriptor, for its path under /proc/self/fd alone (O_PATH), of what the absolute `path` names where the folder `root` is
// the root. No link on the way leads out of `root`, also if somebody changes the tree meanwhile, and the last name must not be
// one. -1: errno says why, ELOOP for a link in the last place. The caller closes it.
int confined_open(const char *root, const char *path);

#endif
