// SPDX-License-Identifier: GPL-3.0-or-later
// A run over many streams: whoever connects is read, each stream has reports of its own.
#ifndef READALLOC_LISTEN_H
#define READALLOC_LISTEN_H

struct options;
struct rootfs;
struct session;

// Listens at options->listen until a signal asks for the end. Returns the exit code. `base`: the run that streams of the
// same program are compared with; NULL: none.
int listen_run(const struct options *options, struct rootfs *rootfs, struct session *base);

#endif
