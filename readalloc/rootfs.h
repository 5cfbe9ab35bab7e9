// SPDX-License-Identifier: GPL-3.0-or-later
// Files of the target, found the way the target itself would find them, never outside the given trees.
#ifndef READALLOC_ROOTFS_H
#define READALLOC_ROOTFS_H

#include <stdbool.h>

struct rootfs;

// Without a tree yet.
struct rootfs *rootfs_new(void);
void rootfs_free(struct rootfs *rootfs);

// Adds the directory `path` under those there are, "/" for the machine's own files: what several of them have
// is taken from the one that came first, directories are one. False: not a directory, not readable, or too many;
// errno says why.
bool rootfs_add_tree(struct rootfs *rootfs, const char *path);

// Adds a further tree, searched after the root for DIR/path and then DIR/basename. False: see errno.
bool rootfs_add_extra(struct rootfs *rootfs, const char *path);

// Adds a tree that only rootfs_search_debug looks into. False: see errno.
bool rootfs_add_debug(struct rootfs *rootfs, const char *path);

// Opens `path`, a path as the target names it, for reading and returns the descriptor, which the caller
// closes; -1: errno says why. Every symbolic link, absolute or relative, and every ".." is followed within
// the tree as the target would; only regular files are opened. Where nothing is found, tried in this order:
// without the root's own path in front (a program started by qemu-user as ROOTFS/usr/bin/prog), without a
// trailing " (deleted)", then the extra trees.
int rootfs_open(const struct rootfs *rootfs, const char *path);

// Says whether the open file is the one meant. It may read and seek, and must not close.
typedef bool (*rootfs_accept)(int fd, void *context);

// The same, but goes on to the next place while `accept` says no.
int rootfs_search(const struct rootfs *rootfs, const char *path, rootfs_accept accept,
		  void *context);

// The same in the trees added for debug files only, and by `path` alone.
int rootfs_search_debug(const struct rootfs *rootfs, const char *path, rootfs_accept accept,
			void *context);

// `path` without the root's own path in front, where it has it: the path the target would use.
const char *rootfs_strip(const struct rootfs *rootfs, const char *path);

// The root's trees as the user gave them, for messages.
const char *rootfs_name(const struct rootfs *rootfs);

#endif
