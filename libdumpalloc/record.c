// SPDX-License-Identifier: LGPL-2.1-or-later
// Begins and ends the records of a thread, all but those that need no more than to be written to its ring.
#define _GNU_SOURCE
#include "libdumpalloc/record.h"

#include <sys/prctl.h>

#include "libdumpalloc/asks.h"
#include "libdumpalloc/config.h"
#include "libdumpalloc/modules.h"
#include "libdumpalloc/pause.h"
#include "libdumpalloc/session.h"
#include "libdumpalloc/usage.h"
#include "unwind/minimal.h"

#define SELDOM __attribute__((noinline, cold))

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
	thread->is_watched = !IS_MINIMAL && (config->least_size != 0 || config->has_free_stacks);
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

	thread->pulse = pulse;
	// What comes within the moment until it is awake has the time of this event.
	if ((pulse & REGION_STILL) != 0 && !sample_is_on())
		channel_rouse();
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
	pause_tell(encoder);
	asks_tell(encoder);
}

// Whether the next events may be recorded without a look at anything.
static bool is_plain(const struct thread *thread)
{
	return !thread_self.is_inside && (IS_MINIMAL || !thread->is_watched) && !pause_holds() &&
	       !usage_is_counted() && (thread->is_alive || channel_is_emulated());
}

// An event that cannot be handed over takes no number, which the reader would miss as another.
static bool is_full(struct thread *thread)
{
	return thread->encoder.n_lost > 0 && ring_refuses(thread->encoder.ring);
}

SELDOM struct thread *record_begin(void)
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

struct thread *record_begin_aside(void)
{
	bool is_possible =
		thread_is_idle(thread_self.work) && atomic_load(&session_state) == SESSION_ON;

	if (!is_possible || (thread_self.thread != NULL && is_full(thread_self.thread)))
		return NULL;
	return record_begin();
}

SELDOM void record_end(struct thread *thread)
{
	struct thread_self *self = &thread_self;

	if (!encoder_flush(&thread->encoder)) {
		encoder_count_lost(&thread->encoder, WIRE_LOST_NO_ROOM);
		channel_count_lost();
		if (channel_is_broken())
			session_stop();
	} else if (channel_is_filling(thread->encoder.ring)) {
		self->work = THREAD_SILENT;
		session_start();
	}
	bool passes = sample_is_on() && is_plain(thread);
	if (passes)
		encoder_open_full(&thread->encoder);
	else if (is_plain(thread))
		encoder_open(&thread->encoder);
	atomic_signal_fence(memory_order_seq_cst);
	if (self->n_lost > 0)
		encoder_shut(&thread->encoder);
	self->work = passes ? THREAD_PASSING : THREAD_IDLE;
}
