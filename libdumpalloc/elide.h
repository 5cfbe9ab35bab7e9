// SPDX-License-Identifier: LGPL-2.1-or-later
// Leaves out of the stream, on the way from the rings to the sink, blocks that lived for a few events only.
#ifndef LIBDUMPALLOC_ELIDE_H
#define LIBDUMPALLOC_ELIDE_H

#include <stdbool.h>

#include "libdumpalloc/channel.h"

struct sink;

// Whether the library is built with it.
#ifndef DUMPALLOC_ELISION
#define DUMPALLOC_ELISION 1
#endif

// All of these are the relay's, for the region_current that it carries from.

// From now on blocks that live for `limit` events at most are left out. False: there is no memory for it, errno says so;
// nothing is left out.
bool elide_start(unsigned limit);

bool elide_is_on(void);

// How many events have been left out.
sequence_word elide_count(void);

// One pass over the rings, as drain_rings, but for that of many threads. Events may stay in the rings for a while: to be looked
// at together with those to come. `*has_moved`, or who waits for the sink to have all: they do not.
bool elide_rings(struct sink *sink, bool *has_moved);

#endif
