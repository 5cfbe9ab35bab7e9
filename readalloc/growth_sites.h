// SPDX-License-Identifier: GPL-3.0-or-later
// Growth that shows only when the stacks of one call site are put together, as those of a recursive function.
#ifndef READALLOC_GROWTH_SITES_H
#define READALLOC_GROWTH_SITES_H

#include <stddef.h>

struct growth;
struct snapshot;

// The charges that grow, and those of call sites whose charges grow together while none of them does by itself. A call site is
// the innermost of a stack that is not in the C or C++ library's files. Of the slope of such a site each charge has the
// share that it has in the bytes allocated there. The snapshot has a timeline. The caller frees; NULL: none.
struct growth *growth_sites_find(const struct snapshot *snapshot, size_t *n);

#endif
