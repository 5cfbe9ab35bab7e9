// SPDX-License-Identifier: GPL-3.0-or-later
// The run that another is compared with.
#ifndef READALLOC_BASE_H
#define READALLOC_BASE_H

struct base;
struct options;
struct rootfs;
struct session;

// Reads it whole, as `options` say, which outlive it; its files are in the trees of `rootfs` unless it has its own. NULL,
// after having said why: it cannot be read, `*exit_code` is the program's.
struct base *base_read(const struct options *options, struct rootfs *rootfs, int *exit_code);
void base_free(struct base *base);

// What was read. Its owner is the base.
struct session *base_session(struct base *base);

#endif
