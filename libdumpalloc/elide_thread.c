// SPDX-License-Identifier: LGPL-2.1-or-later
// The threads whose events the relay looks at before they go to the sink, and these events, in memory of its own.
#define _GNU_SOURCE
#include "libdumpalloc/elide_thread.h"

#include <string.h>
#include <sys/mman.h>

#include "libdumpalloc/pages.h"

enum {
	EVENT_SIZE = 12, // in bytes; mostly less
	COPY_LEAST = 4,  // rings
	COPY_MOST = sizeof(void *) > 4 ? 32 << 20 : 1 << 20,
};

struct elide_thread *elide_threads;
static struct elide_thread **threads; // by the number of the ring
static uint32_t copy_size;

bool elide_threads_start(uint32_t n_events)
{
	copy_size = COPY_LEAST * region_current->ring_size;
	while (copy_size < n_events * EVENT_SIZE && copy_size < COPY_MOST)
		copy_size *= 2;
	threads = pages_map(region_current->n_rings * sizeof *threads);
	return threads != NULL;
}

uint32_t elide_threads_end(void)
{
	return atomic_load(&region_current->n_rings_used);
}

struct elide_thread *elide_thread_at(uint32_t i)
{
	return threads[i];
}

struct elide_thread *elide_thread_of(uint32_t i)
{
	struct ring *ring = &region_current->rings[i];
	struct elide_thread *thread = threads[i];

	if (thread != NULL || atomic_load_explicit(&ring->state, memory_order_acquire) == RING_FREE)
		return thread;
	thread = pages_map(sizeof *thread);
	if (thread == NULL)
		return NULL;
	thread->copy.bytes = pages_map(copy_size);
	if (thread->copy.bytes == NULL) {
		munmap(thread, sizeof *thread);
		return NULL;
	}
	threads[i] = thread;
	thread->next = elide_threads;
	elide_threads = thread;
	thread->ring = ring;
	thread->copy.size = copy_size;
	thread->copy.head = thread->copy.tail =
		atomic_load_explicit(&ring->tail, memory_order_relaxed);
	thread->look.ring = thread->take.ring = &thread->copy;
	thread->look.at = thread->take.at = thread->copy.tail;
	thread->take.stack = &thread->stack;
	thread->encoder.is_restart_due = true;
	return thread;
}

void elide_thread_fetch(struct elide_thread *thread)
{
	struct ring *ring = thread->ring, *copy = &thread->copy;
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint32_t at = copy->head, n = head - at;

	// More than a ring holds can only stand there when the program has overwritten it.
	if (n == 0 || n > ring->size || n > copy->size - (at - copy->tail))
		return;
	while (n != 0) {
		uint32_t from = at & (ring->size - 1), to = at & (copy->size - 1), part = n;
		if (part > ring->size - from)
			part = ring->size - from;
		if (part > copy->size - to)
			part = copy->size - to;
		memcpy(copy->bytes + to, ring->bytes + from, part);
		at += part;
		n -= part;
	}
	copy->head = head;
	atomic_store_explicit(&region_current->is_held, 1, memory_order_relaxed);
	ring_pass(ring, head);
}

bool elide_thread_is_half_full(const struct elide_thread *thread)
{
	return thread->copy.head - thread->copy.tail >= copy_size / 2;
}

void elide_thread_forget(struct elide_thread *thread)
{
	struct elide_thread **link = &elide_threads;

	while (*link != thread)
		link = &(*link)->next;
	*link = thread->next;
	threads[thread->ring - region_current->rings] = NULL;
	munmap(thread->copy.bytes, copy_size);
	munmap(thread, sizeof *thread);
}

bool elide_threads_are_empty(void)
{
	const struct elide_thread *thread = elide_threads;

	while (thread != NULL && thread->copy.head == thread->copy.tail)
		thread = thread->next;
	return thread == NULL;
}

bool elide_threads_are_many(void)
{
	const struct region *region = region_current;
	uint32_t n = 0, n_rings = elide_threads_end();

	if (n_rings < region->n_rings / 2)
		return false;
	for (uint32_t i = 0; i < n_rings; i++)
		n += atomic_load_explicit(&region->rings[i].state, memory_order_relaxed) ==
		     RING_RELEASED;
	return n > region->n_rings / 4;
}
