// SPDX-License-Identifier: LGPL-2.1-or-later
// The memory a traced process and its relay share: one mapping per stream.
#ifndef LIBDUMPALLOC_REGION_H
#define LIBDUMPALLOC_REGION_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/asks_box.h"
#include "libdumpalloc/atomics.h"

enum {
	REGION_LINE = 64, // a cache line: words written by different processes do not share one
	REGION_REPORT_MAX = 512,
	REGION_PEER_SIZE = 128, // any address
	REGION_TICK_MS = 10, // how often the relay looks at the rings, and ticks, while events come
	REGION_STILL = 1,    // in `pulse`: the relay does not tick
	REGION_DISTURBED = 1 << 16, // added to `pulse`: more than time has passed
	REGION_RING_SIZE = sizeof(void *) > 4 ? 256 << 10 : 64 << 10, // if no other is asked for
	// The ring of all threads that find none of their own. It holds chunks: a header and the records
	// of one ring_write.
	REGION_SHARED = 0,
};

// In front of each chunk of the shared ring.
struct region_chunk {
	uint32_t thread;
	uint32_t index; // of the block
	uint32_t size;  // of the records
};

enum relay_state {
	RELAY_NONE,      // the channel is open, nobody drains yet
	RELAY_DEFERRED,  // nobody is to drain until it is worth it
	RELAY_STARTING,  // a relay opens the sink
	RELAY_CANCELLED, // it took too long; it ends by itself
	RELAY_REFUSED,   // it could not open the sink, the report says why
	RELAY_RUNNING,
	RELAY_DIRECT, // there is no relay: producers write to the sink themselves
	RELAY_BROKEN, // the sink failed later on, the report says why; nothing is written any more
};

enum region_ending {
	REGION_GOES_ON,
	REGION_ENDS,     // the program is about to end
	REGION_ENDS_NOW, // and takes the relay with it: the stream is to be ended first
};

enum ring_state {
	RING_FREE,
	RING_TAKEN,    // a thread writes into it
	RING_RELEASED, // its thread ended; free once it is drained
};

// Positions count bytes modulo 2^32; a position modulo the size is an offset into `bytes`. A ring of size
// 0 is a thread's claim to the shared ring, in memory of its own: thread and index alone mean something.
struct ring {
	// The producer's line.
	alignas(REGION_LINE) _Atomic uint32_t head; // end of what is published
	uint32_t tail_seen;                         // the producer's last look at `tail`
	uint32_t size;
	uint8_t *bytes; // the same address in both processes
	// The drainer's line.
	alignas(REGION_LINE) _Atomic uint32_t tail; // end of what is with the sink; a futex
	_Atomic uint32_t is_awaited;                // the producer sleeps on `tail`
	_Atomic uint32_t state;                     // enum ring_state
	uint32_t thread;
	uint32_t index; // of the next block
	// Of the block being written, or written last: what holds once it is with the sink.
	uint32_t next_tail, next_index;
	uint32_t end; // region's n_written
};

// Blocks of no thread, which are counted too: the PREAMBLE first, END last. The drainer's.
struct region_loose {
	uint32_t index; // of the next one
	// Of the one being written, or written last: what holds once it is with the sink.
	uint32_t next_index;
	uint32_t end; // region's n_written
};

// The head of the mapping. Everything not constant is atomic, or one process's.
struct region {
	alignas(REGION_LINE) _Atomic uintptr_t sequence; // the last number handed out

	alignas(REGION_LINE) _Atomic uint32_t relay; // enum relay_state; a futex
	_Atomic uint32_t pulse; // a tick adds 2, see channel_pulse; with REGION_STILL or without
	uint32_t n_rings;
	uint32_t ring_size;
	uint32_t opened_at; // clock_ms
	uint32_t stall_ms;  // producers wait no longer than this without a byte of progress
	bool drops_when_full;
	bool is_elided;       // threads need rings of their own
	uint64_t clock_start; // time 0 of the stream: microseconds of the monotonic clock

	alignas(REGION_LINE) _Atomic uint32_t wake; // a futex: the relay sleeps on it
	_Atomic uint32_t is_relay_asleep;
	_Atomic uint32_t n_threads;    // thread numbers handed out
	_Atomic uint32_t n_rings_used; // rings from here on were never taken
	_Atomic uintptr_t n_lost;
	_Atomic uint32_t ending;     // enum region_ending
	_Atomic uint32_t share_lock; // futex_lock: who writes into the shared ring

	alignas(REGION_LINE) _Atomic uint32_t n_passes; // a futex: rings drained once more
	_Atomic uint32_t progress;                      // the sink took something
	_Atomic uint32_t is_stalled;       // it has not for so long that producers stopped waiting
	_Atomic uint32_t is_lost;          // the connection is, at this moment; the report says why
	_Atomic uint32_t returned_at;      // clock_ms when it was made again; 0: never
	_Atomic uint32_t n_written;        // bytes of whole blocks with the sink, modulo 2^32
	_Atomic uint32_t part, part_inode; // of the file that they are in; the inode modulo 2^32
	struct region_loose loose;
	_Atomic int32_t relay_pid;
	_Atomic uint32_t
		is_held; // the relay has taken from the rings what is not with the sink yet
	_Atomic uint32_t is_detached; // the relay has left the program's process group; a futex
	_Atomic uint32_t
		is_kept; // the relay has found no peer, and stays to let others know; set before `relay` changes
	_Atomic uint32_t is_late_start; // RELAY_STARTING will not last: producers wait for it
	_Atomic uint32_t n_flushes;     // threads that wait on `n_passes`
	_Atomic uint32_t n_pauses;      // of the process (pause.h)
	_Atomic uint32_t is_pause_told; // to the reader
	struct asks_box asks;
	_Atomic uint32_t has_blocks;  // an allocation was recorded
	_Atomic uint32_t is_confined; // nobody wakes the relay (confine.h)
	// The peer's address; written before `relay` changes. A size of 0: there is none.
	uint8_t peer[REGION_PEER_SIZE];
	uint32_t peer_size;
	// What to tell the user; written before `relay` changes, or before `has_note`.
	_Atomic uint32_t has_note;
	char report_what[REGION_REPORT_MAX];
	char report_reason[REGION_REPORT_MAX];
	char note_what[REGION_REPORT_MAX];
	char note_reason[REGION_REPORT_MAX];
	char control_reason[REGION_REPORT_MAX]; // why there is no control socket

	struct ring rings[];
};

// There is no relay, or none that will tick unless it is woken. Also makes every thread look again at `relay`.
static inline void region_is_still(struct region *region)
{
	atomic_fetch_or(&region->pulse, REGION_STILL);
	atomic_fetch_add(&region->pulse, 2);
}

// The stream's region; NULL before region_open and after region_forget.
extern struct region *region_current;

// Maps a region with rings of this size, a power of two: as many as the address space and its limits
// allow, none of them touched.
bool region_open(uint32_t ring_size);

// In a fork child: the region is the parent's. Unmaps this process's view where there is one.
void region_forget(void);

// Some of [start, end) is the region's.
bool region_overlaps(uint64_t start, uint64_t end);

// Makes the memory of ring `i` accessible to this process. Until then it is not, so that a program
// that locks all its memory does not lock a thousand rings nobody uses.
bool region_open_ring(uint32_t i);
bool region_open_all_rings(void);

// From now on fork children have the region or do not, where the kernel can do it and can also wipe
// memory in a child: the tracer sees the child by that, and must see it before it writes here.
void region_hide_from_children(bool is_to_hide);
bool region_can_wipe_on_fork(void);

// The kernel is an emulator's, which takes any advice on memory and follows none.
bool region_is_emulated(void);

#endif
