// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay: a process that carries records from the rings to the sink, seen from the traced side.
#ifndef LIBDUMPALLOC_RELAY_H
#define LIBDUMPALLOC_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

// Starts a relay for region_current, or does what `config->relay` wants instead. A file is opened
// here; for any other sink the relay opens it, and this waits for that, at most 5 seconds. Without a
// process the sink stays with this one (RELAY_DIRECT). False: nothing is traced, and it has been said
// why. Keeps errno and the signal mask; `preamble` is kept while RELAY_DEFERRED.
bool relay_start(const struct config *config, bool is_fork_child, const uint8_t *preamble,
		 size_t preamble_size, void (*in_relay)(void));

// RELAY_DEFERRED: starts the relay now, in whatever the program is doing. Other threads that call
// wait until it is done.
void relay_start_deferred(void);

// RELAY_DEFERRED: no relay is worth while any more; the sink is opened here, to be written directly.
void relay_open_deferred(void);

// Wakes the relay if it sleeps.
void relay_wake(void);

// Looks whether the relay still lives. If it was killed, starts another that goes on with its file;
// says once when that is not possible, or when the sink has failed.
void relay_check(void);

// In a fork child: what the parent knew of its relay does not hold here.
void relay_forget(void);

#endif
