// SPDX-License-Identifier: LGPL-2.1-or-later
// The sink in the traced process's own hands: for a moment at the start, or for good without a relay.
#ifndef LIBDUMPALLOC_RELAY_DIRECT_H
#define LIBDUMPALLOC_RELAY_DIRECT_H

#include <stdbool.h>

struct relay_orders;
struct sink;

// Opens the sink and begins the stream. False: errno and the region's report say why. With every
// signal blocked, as all of these but the last two.
bool relay_direct_open(struct relay_orders *orders);

// Opens the file of relay_direct_open once more after a relay was killed and takes away what that
// had not written to its end. False: errno says why; EOPNOTSUPP: no such sink.
bool relay_direct_reopen(struct relay_orders *orders);

// The relay has taken the sink with it: this process is rid of it.
void relay_direct_hand_over(void);

// In a fork child: the parent keeps its own.
void relay_direct_forget(void);

// RELAY_DIRECT: the calling thread writes to the sink what all rings hold.
void relay_direct_drain(void);

// RELAY_DIRECT: the same, then writes END; nothing is written after it.
void relay_direct_end(void);

#endif
