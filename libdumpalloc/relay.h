// SPDX-License-Identifier: LGPL-2.1-or-later
// The relay: a process that carries records from the rings to the sink, seen from the traced side.
#ifndef LIBDUMPALLOC_RELAY_H
#define LIBDUMPALLOC_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

// Starts a relay for region_current and waits until it has opened the sink, at most 5 seconds.
// Without a process the sink is opened here (RELAY_DIRECT). False: nothing is traced, and it has
// been said why. Keeps errno and the signal mask.
bool relay_start(const struct config *config, bool is_fork_child, const uint8_t *preamble,
		 size_t preamble_size, void (*in_relay)(void));

// Wakes the relay if it sleeps.
void relay_wake(void);

// Looks whether the relay still lives, and says once when it or the sink has failed.
void relay_check(void);

// RELAY_DIRECT: the calling thread writes to the sink what all rings hold.
void relay_drain_directly(void);

// RELAY_DIRECT: writes END; nothing is written after it.
void relay_end_directly(void);

// In a fork child: what the parent knew of its relay does not hold here.
void relay_forget(void);

#endif
