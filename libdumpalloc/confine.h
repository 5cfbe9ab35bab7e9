// SPDX-License-Identifier: LGPL-2.1-or-later
// Whether the traced process may have forbidden itself system calls, on pain of death.
#ifndef LIBDUMPALLOC_CONFINE_H
#define LIBDUMPALLOC_CONFINE_H

#include <stdbool.h>

#include "libdumpalloc/atomics.h"

// While it holds, this process makes no system call of ours for an event or at its end: it neither sleeps nor
// wakes anyone, and has only the clock that the kernel keeps in the process's memory (vdso). The relay looks at the
// rings by itself then (region->is_confined).
extern atomic_bool confine_is_on;

static inline bool confine_holds(void)
{
	return atomic_load_explicit(&confine_is_on, memory_order_relaxed);
}

// In place of a sleep: spends some microseconds.
void confine_pause(void);

#endif
