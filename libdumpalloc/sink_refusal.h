// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets the processes that a traced one starts know that the peer takes no further stream.
//
// A peer that serves one stream, as nc does, refuses all that a script starts, or leaves them waiting.
// The relay that has the peer keeps two names in the abstract namespace of Unix sockets for it, which end
// with it. The relay that finds no peer at all (DUMPALLOC_SERVER=auto) keeps one of them. Nothing is asked of it: what a connection or a name answers by itself is enough.
#ifndef LIBDUMPALLOC_SINK_REFUSAL_H
#define LIBDUMPALLOC_SINK_REFUSAL_H

#include <stdbool.h>
#include <sys/types.h>

struct config;

enum { SINK_REFUSAL_LATE_MS = 5000 }; // who is refused has said so by then

// In the relay of `pid`, which has found no peer: makes that known at once. False: it could not be.
bool sink_refusal_keep(const struct config *config, pid_t pid);

// In the relay of `pid`, whose sink is the peer that `config` names: keeps the names.
void sink_refusal_offer(const struct config *config, pid_t pid);
// There, now and then: makes known to all what one has told.
void sink_refusal_look(void);
// There, once a lost connection to the peer was made again: who was refused meanwhile, or says so only now, was refused by
// nobody. What is started from now on tries again.
void sink_refusal_forget(void);

// For `pid`: one of its parents, or an earlier program of its own, has the peer, and the peer has
// refused another since; or it has found no peer, and keeps that known.
bool sink_refusal_is_known(const struct config *config, pid_t pid);
// The peer has refused `pid`. True: nobody else was told, so the user is to be.
bool sink_refusal_tell(const struct config *config, pid_t pid);

#endif
