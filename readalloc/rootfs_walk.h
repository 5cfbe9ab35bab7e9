// SPDX-License-Identifier: GPL-3.0-or-later
// One path walked inside directory trees that lie over each other, component by component, never leaving it.
#ifndef READALLOC_ROOTFS_WALK_H
#define READALLOC_ROOTFS_WALK_H

#include <stddef.h>

enum { ROOTFS_TREES_MAX = 8 };

// Opens `path` below the directories `roots`, laid over each other with the first on top, as a process would whose
// root they are: a leading '/' and the target of an absolute link begin there, ".." above stays there. `n` is at most
// ROOTFS_TREES_MAX. Returns a descriptor of a regular file, open for reading; -1: errno says why (ELOOP: too many
// links, ENOTSUP: not a regular file).
int rootfs_walk(const int *roots, size_t n, const char *path);

#endif
