// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tracer keeps per thread: a few words in TLS, and an area that outlives none but itself.
#ifndef LIBDUMPALLOC_THREAD_H
#define LIBDUMPALLOC_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/atomics.h"
#include "libdumpalloc/encoder.h"
#include "libdumpalloc/region.h"
#include "libdumpalloc/sample.h"
#include "libdumpalloc/wire.h"
#include "unwind/stepper.h"

struct thread_slot;

// Private memory that a fork child finds wiped.
struct thread {
	bool is_alive;         // false after a fork: the area may not be this process's
	uint32_t pulse;        // channel_pulse() at the last look around
	bool is_watched;       // by who wants to see each event: it is never recorded quickly
	bool is_populated;     // see thread_populate
	unsigned n_unmapped;   // modules_unmapped() at the last record
	unsigned n_changes;    // modules_changes() at the last walk
	unsigned n_end_rounds; // of destructors seen at the thread's end
	struct thread_slot *slot;
	struct ring claim; // the encoder's ring where there was none left
	struct encoder encoder;
	struct unwind_context context; // of `unwind`, for every walk
	enum unwind_mode walker;       // as configured
	unsigned depth;
	struct unwind_thread unwind;
	// Where the walker puts the current stack.
	uintptr_t pcs[ENCODER_DEPTH_MAX];
	uint8_t hows[ENCODER_DEPTH_MAX];
};

// The outermost hook a thread is in: its real function may call other hooks.
struct thread_hook {
	uintptr_t frame; // the hook's CFA; 0: in no hook
	enum wire_kind kind;
	size_t size;
	// Of operators new only:
	struct unwind_start start;
	uintptr_t failed_frame; // the inner hook that failed to get `size` bytes; 0: none
	uintptr_t inner_frame;  // the inner hook that is getting them; 0: none
};

// What the tracer is doing on this thread.
enum thread_work {
	THREAD_IDLE,
	THREAD_PASSING, // idle, and events that are not drawn may be passed over without a look at anything (sample.h)
	THREAD_BUSY,   // recording: events that come in between are lost, and counted
	THREAD_SILENT, // calling the libc for its own sake: what that allocates is nobody's event
};

struct thread_self {
	// As far as the hook's frame: what a call that is passed over looks at, in one line of the cache where pointers have 64 bits.
	_Alignas(sizeof(void *) > 4 ? 64
				    : sizeof(void *)) struct thread *thread; // NULL: none acquired
	volatile enum thread_work work; // volatile: signal handlers look
	volatile unsigned n_lost;       // while BUSY, not yet in the encoder
	struct sample sample;
	struct thread_hook hook;
	int *error;         // the thread's errno, once it has a thread
	bool has_ended;     // thread_end has run
	bool is_pause_told; // to the reader
	unsigned n_pauses;  // of the thread (pause.h)
	size_t old_usable;  // of the block that a realloc is given, while usage is counted
	bool is_inside;     // a hook that is no event of its own is on the stack
};

static inline bool thread_is_idle(enum thread_work work)
{
	return work <= THREAD_PASSING;
}

// Initial-exec: found without a call, in any context, from the first event on.
extern _Thread_local struct thread_self thread_self __attribute__((tls_model("initial-exec")));

// Prepares for thread ends; once, before the first thread_acquire.
void thread_prepare(void);

// Gives the calling thread an area and a ring; they are given back when it ends. NULL: none left.
// While THREAD_SILENT only: libc may need memory for the word that makes it call us at the end.
struct thread *thread_acquire(void);

// Has the kernel provide the memory of the thread's tables at once: a stack is about to be recorded by a thread that records
// few, to which each of their pages, touched for the first time, would cost as much as the rest of it. Changes errno.
void thread_populate(struct thread *thread);

// True in a child whose fork no handler has noticed yet.
bool thread_is_in_unknown_child(void);

// A thread in doubt looks, at each event, whether it is a fork child's: while the calling thread forks
// where memory is not wiped. Undone by thread_forget_all, too. Under an emulator all always are.
void thread_doubt(bool is_in_doubt);

// In a fork child: every area is free again.
void thread_forget_all(void);

#endif
