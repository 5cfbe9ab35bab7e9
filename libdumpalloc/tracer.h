// SPDX-License-Identifier: LGPL-2.1-or-later
// Between the hooks and the stream: records the events.
#ifndef LIBDUMPALLOC_TRACER_H
#define LIBDUMPALLOC_TRACER_H

#include "libdumpalloc/tracer_enter.h"

// Ends a call that allocated: records it, or its failure where `block` is NULL, with errno. All of
// these keep errno.
void tracer_alloc(struct tracer_call *call, void *block);
// The same for hooks that are called most.
static inline __attribute__((always_inline)) void tracer_alloc_often(struct tracer_call *call,
								     void *block)
{
	if (tracer_is_inner(call) && block != NULL)
		thread_self.hook.inner_frame = 0;
	else
		tracer_alloc(call, block);
}

// The same where the error was returned.
void tracer_fail(struct tracer_call *call, int error);

// Before the real function frees `block`; does not end the call.
void tracer_free(struct tracer_call *call, void *block);

static inline bool tracer_may_release(const void *block)
{
	const struct thread_self *self = &thread_self;

	return __builtin_expect(self->thread != NULL && self->thread->is_alive && block != NULL &&
					!boot_owns(block),
				1);
}

// What records a release if that can be quick, where there is memory for more than one: of operator delete with a size, and of all
// that is told none.
bool tracer_delete_told(uintptr_t frame, void *block, size_t size);
bool tracer_free_untold(uintptr_t frame, enum wire_kind kind, void *block);

// The same for hooks that are called most, in the place of tracer_enter: begins the call and records it if nothing
// is in the way, see TRACER_FRAME. The thread is THREAD_IDLE. False: nothing was done. True: tracer_release_end must
// follow the real function. `size`: what the block is said to have, or ENCODER_NO_SIZE.
#if UINTPTR_MAX > UINT32_MAX
static inline __attribute__((always_inline)) bool
tracer_release(uintptr_t frame, enum wire_kind kind, void *block, size_t size)
{
	if (!tracer_may_release(block))
		return false;
	if (kind == WIRE_KIND_DELETE && size != ENCODER_NO_SIZE)
		return tracer_delete_told(frame, block, size);
	return tracer_free_untold(frame, kind, block);
}
#else
bool tracer_release(uintptr_t frame, enum wire_kind kind, void *block, size_t size);
#endif

// The same where the thread is not just idle: passes over the release of a block that tracer_passes_release was not sure of.
// `size` is not looked at: callers choose one of two functions alike.
bool tracer_pass_release(uintptr_t frame, enum wire_kind kind, void *block, size_t size);

static inline __attribute__((always_inline)) bool
tracer_release_often(uintptr_t frame, enum wire_kind kind, void *block, size_t size)
{
	if (IS_MINIMAL || __builtin_expect(thread_self.hook.frame != 0, 0))
		return false;
	return tracer_is_idle() ? __builtin_expect(tracer_release(frame, kind, block, size), 1)
				: tracer_pass_release(frame, kind, block, size);
}

// Whether a release at this frame is a part of what an outer hook's real function does, but no operator new's: no event.
static inline __attribute__((always_inline)) bool tracer_release_is_inner(uintptr_t frame)
{
	const struct thread_self *self = &thread_self;

	return !IS_MINIMAL && self->hook.frame != 0 &&
	       self->hook.frame - frame - 1 < TRACER_NESTED_REACH - 1 &&
	       thread_is_idle(self->work) && !tracer_is_new(self->hook.kind);
}

static inline void tracer_release_end(void)
{
	thread_self.hook.frame = 0;
}

// Before the real function may free a block, at the same time giving another.
void tracer_realloc_begin(struct tracer_call *call, void *old);
// Ends such a call; `block` NULL: it failed, or freed `old` where 0 bytes were asked for.
void tracer_realloc_end(struct tracer_call *call, void *old, void *block);

// The stack of what a call records slowly; the reader is told of its modules.
void tracer_walk(struct thread *thread, const struct tracer_call *call, struct unwind_stack *stack);

// A block of a pool of the program's (dumpalloc.h), allocated by the one whose call `start` is. False: it was not
// recorded. May change errno.
bool tracer_pool_alloc(const struct unwind_start *start, uintptr_t pool, uintptr_t block,
		       size_t size);

#endif
