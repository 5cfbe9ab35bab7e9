// SPDX-License-Identifier: LGPL-2.1-or-later
// The memory of the traced process over time, as the kernel counts it: looked at by the relay.
#ifndef LIBDUMPALLOC_MEMORY_H
#define LIBDUMPALLOC_MEMORY_H

#include <stdbool.h>
#include <sys/types.h>

struct config;
struct sink;

// Of process `pid`, as often as `config` says. In the relay, once, before the others.
void memory_start(const struct config *config, pid_t pid);

// How long the relay may sleep at most, of `ms` that it would: until the next look is due.
unsigned memory_wait(unsigned ms);

// Looks if it is time to, and writes what there is to see. False: the sink has failed, errno says why.
bool memory_look(struct sink *sink);

#endif
