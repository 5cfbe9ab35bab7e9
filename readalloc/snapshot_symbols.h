// SPDX-License-Identifier: GPL-3.0-or-later
// Names for all that is in a snapshot.
#ifndef READALLOC_SNAPSHOT_SYMBOLS_H
#define READALLOC_SNAPSHOT_SYMBOLS_H

struct snapshot;
struct symbols;

// Resolves all call sites, which is quicker than one by one as symbols_find asks for them.
void snapshot_resolve(const struct snapshot *snapshot, struct symbols *symbols);

#endif
