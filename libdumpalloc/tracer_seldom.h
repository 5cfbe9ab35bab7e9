// SPDX-License-Identifier: LGPL-2.1-or-later
// Begins and ends hooks that are called seldom: one way for calls that are an event and others.
#ifndef LIBDUMPALLOC_TRACER_SELDOM_H
#define LIBDUMPALLOC_TRACER_SELDOM_H

#include "libdumpalloc/tracer_enter.h"

// Around the real function, which is called whatever `begin` finds. `end` returns the block, keeps errno.
void tracer_alloc_begin(struct tracer_call *call);
void *tracer_alloc_end(struct tracer_call *call, void *block);

// Around one that releases `block`, which may be NULL.
void tracer_free_begin(struct tracer_call *call, void *block);
void tracer_free_end(struct tracer_call *call);

#endif
