// SPDX-License-Identifier: GPL-3.0-or-later
// One path walked inside one directory tree, component by component, never leaving it.
#ifndef READALLOC_ROOTFS_WALK_H
#define READALLOC_ROOTFS_WALK_H

// Opens `path` below the directory `root_fd` as a process would whose root is that directory: a leading
// '/' and the target of an absolute link begin at `root_fd`, ".." above it stays there. Returns a
// descriptor of a regular file, open for reading; -1: errno says why (ELOOP: too many links, EACCES:
// not a regular file).
int rootfs_walk(int root_fd, const char *path);

#endif
