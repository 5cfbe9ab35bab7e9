// SPDX-License-Identifier: LGPL-2.1-or-later
// The way out of the traced process: shared region, rings, relay and sink behind one door.
#ifndef LIBDUMPALLOC_CHANNEL_H
#define LIBDUMPALLOC_CHANNEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct ring;

// One stream. The word behind `sequence` lives in the shared region, so that the relay can write END.
typedef uintptr_t sequence_word; // 32 bits on 32-bit targets (FORMAT.md, section 6)

// Maps the shared region. Called at the first event of an image or of a fork child; needs nothing
// but mmap. False: no memory; the process stays untraced.
bool channel_open(const struct config *config);

// Opens the sink and starts the relay (constructor; in a fork child at its first event). The
// preamble's payload is written as block 0. Returns false after having said why (one line); the
// caller then stops tracing. Until then rings hold the early events.
bool channel_start(const struct config *config, const uint8_t *preamble, size_t preamble_size);

// A ring for a new thread, and its thread number for the stream; NULL: none left.
struct ring *channel_ring_acquire(uint32_t *thread);
// The thread ended; the relay drains what is left, then the ring may be used by another thread.
void channel_ring_release(struct ring *ring);

// Takes the next sequence number (the first is 1).
sequence_word channel_sequence_next(void);
// The last number handed out.
sequence_word channel_sequence_last(void);

// Counts an event lost where no ring can say so.
void channel_count_lost(void);

// Waits, at most `timeout_ms`, until everything published is with the sink.
void channel_drain(unsigned timeout_ms);

// In a fork child: forgets the parent's region, rings and relay without touching them.
void channel_forget(void);

#endif
