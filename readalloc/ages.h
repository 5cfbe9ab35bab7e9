// SPDX-License-Identifier: GPL-3.0-or-later
// Which of the live blocks are seen, by how long ago they were allocated.
#ifndef READALLOC_AGES_H
#define READALLOC_AGES_H

#include <stdbool.h>

#include "sampling.h"

struct live_birth;
struct cost;
struct live_block;
struct snapshot;
struct variance;

// Whether the block is seen, as far as its age is concerned; all are without snapshot->ages.
bool ages_admit(const struct snapshot *snapshot, const struct live_birth *birth);

// Of each charge of the whole snapshot, what live blocks that are not seen have of its live columns. It needs the lives
// (report.h, NEEDS_LIVES). The caller frees them. `variances`: of each charge, what they have of it is added; NULL: nothing
// is an estimate.
struct cost *ages_hidden(const struct snapshot *snapshot, struct variance *variances);

// What the block counts for among what is live.
struct weight ages_weigh(const struct snapshot *snapshot, const struct live_block *block,
			 bool is_mapping);

#endif
