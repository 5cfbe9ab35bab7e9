// SPDX-License-Identifier: LGPL-2.1-or-later
// The way out of the traced process: shared region, rings, relay and sink behind one door.
#ifndef LIBDUMPALLOC_CHANNEL_H
#define LIBDUMPALLOC_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/atomics.h"
#include "libdumpalloc/region.h"

struct config;

// One stream. The word behind `sequence` lives in the shared region, so that the relay can write END.
typedef uintptr_t sequence_word; // 32 bits on 32-bit targets (FORMAT.md, section 6)

// Maps the shared region. Called at the first event of an image or of a fork child; needs nothing
// but mmap. False: no memory; the process stays untraced.
bool channel_open(const struct config *config);

// Opens the sink and starts the relay (constructor; in a fork child at its first event). The
// preamble's payload is written as block 0. Returns false after having said why (one line); the
// caller then stops tracing. Until then rings hold the early events; what does not fit is refused.
//
// The relay is a copy of this process and may call malloc while it resolves a host name. It calls
// `in_relay` (may be NULL) before anything else, in its own copy: hooks must record nothing there.
// While channel_is_deferred, `config` and `preamble` must stay where they are. The call may last 5 seconds (name, connection). It keeps errno and the signal mask.
// A fork child does not try a peer again that one of its siblings could not reach, and says nothing; see channel_before_fork.
bool channel_start(const struct config *config, const uint8_t *preamble, size_t preamble_size,
		   void (*in_relay)(void));

// In a process that is about to fork: while its connection is lost its children wait for the peer too, and once it was made again they
// try the peer again.
void channel_before_fork(void);

// Nobody drains yet, as the stream has not been started, and `ring` is filling.
bool channel_is_filling(const struct ring *ring);

// No process could be started, so this process writes every record itself. The stream should say
// so in a MESSAGE record.
bool channel_is_direct(void);

// Nothing drains yet, nor is the sink open: see DUMPALLOC_RELAY=lazy. The preamble is still needed.
bool channel_is_deferred(void);

// Nothing written from now on reaches the sink (write error, relay killed). It has been said or
// will be at channel_drain; the caller may stop tracing. Cheap: one load.
bool channel_is_broken(void);

// A ring for a new thread, and its thread number for the stream; NULL: none left.
struct ring *channel_ring_acquire(uint32_t *thread);
// A claim to the ring that all threads share which find none: slower, as it is behind a lock. It is in
// the caller's memory, and released like a ring. False: no memory.
bool channel_ring_share(struct ring *claim, uint32_t *thread);
// The thread ended; the relay drains what is left, then the ring may be used by another thread.
void channel_ring_release(struct ring *ring);

// Takes the next sequence number (the first is 1).
static inline sequence_word channel_sequence_next(void)
{
	return atomic_fetch_add_explicit(&region_current->sequence, 1, memory_order_relaxed) + 1;
}
// The same, cheaper, where no other thread takes one and no signal handler comes in between.
static inline sequence_word channel_sequence_next_alone(void)
{
	sequence_word next =
		atomic_load_explicit(&region_current->sequence, memory_order_relaxed) + 1;

	atomic_store_explicit(&region_current->sequence, next, memory_order_relaxed);
	return next;
}
// The last number handed out.
sequence_word channel_sequence_last(void);

// Counts an event lost, for END. Called once for every lost event, also for those a LOST record
// reports: ring_write counts nothing itself.
void channel_count_lost(void);

// A number that another has taken the place of when a thread is to look anew at what it takes for
// granted: the relay changes it REGION_TICK_MS after REGION_TICK_MS while it works, channel_disturb
// at once. With REGION_STILL the relay does not until it is woken, see channel_rouse.
static inline uint32_t channel_pulse(void)
{
	return atomic_load_explicit(&region_current->pulse, memory_order_relaxed);
}
// Whether no more than time, and not very much of it, has passed since the pulse was `before`: all that a thread takes for
// granted while it records nothing is as it was.
static inline bool channel_is_undisturbed(uint32_t before)
{
	return (channel_pulse() ^ before) < REGION_DISTURBED;
}
// Has a relay that does not tick do so.
void channel_rouse(void);
// Something else than the time is no more what threads take it for.
void channel_disturb(void);

// From now on this process makes no system call for its events (confine.h). The relay, started if it was
// deferred, looks at the rings every REGION_TICK_MS by itself. The next channel_open ends that.
void channel_confine(void);

// Waits, at most `timeout_ms`, until everything published is with the sink. Called at the end of
// the program: the relay then looks out for that end more often.
void channel_drain(unsigned timeout_ms);

// Waits, at most `timeout_ms`, until what is published now is with the sink. False: it is not.
bool channel_flush(unsigned timeout_ms);

// In a fork child: forgets the parent's region, rings and relay without touching their contents.
// Pointers from channel_ring_acquire are void from then on. Does nothing without a region.
void channel_forget(void);

// True where MADV_WIPEONFORK does what it says (not under qemu-user, not before Linux 4.14). Only
// then is the region hidden from fork children, so that a raw clone cannot write into it.
bool channel_wipes_on_fork(void);

// True under an emulator such as qemu-user, where no advice on memory is followed.
bool channel_is_emulated(void);

#endif
