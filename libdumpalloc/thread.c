// SPDX-License-Identifier: LGPL-2.1-or-later
// What the tracer keeps per thread: a few words in TLS, and an area that outlives none but itself.
#define _GNU_SOURCE
#include "libdumpalloc/thread.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libdumpalloc/confine.h"
#include "libdumpalloc/debug.h"
#include "libdumpalloc/pages.h"
#include "libdumpalloc/session.h"
#include "libdumpalloc/tracer_aside.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 // Linux 5.14; others refuse, and the pages come one by one
#endif

enum {
	CHUNK_SLOTS = 256,
	CHUNKS_MAX = 256,
	// What a thread keeps, as documented; all of it is touched only as it is used.
	MEMORY_MAX = sizeof(void *) > 4 ? 1536 << 10 : 256 << 10,
};

_Static_assert(sizeof(struct thread) + sizeof(struct ring) + REGION_RING_SIZE <= MEMORY_MAX,
	       "the memory of a thread");

// Areas are never unmapped; a slot without owner may be taken by any thread.
struct thread_slot {
	atomic_int owner;    // tid; 0: free
	atomic_bool is_late; // the owner's destructors may all have run already
	struct thread *thread;
};

// Grows by chunks, which stay.
static struct thread_slot first_chunk[CHUNK_SLOTS];
static struct thread_slot *_Atomic chunks[CHUNKS_MAX] = { first_chunk };

_Thread_local struct thread_self thread_self __attribute__((tls_model("initial-exec")));

static pthread_key_t end_key;
static bool has_end_key;

// One byte in memory that a fork child finds zero.
static const volatile char *process_mark;

static void *map_wiped(size_t size)
{
	void *memory = pages_map(size);

	if (memory == NULL)
		return NULL;
	// Without it a raw clone goes unnoticed, fork is still handled.
	(void)madvise(memory, size, MADV_WIPEONFORK);
	return memory;
}

// NULL: there are no more.
static struct thread_slot *slot_at(size_t i)
{
	struct thread_slot *chunk =
		i < (size_t)CHUNK_SLOTS * CHUNKS_MAX ? atomic_load(&chunks[i / CHUNK_SLOTS]) : NULL;

	return chunk != NULL ? &chunk[i % CHUNK_SLOTS] : NULL;
}

// False: no memory for another chunk, or too many.
static bool add_chunk(void)
{
	const size_t size = CHUNK_SLOTS * sizeof(struct thread_slot);
	struct thread_slot *none = NULL;
	void *memory;
	size_t i = 0;

	while (i < CHUNKS_MAX && atomic_load(&chunks[i]) != NULL)
		i++;
	memory = i < CHUNKS_MAX ? pages_map(size) : NULL;
	if (memory == NULL)
		return false;
	if (!atomic_compare_exchange_strong(&chunks[i], &none, memory))
		munmap(memory, size); // another thread was faster
	return true;
}

// Runs when a thread ends, in each round of destructors until the last: those of other keys may
// still allocate. After that a thread that allocates acquires an area again, which is found later by
// its dead owner.
static void thread_end(void *argument)
{
	struct thread *thread = argument;

	if (thread_self.thread != thread || (!thread->is_alive && session_is_child()))
		return;
	if (++thread->n_end_rounds < PTHREAD_DESTRUCTOR_ITERATIONS &&
	    pthread_setspecific(end_key, thread) == 0)
		return;
	tracer_end_thread();
	debug_say(DEBUG_THREADS, 1, "ends, of the system's number", thread->encoder.tid);
	thread_self.has_ended = true;
	channel_ring_release(thread->encoder.ring);
	thread_self.thread = NULL;
	atomic_store_explicit(&thread->slot->owner, 0, memory_order_release);
}

void thread_prepare(void)
{
	char *mark;

	if (!has_end_key)
		has_end_key = pthread_key_create(&end_key, thread_end) == 0;
	if (process_mark == NULL) {
		mark = map_wiped((size_t)sysconf(_SC_PAGESIZE));
		if (mark != NULL)
			*mark = !channel_is_emulated();
		process_mark = mark;
	}
}

bool thread_is_in_unknown_child(void)
{
	return process_mark != NULL && *process_mark == 0;
}

void thread_doubt(bool is_in_doubt)
{
	bool is_sure = !is_in_doubt && !channel_is_emulated();

	if (thread_self.thread != NULL) {
		encoder_shut(&thread_self.thread->encoder);
		thread_self.thread->is_alive = is_sure;
	}
	if (process_mark != NULL)
		*(volatile char *)(uintptr_t)process_mark = is_sure;
}

void thread_forget_all(void)
{
	struct thread_slot *slot;

	for (size_t i = 0; (slot = slot_at(i)) != NULL; i++)
		atomic_store_explicit(&slot->owner, 0, memory_order_release);
	thread_self.thread = NULL;
	thread_self.is_pause_told = false;
	thread_self.sample = (struct sample){ 0 };
	thread_doubt(false);
}

// True if the owner has ended without giving its area back, or is the caller, which has none.
static bool slot_is_orphan(struct thread_slot *slot, int owner, int self)
{
	return atomic_load(&slot->is_late) &&
	       (owner == self || (syscall(SYS_tgkill, getpid(), owner, 0) != 0 && errno == ESRCH));
}

static struct thread_slot *slot_take(int self)
{
	struct thread_slot *slot;

	for (size_t i = 0;
	     (slot = slot_at(i)) != NULL || (add_chunk() && (slot = slot_at(i)) != NULL); i++) {
		int owner = atomic_load(&slot->owner);

		if (owner != 0 && !slot_is_orphan(slot, owner, self))
			continue;
		if (!atomic_compare_exchange_strong(&slot->owner, &owner, self))
			continue;
		if (owner != 0)
			channel_ring_release(slot->thread->encoder.ring);
		return slot;
	}
	return NULL;
}

static void populate(void *start, size_t size)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), skipped = (uintptr_t)start % page;

	(void)madvise((char *)start - skipped, size + skipped, MADV_POPULATE_WRITE);
}

void thread_populate(struct thread *thread)
{
	if (thread->is_populated || confine_holds())
		return;
	thread->is_populated = true;
	populate(&thread->unwind.rules, sizeof(thread->unwind.rules));
	populate(thread->encoder.frames, sizeof(thread->encoder.frames));
}

struct thread *thread_acquire(void)
{
	int self = (int)syscall(SYS_gettid);
	struct thread_slot *slot = slot_take(self);
	struct ring *ring;
	uint32_t number;

	if (slot == NULL)
		return NULL;
	if (slot->thread == NULL)
		slot->thread = map_wiped(sizeof(*slot->thread));
	ring = slot->thread != NULL ? channel_ring_acquire(&number) : NULL;
	if (ring == NULL && slot->thread != NULL &&
	    channel_ring_share(&slot->thread->claim, &number))
		ring = &slot->thread->claim;
	if (ring == NULL) {
		atomic_store_explicit(&slot->owner, 0, memory_order_release);
		return NULL;
	}
	encoder_start(&slot->thread->encoder, ring, (uint32_t)self);
	unwind_thread_start(&slot->thread->unwind);
	slot->thread->slot = slot;
	slot->thread->n_end_rounds = 0;
	slot->thread->is_alive = !channel_is_emulated();
	atomic_store(&slot->is_late, thread_self.has_ended);
	if (has_end_key)
		(void)pthread_setspecific(end_key, slot->thread);
	thread_self.thread = slot->thread;
	thread_self.error = &errno;
	debug_say(DEBUG_THREADS, 1, "begins, with the number", number);
	return slot->thread;
}
