// SPDX-License-Identifier: LGPL-2.1-or-later
// Begins and ends hooks that are called seldom: one way for calls that are an event and others.
#include "libdumpalloc/tracer_seldom.h"

#include "libdumpalloc/tracer.h"

void tracer_alloc_begin(struct tracer_call *call)
{
	call->is_event = tracer_enter(call);
}

void *tracer_alloc_end(struct tracer_call *call, void *block)
{
	if (call->is_event)
		tracer_alloc(call, block);
	return block;
}

void tracer_free_begin(struct tracer_call *call, void *block)
{
	call->is_event = block != NULL && tracer_enter(call);
	if (call->is_event)
		tracer_free(call, block);
}

void tracer_free_end(struct tracer_call *call)
{
	if (call->is_event)
		tracer_leave(call);
}
