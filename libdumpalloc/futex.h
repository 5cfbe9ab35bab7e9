// SPDX-License-Identifier: LGPL-2.1-or-later
// Sleeping on a word of shared memory, and the clock that bounds every sleep.
#ifndef LIBDUMPALLOC_FUTEX_H
#define LIBDUMPALLOC_FUTEX_H

#include <stdint.h>
#include <time.h>

#include "libdumpalloc/atomics.h"

// Sleeps while `*word` is `seen`, at most `timeout_ms`; may return early for no reason. Works
// across processes. Keeps errno.
void futex_wait(_Atomic uint32_t *word, uint32_t seen, unsigned timeout_ms);

// Wakes everyone who sleeps on `word`. Keeps errno.
void futex_wake(_Atomic uint32_t *word);

// A lock in any memory: 0 is free. Who dies with it held leaves it held.
void futex_lock(_Atomic uint32_t *lock);
void futex_unlock(_Atomic uint32_t *lock);

// The time of a clock; 0: it cannot be read.
uint64_t clock_read(clockid_t clock, uint32_t units_per_second);
// Milliseconds of a clock that never jumps; wraps at 2^32, so only differences mean anything.
uint32_t clock_ms(void);

#endif
