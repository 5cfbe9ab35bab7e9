// SPDX-License-Identifier: LGPL-2.1-or-later
// The memory a traced process and its relay share: one mapping per stream.
#define _GNU_SOURCE
#include "libdumpalloc/region.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "libdumpalloc/futex.h"
#include "libdumpalloc/pages.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18 // Linux 4.14, include/uapi/asm-generic/mman-common.h
#endif

enum {
	RINGS_MAX = sizeof(void *) > 4 ? 1024 : 256,
	RINGS_LEAST = 2,
	LIMIT_SHARE = 16, // of a limited address space we take at most this part
	STALL_MS = 10000,
	NO_ADVICE = 9999, // no kernel knows it
};

struct region *region_current;

// Kept outside the region, which a fork child may not have.
static size_t mapped_size;
static bool is_hidden;

static size_t page_round(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	return (size + page - 1) / page * page;
}

static size_t head_size(uint32_t n_rings)
{
	return page_round(sizeof(struct region) + n_rings * sizeof(struct ring));
}

// How many rings to ask for: the program needs its address space more than we do.
static uint32_t n_rings_wanted(uint32_t ring_size)
{
	struct rlimit limit;
	uint32_t n = RINGS_MAX;

	// Larger rings are fewer.
	if (ring_size > REGION_RING_SIZE)
		n = (uint32_t)((uint64_t)RINGS_MAX * REGION_RING_SIZE / ring_size);
	if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return n;
	while (n > RINGS_LEAST &&
	       head_size(n) + (size_t)n * ring_size > limit.rlim_cur / LIMIT_SHARE)
		n /= 2;
	return n;
}

bool region_open(uint32_t ring_size)
{
	int error = errno;
	uint32_t n = n_rings_wanted(ring_size);
	size_t size;
	void *map;

	for (;;) {
		size = head_size(n) + (size_t)n * ring_size;
		map = mmap(NULL, size, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			   0);
		if (map != MAP_FAILED || n <= RINGS_LEAST)
			break;
		n /= 2;
	}
	errno = error;
	if (map == MAP_FAILED)
		return false;
	if (mprotect(map, head_size(n), PROT_READ | PROT_WRITE) != 0) {
		munmap(map, size);
		errno = error;
		return false;
	}

	// Fresh shared memory is zero, which is the first state of all the rest.
	struct region *region = map;
	region->n_rings = n;
	region->ring_size = ring_size;
	region->opened_at = clock_ms();
	region->stall_ms = STALL_MS;
	region->pulse = REGION_STILL;
	mapped_size = size;
	region_current = region;
	return true;
}

void region_forget(void)
{
	int error = errno;

	// What the child has at that address, if the region is hidden from it, is not ours to unmap.
	if (region_current != NULL && !is_hidden)
		munmap(region_current, mapped_size);
	region_current = NULL;
	is_hidden = false;
	errno = error;
}

bool region_overlaps(uint64_t start, uint64_t end)
{
	uintptr_t own = (uintptr_t)region_current;

	return own < end && start < (uint64_t)own + mapped_size;
}

static uint8_t *ring_memory(uint32_t i)
{
	return (uint8_t *)region_current + head_size(region_current->n_rings) +
	       (size_t)i * region_current->ring_size;
}

bool region_open_ring(uint32_t i)
{
	struct ring *ring = &region_current->rings[i];
	if (ring->bytes != NULL)
		return true;

	int error = errno;
	bool is_open =
		mprotect(ring_memory(i), region_current->ring_size, PROT_READ | PROT_WRITE) == 0;
	errno = error;
	if (!is_open)
		return false;
	ring->size = region_current->ring_size;
	ring->bytes = ring_memory(i);
	return true;
}

bool region_open_all_rings(void)
{
	return mprotect(region_current, mapped_size, PROT_READ | PROT_WRITE) == 0;
}

static enum {
	FORK_UNTRIED,
	FORK_WIPES,
	FORK_WIPES_NOT,
	FORK_TAKES_ANY_ADVICE, // an emulator, which follows none
} fork_kind;

static void try_advice(void)
{
	int error = errno;
	size_t size = page_round(1);
	void *page = pages_map(size);

	fork_kind = FORK_WIPES_NOT;
	if (page != NULL) {
		if (madvise(page, size, NO_ADVICE) == 0)
			fork_kind = FORK_TAKES_ANY_ADVICE;
		else if (madvise(page, size, MADV_WIPEONFORK) == 0)
			fork_kind = FORK_WIPES;
		munmap(page, size);
	}
	errno = error;
}

bool region_can_wipe_on_fork(void)
{
	if (fork_kind == FORK_UNTRIED)
		try_advice();
	return fork_kind == FORK_WIPES;
}

bool region_is_emulated(void)
{
	if (fork_kind == FORK_UNTRIED)
		try_advice();
	return fork_kind == FORK_TAKES_ANY_ADVICE;
}

void region_hide_from_children(bool is_to_hide)
{
	int error = errno;

	if (is_to_hide != is_hidden && region_can_wipe_on_fork() &&
	    madvise(region_current, mapped_size, is_to_hide ? MADV_DONTFORK : MADV_DOFORK) == 0)
		is_hidden = is_to_hide;
	errno = error;
}
