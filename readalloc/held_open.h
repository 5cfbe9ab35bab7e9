// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a file is still written.
#ifndef READALLOC_HELD_OPEN_H
#define READALLOC_HELD_OPEN_H

#include <stdbool.h>

// Whether anyone on this machine has the file open for writing. False also where that cannot be known: the file is not a
// regular one, belongs to another user, or is on a file system without leases.
bool is_held_open(int fd);

#endif
