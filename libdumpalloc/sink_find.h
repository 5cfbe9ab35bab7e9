// SPDX-License-Identifier: LGPL-2.1-or-later
// Finds a reader on the local net (DUMPALLOC_SERVER=auto): asks over every interface, and takes the first that answers.
#ifndef LIBDUMPALLOC_SINK_FIND_H
#define LIBDUMPALLOC_SINK_FIND_H

#include <stdbool.h>
#include <sys/socket.h>

struct config;

// The server is to be found.
bool sink_find_is_wanted(const struct config *config);

// Asks, for a second or two at most. Needs malloc. False: errno says why, ENOENT that nobody answered.
bool sink_find(struct sockaddr_storage *address, socklen_t *size);

#endif
