// SPDX-License-Identifier: LGPL-2.1-or-later
// Between the hooks and the stream: records the events.
#ifndef LIBDUMPALLOC_TRACER_H
#define LIBDUMPALLOC_TRACER_H

#include "libdumpalloc/tracer_enter.h"

// Ends a call that allocated: records it, or its failure where `block` is NULL, with errno. All of
// these keep errno.
void tracer_alloc(struct tracer_call *call, void *block);
// The same where the error was returned.
void tracer_fail(struct tracer_call *call, int error);

// Before the real function frees `block`; does not end the call.
void tracer_free(struct tracer_call *call, void *block);
// Before the real function may free a block, at the same time giving another.
void tracer_realloc_begin(struct tracer_call *call, void *old);
// Ends such a call; `block` NULL: it failed, or freed `old` where 0 bytes were asked for.
void tracer_realloc_end(struct tracer_call *call, void *old, void *block);

// A block of a pool of the program's (dumpalloc.h), allocated by the one whose call `start` is. False: it was not
// recorded. May change errno.
bool tracer_pool_alloc(const struct unwind_start *start, uintptr_t pool, uintptr_t block,
		       size_t size);

#endif
