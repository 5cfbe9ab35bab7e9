// SPDX-License-Identifier: LGPL-2.1-or-later
// The life of this process image's stream: opened at the first event, started by the constructor, or before if need be.
#ifndef LIBDUMPALLOC_SESSION_H
#define LIBDUMPALLOC_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "libdumpalloc/atomics.h"

enum session_state {
	SESSION_UNOPENED,
	SESSION_OPENING,
	SESSION_ON,
	SESSION_OFF, // not asked for, or failed: hooks only call the real functions
};

extern atomic_int session_state; // enum session_state

// Makes an unopened session ON or OFF; true: ON. Events that come while that is under way, or
// before the libc has the environment, are not recorded.
bool session_open(void);

// Starts the stream, where that is not done: the constructor, or before it who finds a buffer filling that nobody drains.
// The calling thread is silent.
void session_start(void);

// Ends tracing for good: nothing reaches the sink any more.
void session_stop(void);

// Whether a thread that finds its memory wiped, or is in doubt (thread.h), is a fork child's.
bool session_is_child(void);

// The process ends at once. Writes what is left where nobody else will.
void session_end_abruptly(void);

// The process is about to forbid itself system calls, perhaps: see confine.h.
void session_confine(void);

// The process is about to have another root directory, where its stream's name leads elsewhere: opens it if that is to come.
void session_leave_root(void);

// True if the stream is this process's, has begun, and is not that of one this is a child of without knowing it.
bool session_has_stream(void);

// In a fork child, which opens a stream of its own at its first event.
void session_enter_child(void);

// The time of the stream in microseconds.
uint64_t session_now(void);

#endif
