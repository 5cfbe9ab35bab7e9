// SPDX-License-Identifier: GPL-3.0-or-later
// A run over many streams: whoever connects is read, each stream has reports of its own.
#ifndef READALLOC_LISTEN_H
#define READALLOC_LISTEN_H

struct options;
struct rootfs;

// Listens at options->listen until a signal asks for the end. Returns the exit code.
int listen_run(const struct options *options, struct rootfs *rootfs);

#endif
