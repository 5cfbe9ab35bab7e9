// SPDX-License-Identifier: LGPL-2.1-or-later
// Between the hooks and the stream: decides what is an event, and records it.
#define _GNU_SOURCE
#include "libdumpalloc/tracer.h"

#include <errno.h>
#include <sys/prctl.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/modules.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/ring.h"
#include "libdumpalloc/session.h"

// How far below an outer hook's frame its real function may call another. Beyond it the outer hook
// was left without a return (an exception, longjmp), or runs on another stack.
static const uintptr_t nested_reach = 256 << 10;

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

static bool is_new(enum wire_kind kind)
{
	return kind == WIRE_KIND_NEW || kind == WIRE_KIND_NEW_ARRAY;
}

static bool is_nested(const struct thread_hook *hook, const struct tracer_call *call)
{
	return call->start.sp < hook->frame && hook->frame - call->start.sp < nested_reach;
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

static void set_hook(struct thread_hook *hook, const struct tracer_call *call)
{
	hook->frame = call->start.sp;
	hook->kind = call->kind;
	hook->size = call->size;
	hook->start = call->start;
	hook->failed_frame = 0;
}

// operator new may run the program's new-handler, or throw: whatever is not its own allocation is
// the program's, and an event like any other.
static bool enter_nested(struct thread_hook *hook, struct tracer_call *call)
{
	if (!is_new(hook->kind))
		return false;
	if (serves(call, hook)) {
		// After a failure only the same call may come again. Another one shows that an
		// exception has left the outer hook.
		if (hook->failed_frame == 0 || hook->failed_frame == call->start.sp)
			call->is_inner = true;
		else
			set_hook(hook, call);
		return true;
	}
	call->has_outer = true;
	call->outer = *hook;
	set_hook(hook, call);
	return true;
}

bool tracer_enter(struct tracer_call *call)
{
	struct thread_self *self = &thread_self;
	int state = atomic_load_explicit(&session_state, memory_order_acquire);

	call->is_inner = false;
	call->has_outer = false;
	if (state == SESSION_OFF)
		return false;
	if (self->work != THREAD_IDLE) {
		self->n_lost += self->work == THREAD_BUSY;
		return false;
	}
	if ((self->thread != NULL ? !self->thread->is_alive : thread_is_in_unknown_child()) &&
	    session_is_child()) {
		session_enter_child();
		state = SESSION_UNOPENED;
	}
	if (state != SESSION_ON && !session_open())
		return false;
	if (is_nested(&self->hook, call))
		return enter_nested(&self->hook, call);
	set_hook(&self->hook, call);
	return true;
}

void tracer_leave(struct tracer_call *call)
{
	if (call->is_inner)
		return;
	if (call->has_outer)
		thread_self.hook = call->outer;
	else
		thread_self.hook.frame = 0;
}

static void record_thread(struct thread *thread)
{
	char name[16 + 1] = { 0 }; // PR_GET_NAME fills 16 bytes

	(void)prctl(PR_GET_NAME, name);
	encoder_set_time(&thread->encoder, session_now());
	encoder_thread(&thread->encoder, channel_sequence_next(), name);
	encoder_flush(&thread->encoder);
	// What is mapped at the start; later only what a stack leads to.
	modules_refresh(&thread->encoder);
}

// Begins recording on this thread. NULL: there is nowhere to record to, the event is lost.
static struct thread *record_begin(void)
{
	struct thread_self *self = &thread_self;
	struct thread *thread = self->thread;
	struct encoder *encoder;

	if (thread == NULL) {
		self->work = THREAD_SILENT;
		thread = thread_acquire();
		self->work = THREAD_IDLE;
		if (thread == NULL) {
			channel_count_lost();
			return NULL;
		}
		self->work = THREAD_BUSY;
		record_thread(thread);
	}
	encoder = &thread->encoder;
	// An event that cannot be handed over takes no number, which the reader would miss as another.
	if (encoder->n_lost > 0 && ring_refuses(encoder->ring)) {
		encoder_count_lost(encoder, WIRE_LOST_NO_ROOM);
		channel_count_lost();
		return NULL;
	}
	self->work = THREAD_BUSY;
	encoder_set_time(encoder, session_now());
	if (thread->n_unmapped != modules_unmapped()) {
		// Frames the reader knows may have become another module's: define them anew.
		thread->n_unmapped = modules_unmapped();
		encoder_restart(encoder);
	}
	for (; self->n_lost > 0; self->n_lost--) {
		channel_count_lost();
		encoder_count_lost(encoder, WIRE_LOST_FAULT);
	}
	if (encoder->n_lost > 0)
		encoder_lost(encoder, channel_sequence_next());
	return thread;
}

static void record_end(struct thread *thread)
{
	if (!encoder_flush(&thread->encoder)) {
		encoder_count_lost(&thread->encoder, WIRE_LOST_NO_ROOM);
		channel_count_lost();
		if (channel_is_broken())
			session_stop();
	}
	thread_self.work = THREAD_IDLE;
}

// For walkers that read code.
static bool find_code(void *user, uintptr_t pc, struct unwind_code *code)
{
	struct thread *thread = user;

	if (modules_find_code(pc, code))
		return true;
	modules_refresh(&thread->encoder);
	return modules_find_code(pc, code);
}

static bool read_code(void *user, uintptr_t pc, unwind_code_reader *read, void *argument)
{
	struct thread *thread = user;

	if (modules_read_code(pc, read, argument))
		return true;
	modules_refresh(&thread->encoder);
	return modules_read_code(pc, read, argument);
}

// Takes the hooks' own frames away: a hook lies between the program and an event within it.
static void drop_own_frames(struct thread *thread, struct unwind_stack *stack)
{
	const uintptr_t *pcs = stack->pcs;
	const uint8_t *hows = stack->hows;
	size_t n = 0;

	for (size_t i = 0; i < stack->n_pcs; i++) {
		if (!modules_is_own(pcs[i])) {
			thread->hows[n] = hows[i];
			thread->pcs[n++] = pcs[i];
		}
	}
	stack->pcs = thread->pcs;
	stack->hows = thread->hows;
	stack->n_pcs = n;
	stack->n_kept = 0;
	unwind_thread_forget_stack(&thread->unwind);
}

// The stack of the event, whose modules the reader then knows. To be encoded as it is: what the next
// walk keeps of this one, the encoder keeps.
static struct unwind_stack record_walk(struct thread *thread, const struct unwind_start *start,
				       bool has_outer)
{
	const struct config *config = config_get();
	const struct unwind_context context = { &thread->unwind, find_code, read_code, thread };
	struct unwind_stack stack = {
		.pcs = thread->pcs,
		.hows = thread->hows,
		.max = config->depth,
	};
	size_t n_new;

	if (thread->n_changes != modules_changes()) {
		thread->n_changes = modules_changes();
		unwind_thread_forget_code(&thread->unwind);
	}
	unwind_walk(config->walker, start, &context, &stack);
	if (has_outer || thread_self.is_inside)
		drop_own_frames(thread, &stack);
	n_new = stack.n_pcs - encoder_kept(&thread->encoder, &stack);
	for (size_t i = 0; i < n_new; i++) {
		bool is_exact = (stack.hows[i] & UNWIND_EXACT) != 0;

		if (!encoder_knows(&thread->encoder, stack.pcs[i], stack.hows[i]) &&
		    !modules_hold(stack.pcs[i] - !is_exact)) {
			modules_refresh(&thread->encoder);
			break;
		}
	}
	return stack;
}

static void record_alloc(struct tracer_call *call, void *block)
{
	struct thread *thread = record_begin();
	struct unwind_stack stack;

	if (thread == NULL)
		return;
	stack = record_walk(thread, &call->start, call->has_outer);
	encoder_alloc(&thread->encoder, channel_sequence_next(), call->kind, call->size,
		      real.malloc_usable_size(block), (uintptr_t)block, &stack);
	record_end(thread);
}

// `old` NULL: one sequence number was taken.
static void record_failure(const struct unwind_start *start, enum wire_kind kind, size_t size,
			   int error, const struct tracer_call *call, void *old)
{
	struct thread *thread = record_begin();
	struct unwind_stack stack;
	sequence_word seq;

	if (thread == NULL)
		return;
	stack = record_walk(thread, start, call->has_outer);
	seq = channel_sequence_next();
	encoder_fail(&thread->encoder, seq, old != NULL ? call->old_seq : seq, kind, size, error,
		     (uintptr_t)old, &stack);
	record_end(thread);
}

void tracer_fail(struct tracer_call *call, int error)
{
	struct thread_hook *hook = &thread_self.hook;
	int saved = errno;

	// An operator new that gives NULL has failed inside already. One that throws never returns,
	// so its failure is recorded when the allocation inside fails.
	if (hook->failed_frame == 0)
		record_failure(&hook->start, hook->kind, hook->size, error, call, NULL);
	if (call->is_inner)
		hook->failed_frame = call->start.sp;
	tracer_leave(call);
	errno = saved;
}

void tracer_alloc(struct tracer_call *call, void *block)
{
	int saved = errno;

	if (block == NULL) {
		tracer_fail(call, errno);
		return;
	}
	if (!call->is_inner && !boot_owns(block))
		record_alloc(call, block);
	tracer_leave(call);
	errno = saved;
}

void tracer_free(struct tracer_call *call, void *block)
{
	int saved = errno;
	struct thread *thread = record_begin();

	if (thread != NULL) {
		encoder_free(&thread->encoder, channel_sequence_next(), call->kind,
			     (uintptr_t)block);
		record_end(thread);
	}
	errno = saved;
}

void tracer_realloc_begin(struct tracer_call *call)
{
	int saved = errno;
	struct thread *thread = call->is_inner ? NULL : record_begin();

	call->old_seq = 0;
	if (thread != NULL) {
		// A LOST record goes first: its number is lower.
		record_end(thread);
		call->old_seq = channel_sequence_next();
	}
	errno = saved;
}

static void record_realloc(struct tracer_call *call, void *old, void *block)
{
	struct thread *thread = record_begin();
	struct unwind_stack stack;

	if (thread == NULL)
		return;
	if (block == NULL) {
		encoder_free(&thread->encoder, call->old_seq, call->kind, (uintptr_t)old);
	} else {
		stack = record_walk(thread, &call->start, call->has_outer);
		encoder_realloc(&thread->encoder, channel_sequence_next(), call->old_seq,
				call->kind, (uintptr_t)old, call->size,
				real.malloc_usable_size(block), (uintptr_t)block, &stack);
	}
	record_end(thread);
}

void tracer_realloc_end(struct tracer_call *call, void *old, void *block)
{
	int saved = errno;

	if (!call->is_inner && call->old_seq != 0) {
		if (block == NULL && call->size != 0)
			record_failure(&call->start, call->kind, call->size, saved, call, old);
		else
			record_realloc(call, old, block);
	}
	tracer_leave(call);
	errno = saved;
}

// Begins a record that is no hook's; NULL: none is to be made.
static struct thread *record_begin_aside(void)
{
	bool is_possible =
		thread_self.work == THREAD_IDLE && atomic_load(&session_state) == SESSION_ON;

	return is_possible ? record_begin() : NULL;
}

void tracer_unloaded(void)
{
	int saved = errno;
	struct thread *thread = record_begin_aside();

	real_forget_operators();
	if (thread != NULL) {
		modules_refresh(&thread->encoder);
		record_end(thread);
	}
	errno = saved;
}

void tracer_forked(pid_t child)
{
	int saved = errno;
	struct thread *thread = record_begin_aside();

	if (thread != NULL) {
		encoder_number(&thread->encoder, channel_sequence_next(), WIRE_FORK,
			       (uint64_t)child);
		record_end(thread);
	}
	errno = saved;
}

static void record_mark(enum wire_extended type)
{
	struct thread *thread = record_begin_aside();

	if (thread != NULL) {
		encoder_mark(&thread->encoder, channel_sequence_next(), type);
		record_end(thread);
	}
}

void tracer_end_thread(void)
{
	record_mark(WIRE_THREAD_EXIT);
}

void tracer_exit(void)
{
	record_mark(WIRE_EXIT);
}

void tracer_say(const char *text)
{
	struct thread *thread = record_begin_aside();

	if (thread != NULL) {
		encoder_text(&thread->encoder, channel_sequence_next(), WIRE_MESSAGE, text);
		record_end(thread);
	}
}
