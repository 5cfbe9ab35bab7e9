// SPDX-License-Identifier: GPL-3.0-or-later
// Answers devices that ask the local net where a reader is (FORMAT.md, section 10).
#ifndef READALLOC_ANNOUNCE_H
#define READALLOC_ANNOUNCE_H

#include <stdbool.h>
#include <stddef.h>

#include "tcp.h"

struct announce {
	int fd; // -1: nobody is answered
	char answer[TCP_NAME_SIZE + 32];
	bool is_local; // it listens on the loopback alone: only this machine is answered
};

// Answers from now on with the first address of IPv4 at which it listens. False, with the reason: there is none, or the
// system has no socket for it.
bool announce_open(struct announce *announce, const struct tcp_listener *listener,
		   const char **reason);
void announce_close(struct announce *announce);

// Answers what has come.
void announce_take(const struct announce *announce);

#endif
