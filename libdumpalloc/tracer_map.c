// SPDX-License-Identifier: LGPL-2.1-or-later
// Records what the program maps and unmaps by itself, where that is asked for.
#include "libdumpalloc/tracer_map.h"

#include <errno.h>
#include <unistd.h>

#include "libdumpalloc/modules.h"
#include "libdumpalloc/pause.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/record.h"
#include "libdumpalloc/tracer.h"

bool tracer_map_is_on;

// Who maps memory to hand it out in blocks has locks that we must not wait for, and the blocks are what counts.
static bool is_an_allocators(uintptr_t pc)
{
	return modules_is_own(pc) || modules_are_same(pc, (uintptr_t)real.malloc);
}

bool tracer_map_begin(struct tracer_call *call, bool releases)
{
	int saved = errno;
	bool is_event = !tracer_is_nested(&thread_self.hook, call) &&
			!is_an_allocators(call->start.pc) && tracer_enter(call);

	call->old_seq = 0;
	// What record_begin has to say goes first: its numbers are lower.
	if (is_event && releases) {
		struct thread *thread = record_begin();
		if (thread != NULL) {
			record_end(thread);
			call->old_seq = channel_sequence_next();
		}
	}
	errno = saved;
	return is_event;
}

static size_t whole_pages(size_t size)
{
	size_t page_size = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page_size - 1) & ~(page_size - 1);
}

void tracer_map_end(struct tracer_call *call, struct encoder_mapping *mapping)
{
	int saved = errno;
	struct thread *thread;
	struct unwind_stack stack = { 0 };

	mapping->kind = call->kind;
	mapping->old_seq = call->old_seq;
	if (call->kind != WIRE_KIND_BRK) {
		mapping->size = whole_pages(mapping->size);
		mapping->old_size = whole_pages(mapping->old_size);
	}
	if (pause_holds())
		mapping->size = 0;
	// A number that was taken must be told of, whatever became of it.
	bool has_news = mapping->size != 0 || mapping->old_seq != 0;
	if (has_news && (thread = record_begin()) != NULL) {
		if (mapping->size != 0)
			tracer_walk(thread, call, &stack);
		encoder_mapping(&thread->encoder, channel_sequence_next(), mapping, &stack);
		record_end(thread);
	}
	tracer_leave(call);
	errno = saved;
}

void tracer_map_fail(struct tracer_call *call, void *old)
{
	struct encoder_mapping nothing = { 0 };

	// Of the calls that got no memory.
	if (call->kind == WIRE_KIND_MUNMAP || call->size == 0)
		tracer_map_end(call, &nothing);
	else if (old != NULL)
		tracer_realloc_end(call, old, NULL);
	else
		tracer_fail(call, errno);
}
