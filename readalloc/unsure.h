// SPDX-License-Identifier: GPL-3.0-or-later
// Live blocks that may have been released meanwhile, as events were lost after they were allocated.
#ifndef READALLOC_UNSURE_H
#define READALLOC_UNSURE_H

#include <stdbool.h>

struct model;
struct snapshot;

// Counts them for `snapshot`, which is of `model` at this moment. `is_sure_at_end`: none is known to be lost after the newest
// event.
void unsure_show(const struct model *model, bool is_sure_at_end, struct snapshot *snapshot);

#endif
