// SPDX-License-Identifier: LGPL-2.1-or-later
// Begins a hook: whether the call is an event, a part of one, or nobody's.
#include "libdumpalloc/tracer_enter.h"

#include "libdumpalloc/session.h"

#define UNLIKELY(condition) __builtin_expect((condition), 0)
#define SELDOM              __attribute__((noinline, cold))

// How much more than the size asked for an aligned operator new may want.
static const size_t rounding_max = 64 << 10;

enum thread_work tracer_silence_begin(void)
{
	enum thread_work before = thread_self.work;

	thread_self.work = THREAD_SILENT;
	return before;
}

void tracer_silence_end(enum thread_work before)
{
	thread_self.work = before;
}

bool tracer_inside_begin(void)
{
	bool before = thread_self.is_inside;

	thread_self.is_inside = true;
	// Events in between have frames to be dropped.
	if (thread_self.thread != NULL)
		encoder_shut(&thread_self.thread->encoder);
	return before;
}

void tracer_inside_end(bool before)
{
	thread_self.is_inside = before;
}

static bool is_free(enum wire_kind kind)
{
	return kind >= WIRE_KIND_FREE;
}

// operator new asks malloc for what it was asked for, and at least 1 byte.
static bool serves(const struct tracer_call *call, const struct thread_hook *hook)
{
	size_t wanted = hook->size != 0 ? hook->size : 1;
	size_t asked = call->size != 0 ? call->size : 1;

	if (is_free(call->kind) || asked < wanted)
		return false;
	return asked == wanted ||
	       (call->kind >= WIRE_KIND_MEMALIGN && call->kind <= WIRE_KIND_ALIGNED_ALLOC &&
		asked - wanted < rounding_max);
}

// operator new may run the program's new-handler, or throw: whatever is not its own allocation is
// the program's, and an event like any other.
static bool enter_nested(struct thread_hook *hook, struct tracer_call *call)
{
	if (!tracer_is_new(hook->kind))
		return false;
	// What the allocator calls itself is no one's, as where no operator is around it.
	if (call->start.sp < hook->inner_frame)
		return false;
	if (serves(call, hook)) {
		// After a failure only the same call may come again. Another one shows that an
		// exception has left the outer hook.
		if (hook->failed_frame == 0 || hook->failed_frame == call->start.sp) {
			call->is_inner = true;
			// An operator inside may throw, and that allocates.
			hook->inner_frame = tracer_is_new(call->kind) ? 0 : call->start.sp;
		} else {
			tracer_set_hook(hook, call);
		}
		return true;
	}
	call->has_outer = true;
	call->outer = *hook;
	tracer_set_hook(hook, call);
	return true;
}

bool tracer_is_on(void)
{
	struct thread_self *self = &thread_self;
	int state = atomic_load_explicit(&session_state, memory_order_acquire);

	if (state == SESSION_OFF || !thread_is_idle(self->work))
		return false;
	if ((self->thread != NULL ? !self->thread->is_alive : thread_is_in_unknown_child()) &&
	    session_is_child()) {
		session_enter_child();
		state = SESSION_UNOPENED;
	}
	return state == SESSION_ON || session_open();
}

static SELDOM bool enter_slowly(struct tracer_call *call)
{
	struct thread_self *self = &thread_self;

	if (self->work == THREAD_BUSY && atomic_load(&session_state) != SESSION_OFF) {
		self->n_lost++;
		encoder_shut(&self->thread->encoder);
	}
	if (!tracer_is_on())
		return false;
	if (tracer_is_nested(&self->hook, call))
		return enter_nested(&self->hook, call);
	tracer_set_hook(&self->hook, call);
	return true;
}

bool tracer_passes_on(struct thread_self *self, size_t size)
{
	const struct thread *thread = self->thread;

	if (!tracer_may_pass(self))
		return false;
	return sample_pass(&self->sample, size) ||
	       (thread != NULL && thread->is_alive && encoder_is_open(&thread->encoder) &&
		channel_is_undisturbed(thread->pulse) && sample_pass_on(&self->sample, size));
}

// The end of a stretch, mostly.
static inline bool is_passed_over(struct thread_self *self, const struct tracer_call *call)
{
	return (call->kind == WIRE_KIND_MALLOC || call->kind == WIRE_KIND_CALLOC) &&
	       call->size < SAMPLE_LARGE && self->hook.frame == 0 &&
	       tracer_passes_on(self, call->size);
}

bool tracer_enter(struct tracer_call *call)
{
	struct thread_self *self = &thread_self;

	call->is_inner = false;
	call->has_outer = false;
	if (UNLIKELY(self->work == THREAD_PASSING) && is_passed_over(self, call))
		return false;
	if (UNLIKELY(!thread_is_idle(self->work) || self->thread == NULL ||
		     !self->thread->is_alive || !encoder_is_open(&self->thread->encoder)))
		return enter_slowly(call);
	if (UNLIKELY(self->hook.frame != 0) && tracer_is_nested(&self->hook, call))
		return enter_nested(&self->hook, call);
	tracer_set_hook(&self->hook, call);
	return true;
}

void tracer_leave_to_outer(const struct tracer_call *call)
{
	thread_self.hook = call->outer;
}
