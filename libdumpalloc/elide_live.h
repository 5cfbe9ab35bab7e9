// SPDX-License-Identifier: LGPL-2.1-or-later
// The blocks that are live, by their addresses, in memory of the relay.
#ifndef LIBDUMPALLOC_ELIDE_LIVE_H
#define LIBDUMPALLOC_ELIDE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/channel.h"

enum {
	ELIDE_LIVE_LEAST = 1 << 12, // places
	ELIDE_LIVE_MOST = sizeof(void *) > 4 ? 1 << 22 : 1 << 19,
};

struct elide_live {
	uintptr_t address; // 0: the place is free
	size_t size;
	sequence_word seq; // of the allocation
};

// NULL: there is none at this address.
struct elide_live *elide_live_find(uintptr_t address);

// The address must have none. False: there is no room any more.
bool elide_live_add(const struct elide_live *block);

// What elide_live_find has returned goes; pointers to others are void.
void elide_live_remove(struct elide_live *block);

// Forgets all of them.
void elide_live_forget(void);

#endif
