// SPDX-License-Identifier: LGPL-2.1-or-later
// Begins a hook: whether the call is an event, a part of one, or nobody's.
#ifndef LIBDUMPALLOC_TRACER_ENTER_H
#define LIBDUMPALLOC_TRACER_ENTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/channel.h"
#include "libdumpalloc/sample_table.h"
#include "libdumpalloc/thread.h"
#include "libdumpalloc/usage.h"
#include "libdumpalloc/wire.h"
#include "unwind/minimal.h"
#include "unwind/unwind.h"

// One call of a hook; lives in the hook's frame.
struct tracer_call {
	struct unwind_start start;
	enum wire_kind kind;
	size_t size;    // bytes asked for; of a release those it is told of, or ENCODER_NO_SIZE
	bool is_inner;  // serves an outer operator new: no event of its own
	bool has_outer; // an event within an outer operator new
	bool is_event;  // of hooks that begin as tracer_seldom.h says
	sequence_word old_seq; // realloc: the number taken before the real call
	size_t left; // operator new: bytes of the sample before it, where it was passed over; else 0
	struct thread_hook outer;
};

// Fills `start`, `kind` and `size` of a call; only valid in the hook's own body, before anything else in those that
// allocate: some machines' frame pointers of the caller are in registers that the hook may use.
#define TRACER_CALL(call, call_kind, call_size)                                                    \
	struct tracer_call call;                                                                   \
	call.start = (struct unwind_start)UNWIND_HERE;                                             \
	call.kind = (call_kind);                                                                   \
	call.size = (call_size)

// Of a minimal build no operator is hooked, and no hook within another has an event.
static inline bool tracer_is_new(enum wire_kind kind)
{
	return !IS_MINIMAL &&
	       (kind == WIRE_KIND_NEW || kind == WIRE_KIND_NEW_ARRAY ||
		kind == WIRE_KIND_NEW_ALIGNED || kind == WIRE_KIND_NEW_ARRAY_ALIGNED);
}

static inline bool tracer_is_inner(const struct tracer_call *call)
{
	return !IS_MINIMAL && call->is_inner;
}

static inline bool tracer_has_outer(const struct tracer_call *call)
{
	return !IS_MINIMAL && call->has_outer;
}

// What tells a call of a hook from others: its `start.sp`; only valid in the hook's own body.
#define TRACER_FRAME() ((uintptr_t)__builtin_dwarf_cfa())

// How far below an outer hook's frame its real function may call another. Beyond it the outer hook
// was left without a return (an exception, longjmp), or runs on another stack.
enum { TRACER_NESTED_REACH = 256 << 10 };

static inline bool tracer_is_nested(const struct thread_hook *hook, const struct tracer_call *call)
{
	// A 32-bit stack may lie so near the end of the addresses that frame 0 looks close.
	return hook->frame != 0 && hook->frame - call->start.sp - 1 < TRACER_NESTED_REACH - 1;
}

// Only operators new are asked for more than their frame and kind, see enter_nested and tracer_fail.
static inline void tracer_set_hook(struct thread_hook *hook, const struct tracer_call *call)
{
	hook->frame = call->start.sp;
	hook->kind = call->kind;
	if (tracer_is_new(call->kind)) {
		hook->size = call->size;
		hook->start = call->start;
		hook->failed_frame = 0;
		hook->inner_frame = 0;
	}
}

// Whether the C function that is called gets the outer operator new what that was asked for, as nearly always:
// the same number of bytes, at the first attempt.
static inline bool tracer_is_served_by(const struct thread_hook *hook,
				       const struct tracer_call *call)
{
	return call->kind == WIRE_KIND_MALLOC && call->size == hook->size &&
	       hook->failed_frame == 0 && hook->inner_frame == 0;
}

// Begins a hook. False: nothing is to be recorded, the hook only calls the real function. That is so
// when tracing is off, when an outer hook's real function makes the call, or when the tracer itself
// was interrupted (the event is then counted lost). True: exactly one of the functions that
// end a call must follow: tracer_leave, or one of tracer.h.
bool tracer_enter(struct tracer_call *call);

// Opens the stream of a process that has none yet. False: nothing is traced, or it is being recorded just now.
bool tracer_is_on(void);

// True if events that were not drawn are none (sample.h).
static inline bool tracer_may_pass(const struct thread_self *self)
{
	return !IS_MINIMAL && __builtin_expect(self->work == THREAD_PASSING, 0) &&
	       !usage_is_counted();
}

static inline bool tracer_is_idle(void)
{
	return __builtin_expect(thread_self.work == THREAD_IDLE, 1);
}

// What most calls are where a sample is taken must cost next to nothing: hooks ask these first and then do no more than
// call the real function, so that they need no frame. Nothing of an outer hook is looked at where a block is released:
// one that is none of the sample is nobody's event there, either.

// Passes over an allocation of `size` bytes, in no other hook, or does nothing.
static inline __attribute__((always_inline)) bool tracer_pass(size_t size)
{
	struct thread_self *self = &thread_self;

	return tracer_may_pass(self) && self->hook.frame == 0 && sample_pass(&self->sample, size);
}

// Whether a release can be passed over; the block may be one of the boot arena.
static inline __attribute__((always_inline)) bool tracer_passes_release(const void *block)
{
	return tracer_may_pass(&thread_self) && !sample_table_may_have((uintptr_t)block);
}

// Whether an allocation is passed over, also one that tracer_pass is not sure of: where a look around is due but nothing was
// disturbed since the last one, there is nothing to be seen. To look costs microseconds where caches are full of the program's.
bool tracer_passes_on(struct thread_self *self, size_t size);

// Passes over a realloc, in no other hook, or does nothing.
static inline __attribute__((always_inline)) bool tracer_pass_realloc(const void *old, size_t size)
{
	struct thread_self *self = &thread_self;

	return tracer_passes_release(old) && !boot_owns(old) && self->hook.frame == 0 &&
	       sample_pass(&self->sample, size);
}

// Whether an operator new, in no other hook, can be passed over. The malloc within it counts its bytes; tracer_pass_new,
// after it, those of one that asks no malloc of ours: of the sample `left` bytes were left before.
static inline __attribute__((always_inline)) bool tracer_passes_new(size_t size)
{
	const struct thread_self *self = &thread_self;

	return tracer_may_pass(self) && self->hook.frame == 0 && sample_has(&self->sample, size);
}

static inline void tracer_pass_new(size_t size, size_t left)
{
	if (left == thread_self.sample.left)
		(void)sample_pass(&thread_self.sample, size);
}

// The same as tracer_enter, inline, for hooks that are called most. `is_idle`: tracer_is_idle.
static inline __attribute__((always_inline)) bool tracer_enter_often(struct tracer_call *call,
								     bool is_idle)
{
	struct thread_self *self = &thread_self;

	if (IS_MINIMAL || !is_idle)
		return tracer_enter(call);
	if (self->hook.frame != 0) {
		if (!tracer_is_nested(&self->hook, call))
			return tracer_enter(call);
		if (!tracer_is_new(self->hook.kind))
			return false;
		if (!tracer_is_served_by(&self->hook, call))
			return tracer_enter(call);
		call->is_inner = true;
		call->has_outer = false;
		self->hook.inner_frame = call->start.sp;
		return true;
	}
	// Where the window is open the session was on when the thread last looked around.
	if (__builtin_expect(self->thread == NULL || !self->thread->is_alive ||
				     !encoder_is_open(&self->thread->encoder),
			     0))
		return tracer_enter(call);
	call->is_inner = false;
	call->has_outer = false;
	tracer_set_hook(&self->hook, call);
	return true;
}

// The outer operator new goes on.
void tracer_leave_to_outer(const struct tracer_call *call);

// Ends a call with nothing more to record.
static inline void tracer_leave(struct tracer_call *call)
{
	if (tracer_is_inner(call)) {
		thread_self.hook.inner_frame = 0;
		return;
	}
	if (__builtin_expect(tracer_has_outer(call), 0))
		tracer_leave_to_outer(call);
	else
		thread_self.hook.frame = 0;
}

// In between, what the libc allocates on this thread at our own request is no event. `begin` returns
// what `end` is to be given.
enum thread_work tracer_silence_begin(void);
void tracer_silence_end(enum thread_work before);

// In between, hooks are on the stack without being in tracer_enter: what the loader or the program
// allocates there is an event like any other, and our frames are dropped from its stack. `begin`
// returns what `end` is to be given.
bool tracer_inside_begin(void);
void tracer_inside_end(bool before);

#endif
