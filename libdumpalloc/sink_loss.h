// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets the processes that a traced one starts know that its connection to the peer is lost, so that they wait for the peer too.
//
// The relay whose connection is lost keeps a name (sink_names.h). What is started meanwhile has a stream that begins without
// a connection.
#ifndef LIBDUMPALLOC_SINK_LOSS_H
#define LIBDUMPALLOC_SINK_LOSS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct config;

enum {
	SINK_LOSS_LATE_MS = 5000, // who has found no peer has said so by then
	SINK_LOSS_MOST = 64,      // streams without a connection, of one machine and peer
};

// In the relay of `pid`, now and then: keeps the name or does not.
void sink_loss_keep(const struct config *config, pid_t pid, bool is_lost);

// In a process that is about to fork: where its relay found the peer (`size` is 0: nowhere), and whether it has lost it. A child needs no
// resolver then, and none of its parents.
void sink_loss_inherit(const uint8_t *address, uint32_t size, bool is_lost);

// For `pid`: one of its parents, or an earlier program of its own, has lost the peer.
bool sink_loss_is_known(const struct config *config, pid_t pid);

// Has the relay of `pid` wait for the peer. `address` is filled from what was inherited, or given in numbers. False: the address is
// not known, or too many wait for that peer already.
bool sink_loss_wait(const struct config *config, struct sockaddr_storage *address, socklen_t *size);
// It waits no more.
void sink_loss_end_wait(void);

#endif
