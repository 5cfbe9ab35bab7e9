// SPDX-License-Identifier: GPL-3.0-or-later
// Makes the snapshot of this moment.
#ifndef READALLOC_SNAPSHOT_BUILD_H
#define READALLOC_SNAPSHOT_BUILD_H

#include <stdint.h>

struct model;
struct preamble;
struct snapshot;

// `n_lost` and `damage` (NULL: none) as in struct snapshot. The result borrows from all arguments and is valid
// until the next event; snapshot_free ends it.
struct snapshot *snapshot_build(struct model *model, const struct preamble *preamble,
				uint64_t n_lost, const char *damage);
void snapshot_free(struct snapshot *snapshot);

#endif
