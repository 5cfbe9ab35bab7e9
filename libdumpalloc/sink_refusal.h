// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets the processes that a traced one starts know that the peer takes no further stream.
//
// A peer that serves one stream, as nc does, refuses all that a script starts, or leaves them waiting.
// The relay that has the peer keeps two names (sink_names.h). The relay that finds no peer at all (DUMPALLOC_SERVER=auto) keeps
// one of them.
#ifndef LIBDUMPALLOC_SINK_REFUSAL_H
#define LIBDUMPALLOC_SINK_REFUSAL_H

#include <stdbool.h>
#include <sys/types.h>

struct config;
struct sink;

enum sink_refusal {
	SINK_REFUSAL_FIRST, // nobody else was told, so the user is to be
	SINK_REFUSAL_LATER,
	SINK_REFUSAL_NONE, // the peer is lost (sink_loss.h)
};

// In the relay of `pid`, which has found no peer: makes that known at once. False: it could not be.
bool sink_refusal_keep(const struct config *config, pid_t pid);

// In the relay of `pid`, whose sink is the peer that `config` names: keeps the names.
void sink_refusal_offer(const struct config *config, pid_t pid);
// There, now and then: makes known to all what one has told, once the peer has proved to be there. True: it has not yet, look soon.
bool sink_refusal_look(const struct sink *sink);
// There, once a lost connection to the peer was made again: who was refused meanwhile was refused by nobody. What is started from
// now on tries again.
void sink_refusal_forget(void);

// For `pid`: one of its parents, or an earlier program of its own, has the peer, and the peer has
// refused another since; or it has found no peer, and keeps that known.
bool sink_refusal_is_known(const struct config *config, pid_t pid);
// The peer has refused `pid`. Waits, for that long at most, until whoever has the peer knows whether it is there.
enum sink_refusal sink_refusal_tell(const struct config *config, pid_t pid, unsigned patience_ms);

#endif
