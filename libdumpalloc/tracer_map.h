// SPDX-License-Identifier: LGPL-2.1-or-later
// Records what the program maps and unmaps by itself, where that is asked for.
#ifndef LIBDUMPALLOC_TRACER_MAP_H
#define LIBDUMPALLOC_TRACER_MAP_H

#include "libdumpalloc/encoder.h"
#include "libdumpalloc/tracer_enter.h"

// Whether the hooks have more to do than to call the real functions; set once, before the stream begins.
extern bool tracer_map_is_on;

// Begins a hook. False: nothing is to be recorded. That is so for whatever an allocation function does inside, for the
// allocator's own library and for this one. True: one of the two below must follow. `releases`: the real function may take
// memory away.
bool tracer_map_begin(struct tracer_call *call, bool releases);

// What the real function did; sizes are rounded up to whole pages but for brk. Keeps errno.
void tracer_map_end(struct tracer_call *call, struct encoder_mapping *mapping);

// It gave no memory, or took none away, with errno. Keeps it.
void tracer_map_fail(struct tracer_call *call, void *old);

#endif
