// SPDX-License-Identifier: LGPL-2.1-or-later
// The blocks that are live, by their addresses, in memory of the relay.
#define _GNU_SOURCE
#include "libdumpalloc/elide_live.h"

#include <sys/mman.h>

#include "libdumpalloc/pages.h"

// Open addressing; at most three quarters of the places are taken.
static struct elide_live *places;
static size_t n_places, n_taken;
static unsigned shift; // of a hash of 32 bits: as many are left as are a place's number

static size_t home_of(uintptr_t address)
{
	return (uint32_t)((uint32_t)(address >> 3) * 2654435769u) >> shift;
}

// Where the address is, or would be.
static struct elide_live *seek(uintptr_t address)
{
	size_t i = home_of(address);

	while (places[i].address != 0 && places[i].address != address)
		i = (i + 1) & (n_places - 1);
	return &places[i];
}

static bool grow(void)
{
	struct elide_live *old = places;
	size_t n = n_places, n_new = n == 0 ? ELIDE_LIVE_LEAST : 2 * n;
	void *memory;

	if (n >= ELIDE_LIVE_MOST)
		return false;
	memory = pages_map(n_new * sizeof *places);
	if (memory == NULL)
		return false;
	places = memory;
	n_places = n_new;
	shift = 32;
	for (size_t i = n_new; i > 1; i /= 2)
		shift--;
	for (size_t i = 0; i < n; i++) {
		if (old[i].address != 0)
			*seek(old[i].address) = old[i];
	}
	if (n != 0)
		munmap(old, n * sizeof *old);
	return true;
}

struct elide_live *elide_live_find(uintptr_t address)
{
	struct elide_live *block = n_places != 0 ? seek(address) : NULL;

	return block != NULL && block->address != 0 ? block : NULL;
}

bool elide_live_add(const struct elide_live *block)
{
	if (n_taken >= n_places / 4 * 3 && !grow())
		return false;
	*seek(block->address) = *block;
	n_taken++;
	return true;
}

void elide_live_remove(struct elide_live *block)
{
	size_t hole = (size_t)(block - places), i = hole;

	// What stands behind the hole moves up to it, unless its home lies behind that.
	for (;;) {
		i = (i + 1) & (n_places - 1);
		if (places[i].address == 0)
			break;
		size_t way = (i - home_of(places[i].address)) & (n_places - 1);
		if (way >= ((i - hole) & (n_places - 1))) {
			places[hole] = places[i];
			hole = i;
		}
	}
	places[hole].address = 0;
	n_taken--;
}

void elide_live_forget(void)
{
	if (n_places != 0)
		munmap(places, n_places * sizeof *places);
	n_places = n_taken = 0;
}
