// SPDX-License-Identifier: LGPL-2.1-or-later
// Between the hooks and the stream: decides what is an event, and records it.
#define _GNU_SOURCE
#include "libdumpalloc/tracer.h"

#include <errno.h>
#include <sys/prctl.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/encoder_quick.h"
#include "libdumpalloc/modules.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/session.h"

#define LIKELY(condition)   __builtin_expect((condition), 1)
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

static SELDOM bool enter_slowly(struct tracer_call *call)
{
	struct thread_self *self = &thread_self;
	int state = atomic_load_explicit(&session_state, memory_order_acquire);

	if (state == SESSION_OFF)
		return false;
	if (self->work != THREAD_IDLE) {
		if (self->work == THREAD_BUSY) {
			self->n_lost++;
			encoder_shut(&self->thread->encoder);
		}
		return false;
	}
	if ((self->thread != NULL ? !self->thread->is_alive : thread_is_in_unknown_child()) &&
	    session_is_child()) {
		session_enter_child();
		state = SESSION_UNOPENED;
	}
	if (state != SESSION_ON && !session_open())
		return false;
	if (tracer_is_nested(&self->hook, call))
		return enter_nested(&self->hook, call);
	tracer_set_hook(&self->hook, call);
	return true;
}

bool tracer_enter(struct tracer_call *call)
{
	struct thread_self *self = &thread_self;

	call->is_inner = false;
	call->has_outer = false;
	if (UNLIKELY(self->work != THREAD_IDLE || self->thread == NULL || !self->thread->is_alive ||
		     !encoder_is_open(&self->thread->encoder)))
		return enter_slowly(call);
	if (UNLIKELY(self->hook.frame != 0) && tracer_is_nested(&self->hook, call))
		return enter_nested(&self->hook, call);
	tracer_set_hook(&self->hook, call);
	return true;
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

static SELDOM void record_thread(struct thread *thread)
{
	const struct config *config = config_get();
	char name[16 + 1] = { 0 }; // PR_GET_NAME fills 16 bytes

	thread->context = (struct unwind_context){ &thread->unwind, find_code, read_code, thread };
	thread->walker = config->walker;
	thread->depth = config->depth;
	(void)prctl(PR_GET_NAME, name);
	encoder_set_time(&thread->encoder, session_now());
	encoder_thread(&thread->encoder, channel_sequence_next(), name);
	encoder_flush(&thread->encoder);
	// What is mapped at the start; later only what a stack leads to.
	modules_refresh(&thread->encoder);
}

// Makes good what the last look around has not seen. What is to come before the next record shuts the
// window.
static void look_around(struct thread *thread, uint32_t pulse)
{
	struct thread_self *self = &thread_self;
	struct encoder *encoder = &thread->encoder;

	thread->pulse = pulse & ~(uint32_t)REGION_STILL;
	if (thread->n_changes != modules_changes()) {
		thread->n_changes = modules_changes();
		unwind_thread_forget_code(&thread->unwind);
	}
	if (thread->n_unmapped != modules_unmapped()) {
		// Frames the reader knows may have become another module's: define them anew.
		thread->n_unmapped = modules_unmapped();
		encoder_restart(encoder);
	}
	encoder_set_time(encoder, session_now());
	for (; self->n_lost > 0; self->n_lost--) {
		channel_count_lost();
		encoder_count_lost(encoder, WIRE_LOST_FAULT);
	}
	if (encoder->now != encoder->time || encoder->n_lost > 0)
		encoder_shut(encoder);
	if (encoder->n_lost > 0)
		encoder_lost(encoder, channel_sequence_next());
}

// An event that cannot be handed over takes no number, which the reader would miss as another.
static bool is_full(struct thread *thread)
{
	return thread->encoder.n_lost > 0 && ring_refuses(thread->encoder.ring);
}

// Begins recording on this thread. NULL: there is nowhere to record to, the event is lost, or is not wanted any
// more.
static SELDOM struct thread *record_begin(void)
{
	struct thread_self *self = &thread_self;
	struct thread *thread = self->thread;
	uint32_t pulse = channel_pulse();

	atomic_thread_fence(memory_order_acquire);
	if (atomic_load(&session_state) != SESSION_ON)
		return NULL;
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
	if (is_full(thread)) {
		encoder_count_lost(&thread->encoder, WIRE_LOST_NO_ROOM);
		channel_count_lost();
		self->work = THREAD_IDLE;
		return NULL;
	}
	self->work = THREAD_BUSY;
	look_around(thread, pulse);
	return thread;
}

static SELDOM void record_end(struct thread *thread)
{
	struct thread_self *self = &thread_self;

	if (!encoder_flush(&thread->encoder)) {
		encoder_count_lost(&thread->encoder, WIRE_LOST_NO_ROOM);
		channel_count_lost();
		if (channel_is_broken())
			session_stop();
	}
	if (!self->is_inside && (thread->is_alive || channel_is_emulated()))
		encoder_open(&thread->encoder);
	atomic_signal_fence(memory_order_seq_cst);
	if (self->n_lost > 0)
		encoder_shut(&thread->encoder);
	self->work = THREAD_IDLE;
}

// True if a record of this thread needs no more than to be written to the ring's memory.
static inline bool is_quick(const struct thread *thread)
{
	// In this order: the window of a fork child is shut, which may not have the channel's memory.
	return thread != NULL && encoder_has_room(&thread->encoder) &&
	       thread->pulse == channel_pulse();
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

// The stack of the event.
static inline __attribute__((always_inline)) void record_walk(struct thread *thread,
							      const struct unwind_start *start,
							      bool is_within_hooks,
							      struct unwind_stack *stack)
{
	stack->pcs = thread->pcs;
	stack->hows = thread->hows;
	stack->max = thread->depth;
	unwind_walk(thread->walker, start, &thread->context, stack);
	if (UNLIKELY(is_within_hooks))
		drop_own_frames(thread, stack);
}

// Tells the reader of the modules that the stack leads through.
static void look_at_modules(struct thread *thread, const struct unwind_stack *stack)
{
	for (size_t i = 0; i < stack->n_pcs; i++) {
		bool is_exact = (stack->hows[i] & UNWIND_EXACT) != 0;

		if (!encoder_knows(&thread->encoder, stack->pcs[i], stack->hows[i]) &&
		    !modules_hold(stack->pcs[i] - !is_exact)) {
			modules_refresh(&thread->encoder);
			break;
		}
	}
}

// Any record of a block, its stack walked.
static SELDOM void record_staged(struct thread *thread, struct encoder_block *block,
				 const struct unwind_stack *stack)
{
	look_at_modules(thread, stack);
	block->seq = channel_sequence_next();
	if (block->old != 0)
		encoder_realloc(&thread->encoder, block, stack);
	else
		encoder_alloc(&thread->encoder, block, stack);
	record_end(thread);
}

static inline __attribute__((always_inline)) sequence_word sequence_next(void)
{
	return *real_single_threaded != 0 ? channel_sequence_next_alone() : channel_sequence_next();
}

// The same for one that can be quick.
static inline __attribute__((always_inline)) void
record_quickly(struct thread_self *self, struct thread *thread, const struct tracer_call *call,
	       enum wire_op op, uintptr_t old, uintptr_t made)
{
	int *error = self->error, saved = *error;
	struct encoder *encoder = &thread->encoder;
	uint16_t ids[ENCODER_QUICK_FRAMES];
	struct encoder_block block = {
		.old_seq = op == WIRE_OP_REALLOC ? call->old_seq : 0,
		.kind = call->kind,
		.size = call->size,
		.block = made,
		.old = old,
	};
	struct unwind_stack stack;
	size_t kept;

	self->work = THREAD_BUSY;
	atomic_signal_fence(memory_order_seq_cst);
	record_walk(thread, &call->start, call->has_outer, &stack);
	block.usable = real.malloc_usable_size((void *)made);
	kept = encoder_kept(encoder, &stack);
	// The walk may have found other modules, and told the reader.
	if (UNLIKELY(!encoder_quick_ids(encoder, &stack, stack.n_pcs - kept, ids) ||
		     !encoder_has_room(encoder))) {
		// Of the block itself no address is taken: it stays in registers.
		struct encoder_block copy = block;

		record_staged(thread, &copy, &stack);
	} else {
		block.seq = sequence_next();
		encoder_quick_block(encoder, op, &block, &stack, kept, ids);
		atomic_signal_fence(memory_order_seq_cst);
		self->work = THREAD_IDLE;
	}
	*error = saved;
}

static SELDOM void record_slowly(const struct tracer_call *call, uintptr_t old, uintptr_t made)
{
	int saved = errno;
	struct thread *thread = record_begin();
	struct encoder_block block = {
		.old_seq = old != 0 ? call->old_seq : 0,
		.kind = call->kind,
		.size = call->size,
		.block = made,
		.old = old,
	};
	struct unwind_stack stack;

	if (thread != NULL) {
		record_walk(thread, &call->start, call->has_outer || thread_self.is_inside, &stack);
		block.usable = real.malloc_usable_size((void *)made);
		record_staged(thread, &block, &stack);
	}
	errno = saved;
}

// `old` NULL: one sequence number was taken.
static SELDOM void record_failure(const struct unwind_start *start, enum wire_kind kind,
				  size_t size, int error, const struct tracer_call *call, void *old)
{
	struct thread *thread = record_begin();
	struct unwind_stack stack;
	sequence_word seq;

	if (thread == NULL)
		return;
	record_walk(thread, start, call->has_outer || thread_self.is_inside, &stack);
	look_at_modules(thread, &stack);
	seq = channel_sequence_next();
	encoder_fail(&thread->encoder, seq, old != NULL ? call->old_seq : seq, kind, size, error,
		     (uintptr_t)old, &stack);
	record_end(thread);
}

SELDOM void tracer_fail(struct tracer_call *call, int error)
{
	struct thread_hook *hook = &thread_self.hook;
	int saved = errno;

	// An operator new that gives NULL has failed inside already. One that throws never returns,
	// so its failure is recorded when the allocation inside fails.
	if (!tracer_is_new(hook->kind))
		record_failure(&call->start, call->kind, call->size, error, call, NULL);
	else if (hook->failed_frame == 0)
		record_failure(&hook->start, hook->kind, hook->size, error, call, NULL);
	if (call->is_inner)
		hook->failed_frame = call->start.sp;
	tracer_leave(call);
	errno = saved;
}

void tracer_alloc(struct tracer_call *call, void *block)
{
	struct thread_self *self = &thread_self;
	struct thread *thread = self->thread;

	if (UNLIKELY(block == NULL)) {
		tracer_fail(call, errno);
		return;
	}
	if (UNLIKELY(call->is_inner)) {
		tracer_leave(call);
		return;
	}
	// Blocks of the boot arena are older than any window.
	if (LIKELY(is_quick(thread)))
		record_quickly(self, thread, call, WIRE_OP_ALLOC, 0, (uintptr_t)block);
	else if (!boot_owns(block))
		record_slowly(call, 0, (uintptr_t)block);
	tracer_leave(call);
}

static SELDOM void free_slowly(sequence_word old_seq, enum wire_kind kind, uintptr_t block)
{
	int saved = errno;
	struct thread *thread = record_begin();

	if (thread != NULL) {
		encoder_free(&thread->encoder, old_seq != 0 ? old_seq : channel_sequence_next(),
			     kind, block);
		record_end(thread);
	}
	errno = saved;
}

void tracer_free(struct tracer_call *call, void *block)
{
	struct thread_self *self = &thread_self;
	struct thread *thread = self->thread;

	if (LIKELY(thread != NULL)) {
		// Before the room is looked at: a signal handler might take it, see enter_slowly.
		self->work = THREAD_BUSY;
		atomic_signal_fence(memory_order_seq_cst);
		if (LIKELY(is_quick(thread))) {
			encoder_quick_free(&thread->encoder, sequence_next(), call->kind,
					   (uintptr_t)block);
			atomic_signal_fence(memory_order_seq_cst);
			self->work = THREAD_IDLE;
			return;
		}
		self->work = THREAD_IDLE;
	}
	free_slowly(0, call->kind, (uintptr_t)block);
}

static SELDOM sequence_word realloc_begin_slowly(void)
{
	int saved = errno;
	struct thread *thread = record_begin();
	sequence_word seq = 0;

	if (thread != NULL) {
		// A LOST record goes first: its number is lower.
		record_end(thread);
		seq = channel_sequence_next();
	}
	errno = saved;
	return seq;
}

void tracer_realloc_begin(struct tracer_call *call)
{
	if (call->is_inner)
		call->old_seq = 0;
	else if (LIKELY(is_quick(thread_self.thread)))
		call->old_seq = channel_sequence_next();
	else
		call->old_seq = realloc_begin_slowly();
}

// Of one that gave no block.
static SELDOM void realloc_end_slowly(struct tracer_call *call, void *old)
{
	int saved = errno;

	if (call->size != 0)
		record_failure(&call->start, call->kind, call->size, saved, call, old);
	else
		free_slowly(call->old_seq, call->kind, (uintptr_t)old);
	errno = saved;
}

void tracer_realloc_end(struct tracer_call *call, void *old, void *block)
{
	struct thread_self *self = &thread_self;
	struct thread *thread = self->thread;

	if (UNLIKELY(call->is_inner)) {
		tracer_leave(call);
		return;
	}
	if (UNLIKELY(call->old_seq == 0)) {
		tracer_leave(call);
		return;
	}
	if (UNLIKELY(block == NULL))
		realloc_end_slowly(call, old);
	else if (LIKELY(is_quick(thread)))
		record_quickly(self, thread, call, WIRE_OP_REALLOC, (uintptr_t)old,
			       (uintptr_t)block);
	else
		record_slowly(call, (uintptr_t)old, (uintptr_t)block);
	tracer_leave(call);
}

// Begins a record that is no hook's; NULL: none is to be made. One for which there is no room is not
// counted: it is no event of the program's.
static struct thread *record_begin_aside(void)
{
	bool is_possible =
		thread_self.work == THREAD_IDLE && atomic_load(&session_state) == SESSION_ON;

	if (!is_possible || (thread_self.thread != NULL && is_full(thread_self.thread)))
		return NULL;
	return record_begin();
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
