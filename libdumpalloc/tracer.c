// SPDX-License-Identifier: LGPL-2.1-or-later
// Between the hooks and the stream: records the events.
#include "libdumpalloc/tracer.h"

#include <errno.h>

#include "libdumpalloc/boot.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/encoder_quick.h"
#include "libdumpalloc/modules.h"
#include "libdumpalloc/pause.h"
#include "libdumpalloc/real.h"
#include "libdumpalloc/record.h"
#include "libdumpalloc/sample_table.h"
#include "libdumpalloc/usage.h"
#include "unwind/minimal.h"

#define LIKELY(condition)   __builtin_expect((condition), 1)
#define UNLIKELY(condition) __builtin_expect((condition), 0)
#define SELDOM              __attribute__((noinline, cold))

// What is called often, but less than most, is as small as what is seldom on machines with little memory.
#if UINTPTR_MAX > UINT32_MAX
#define RATHER_SMALL
#else
#define RATHER_SMALL __attribute__((cold))
#endif

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
static MINIMAL_ONCE void record_walk(struct thread *thread, const struct unwind_start *start,
				     bool is_within_hooks, struct unwind_stack *stack)
{
	stack->pcs = thread->pcs;
	stack->hows = thread->hows;
	stack->max = thread->depth;
	unwind_walk(thread->walker, start, &thread->context, stack);
	if (UNLIKELY(is_within_hooks))
		drop_own_frames(thread, stack);
}

// Tells the reader of the modules that the stack leads through. Frames of the previous stack are known.
static void look_at_modules(struct thread *thread, const struct unwind_stack *stack)
{
	size_t n = stack->n_pcs - encoder_kept(&thread->encoder, stack);

	for (size_t i = 0; i < n; i++) {
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
	atomic_store_explicit(&region_current->has_blocks, 1, memory_order_relaxed);
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
static MINIMAL_ONCE void record_quickly(struct thread_self *self, struct thread *thread,
					const struct tracer_call *call, enum wire_op op,
					uintptr_t old, uintptr_t made)
{
	int *error = self->error, saved = *error;
	struct encoder *encoder = &thread->encoder;
	uint16_t codes[ENCODER_QUICK_FRAMES];
	struct unwind_stack stack;
	struct encoder_block block;
	bool is_same;
	size_t kept;

	self->work = THREAD_BUSY;
	atomic_signal_fence(memory_order_seq_cst);
	record_walk(thread, &call->start, tracer_has_outer(call), &stack);
	block = (struct encoder_block){
		.old_seq = op == WIRE_OP_REALLOC ? call->old_seq : 0,
		.kind = call->kind,
		.size = call->size,
		.usable = real.malloc_usable_size((void *)made),
		.block = made,
		.old = old,
	};
	kept = encoder_kept(encoder, &stack);
	is_same = encode_is_same(encoder, &stack, kept);
	// The walk may have found other modules, and told the reader.
	if (UNLIKELY((!is_same && !encoder_quick_frames(encoder, &stack, kept, codes)) ||
		     !encoder_has_room(encoder))) {
		// Of the block itself no address is taken: it stays in registers.
		struct encoder_block copy = block;

		record_staged(thread, &copy, &stack);
	} else {
		block.seq = sequence_next();
		encoder_quick_block(encoder, op, &block, &stack, kept, is_same, codes);
		atomic_signal_fence(memory_order_seq_cst);
		self->work = THREAD_IDLE;
	}
	*error = saved;
}

// Walks the stack of what is recorded slowly.
static void walk_slowly(struct thread *thread, const struct tracer_call *call,
			const struct unwind_start *start, struct unwind_stack *stack)
{
	record_walk(thread, start, tracer_has_outer(call) || thread_self.is_inside, stack);
}

void tracer_walk(struct thread *thread, const struct tracer_call *call, struct unwind_stack *stack)
{
	walk_slowly(thread, call, &call->start, stack);
	look_at_modules(thread, stack);
}

// A release; `old_seq` 0: no number was taken for it.
static SELDOM void record_free(const struct tracer_call *call, sequence_word old_seq,
			       uintptr_t block)
{
	bool has_stack = !IS_MINIMAL && config_get()->has_free_stacks;
	struct encoder_block released;
	struct thread *thread = record_begin();
	struct unwind_stack stack;

	if (thread == NULL)
		return;
	if (has_stack) {
		walk_slowly(thread, call, &call->start, &stack);
		look_at_modules(thread, &stack);
	}
	released.kind = call->kind;
	released.size = call->size;
	released.block = block;
	released.seq = old_seq != 0 ? old_seq : channel_sequence_next();
	encoder_free(&thread->encoder, &released, has_stack ? &stack : NULL);
	record_end(thread);
}

static bool is_left_out(size_t size)
{
	// With a least size no thread passes anything.
	bool is_small = !IS_MINIMAL && thread_self.work != THREAD_PASSING &&
			size < config_get()->least_size;

	return is_small || pause_holds();
}

static void count_block(uintptr_t old, size_t usable)
{
	if (!usage_is_counted())
		return;
	if (old != 0)
		usage_remove(thread_self.old_usable);
	usage_add(usable);
}

// Has the thread look around without an event.
static SELDOM void look_around(void)
{
	struct thread *thread = record_begin();

	if (thread != NULL)
		record_end(thread);
}

// What is left of a call that allocated where its block is not to be recorded.
static void record_left_out(const struct tracer_call *call, uintptr_t old)
{
	if (old != 0)
		record_free(call, call->old_seq, old);
	else if (!pause_is_told() || sample_is_on())
		look_around();
}

// A block that was drawn finds no place among the samples: without it its release would not be seen.
static SELDOM void lose_sample(const struct tracer_call *call, uintptr_t old)
{
	record_left_out(call, old);
	if (thread_self.thread != NULL) {
		encoder_count_lost(&thread_self.thread->encoder, WIRE_LOST_NO_PLACE);
		channel_count_lost();
	}
}

static SELDOM void record_slowly(const struct tracer_call *call, uintptr_t old, uintptr_t made)
{
	int saved = errno;
	struct encoder_block block = {
		.old_seq = old != 0 ? call->old_seq : 0,
		.kind = call->kind,
		.size = call->size,
		.usable = real.malloc_usable_size((void *)made),
		.block = made,
		.old = old,
	};
	struct unwind_stack stack;
	struct thread *thread;

	count_block(old, block.usable);
	if (is_left_out(call->size) ||
	    (sample_is_on() && !sample_take(&thread_self.sample, call->size))) {
		record_left_out(call, old);
	} else if (sample_is_on() && !sample_table_add(made)) {
		lose_sample(call, old);
	} else if ((thread = record_begin()) != NULL) {
		if (sample_is_on())
			thread_populate(thread);
		walk_slowly(thread, call, &call->start, &stack);
		record_staged(thread, &block, &stack);
	}
	errno = saved;
}

// `old` NULL: one sequence number was taken.
static SELDOM void record_failure(const struct unwind_start *start, enum wire_kind kind,
				  size_t size, int error, const struct tracer_call *call, void *old)
{
	struct thread *thread;
	struct unwind_stack stack;
	sequence_word seq;

	if ((old == NULL && is_left_out(size)) || (thread = record_begin()) == NULL)
		return;
	walk_slowly(thread, call, start, &stack);
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
	if (tracer_is_inner(call))
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
	if (UNLIKELY(tracer_is_inner(call))) {
		tracer_leave(call);
		return;
	}
	// Blocks of the boot arena are older than any window.
	if (LIKELY(is_quick(thread)))
		record_quickly(self, thread, call, WIRE_OP_ALLOC, 0, (uintptr_t)block);
	else if (tracer_passes_on(self, call->size))
		; // no event
	else if ((usage_is_counted() || !is_left_out(call->size) || !pause_is_told()) &&
		 !boot_owns(block))
		record_slowly(call, 0, (uintptr_t)block);
	tracer_leave(call);
}

// Whether the reader does not know the block for sure.
static bool is_unknown(uintptr_t block)
{
	size_t least = IS_MINIMAL ? 0 : config_get()->least_size;

	if (sample_is_on())
		return !sample_table_remove(block);
	return (least != 0 && real.malloc_usable_size((void *)block) < least) ||
	       (pause_holds() && !atomic_load(&region_current->has_blocks));
}

static SELDOM void free_slowly(const struct tracer_call *call, uintptr_t block)
{
	int saved = errno;

	if (usage_is_counted())
		usage_remove(real.malloc_usable_size((void *)block));
	if (!is_unknown(block))
		record_free(call, 0, block);
	else if (sample_is_on())
		look_around();
	errno = saved;
}

static inline __attribute__((always_inline)) bool free_as(uintptr_t frame, enum wire_kind kind,
							  void *block, bool is_told, size_t size)
{
	struct thread_self *self = &thread_self;
	struct thread *thread = self->thread;

	// Before the room is looked at: a signal handler might take it, see enter_slowly.
	self->work = THREAD_BUSY;
	atomic_signal_fence(memory_order_seq_cst);
	if (UNLIKELY(!is_quick(thread))) {
		self->work = THREAD_IDLE;
		return false;
	}
	encoder_quick_free(&thread->encoder, sequence_next(), kind, (uintptr_t)block, is_told,
			   size);
	self->hook.kind = kind;
	self->hook.frame = frame;
	atomic_signal_fence(memory_order_seq_cst);
	self->work = THREAD_IDLE;
	return true;
}

// Records a release within the hook whose frame this is, if it can be quick.
static __attribute__((noinline)) bool free_quickly(uintptr_t frame, enum wire_kind kind,
						   void *block, size_t size)
{
	return free_as(frame, kind, block, encode_is_told(kind, size), size);
}

#if UINTPTR_MAX > UINT32_MAX
__attribute__((noinline)) bool tracer_free_untold(uintptr_t frame, enum wire_kind kind, void *block)
{
	return free_as(frame, kind, block, false, 0);
}

__attribute__((noinline)) bool tracer_delete_told(uintptr_t frame, void *block, size_t size)
{
	return free_as(frame, WIRE_KIND_DELETE, block, true, size);
}
#else
bool tracer_release(uintptr_t frame, enum wire_kind kind, void *block, size_t size)
{
	return tracer_may_release(block) && free_quickly(frame, kind, block, size);
}
#endif

bool tracer_pass_release(uintptr_t frame, enum wire_kind kind, void *block, size_t size)
{
	struct thread_self *self = &thread_self;

	(void)size;
	if (!tracer_may_pass(self) || block == NULL || boot_owns(block) ||
	    sample_table_has((uintptr_t)block))
		return false;
	self->hook.kind = kind;
	self->hook.frame = frame;
	return true;
}

void tracer_free(struct tracer_call *call, void *block)
{
	if (!free_quickly(call->start.sp, call->kind, block, call->size))
		free_slowly(call, (uintptr_t)block);
}

static SELDOM sequence_word realloc_begin_slowly(void *old)
{
	int saved = errno;
	struct thread *thread;
	sequence_word seq = 0;

	thread_self.old_usable = usage_is_counted() ? real.malloc_usable_size(old) : 0;
	// Without a number of its own the old block is no event.
	if ((!sample_is_on() || sample_table_remove((uintptr_t)old)) &&
	    (thread = record_begin()) != NULL) {
		// A LOST record goes first: its number is lower.
		record_end(thread);
		seq = channel_sequence_next();
	}
	errno = saved;
	return seq;
}

void tracer_realloc_begin(struct tracer_call *call, void *old)
{
	call->old_seq = 0;
	if (tracer_is_inner(call))
		return;
	if (LIKELY(is_quick(thread_self.thread)))
		call->old_seq = channel_sequence_next();
	else if (!tracer_may_pass(&thread_self) || sample_table_may_have((uintptr_t)old))
		call->old_seq = realloc_begin_slowly(old);
}

// Of one that gave no block.
static SELDOM void realloc_end_slowly(struct tracer_call *call, void *old)
{
	int saved = errno;

	bool has_old = call->old_seq != 0;

	if (call->size != 0) {
		if (has_old && sample_is_on() && !sample_table_add((uintptr_t)old))
			lose_sample(call, (uintptr_t)old);
		else
			record_failure(&call->start, call->kind, call->size, saved, call,
				       has_old ? old : NULL);
	} else {
		if (usage_is_counted())
			usage_remove(thread_self.old_usable);
		if (has_old)
			record_free(call, call->old_seq, (uintptr_t)old);
	}
	errno = saved;
}

// Of a block that is not sampled: an allocation like any other.
static void realloc_end_sampled(struct tracer_call *call, void *old, void *block)
{
	struct thread_self *self = &thread_self;

	if (UNLIKELY(block == NULL)) {
		realloc_end_slowly(call, old);
	} else if (!tracer_passes_on(self, call->size)) {
		if (usage_is_counted())
			usage_remove(self->old_usable);
		record_slowly(call, 0, (uintptr_t)block);
	}
}

RATHER_SMALL void tracer_realloc_end(struct tracer_call *call, void *old, void *block)
{
	struct thread_self *self = &thread_self;
	struct thread *thread = self->thread;

	if (UNLIKELY(tracer_is_inner(call))) {
		tracer_leave(call);
		return;
	}
	if (UNLIKELY(call->old_seq == 0)) {
		if (sample_is_on())
			realloc_end_sampled(call, old, block);
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

bool tracer_pool_alloc(const struct unwind_start *start, uintptr_t pool, uintptr_t block,
		       size_t size)
{
	struct thread *thread = record_begin_aside();
	struct unwind_stack stack;

	if (thread == NULL)
		return false;
	record_walk(thread, start, thread_self.is_inside, &stack);
	look_at_modules(thread, &stack);
	encoder_pool_alloc(&thread->encoder, channel_sequence_next(), pool, block, size, &stack);
	record_end(thread);
	return true;
}
