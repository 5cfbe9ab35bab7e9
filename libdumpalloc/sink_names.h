// SPDX-License-Identifier: LGPL-2.1-or-later
// Names in the abstract namespace of Unix sockets, by which the relays of a machine learn of each other how a peer does.
//
// A name ends with whoever keeps it. Nothing is asked of it: what a connection or a name answers by itself is enough.
#ifndef LIBDUMPALLOC_SINK_NAMES_H
#define LIBDUMPALLOC_SINK_NAMES_H

#include <stdbool.h>
#include <sys/types.h>

struct config;

enum { SINK_NAMES_ANCESTORS_MAX = 256 };

// `kind` begins a name: "dumpalloc-WORD/"; `number` is a process, mostly. Each is of the peer that `config` names.

// A socket of this type (SOCK_*) with that name, for its end to be the name's; -1: another has it, or there can be none.
int sink_names_keep(const struct config *config, const char *kind, pid_t number, int type);

// Connects to it. 0, or an error number: ECONNREFUSED, nobody has it; EAGAIN, it has a connection already.
int sink_names_try(const struct config *config, const char *kind, pid_t number, int type);

// Whether `pid` or an ancestor of it has the name.
bool sink_names_has_any(const struct config *config, const char *kind, pid_t pid);

// 0: not known.
pid_t sink_names_parent(pid_t pid);

#endif
