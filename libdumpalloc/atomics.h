// SPDX-License-Identifier: LGPL-2.1-or-later
// <stdatomic.h>, with loads that cost one barrier where a compiler makes two.
#ifndef LIBDUMPALLOC_ATOMICS_H
#define LIBDUMPALLOC_ATOMICS_H

#include <stdatomic.h>

// Where each store and each change in sequential order ends with a barrier, a load need not begin with one.
#ifdef ATOMICS_END_WITH_BARRIER
#undef atomic_load
#define atomic_load(object) atomic_load_explicit((object), memory_order_acquire)
#endif

#endif
