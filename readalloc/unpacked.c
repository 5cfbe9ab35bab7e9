// SPDX-License-Identifier: GPL-3.0-or-later
// Sections that one of several processes has unpacked, for the others: each writes reports with the same debug files.
#include "unpacked.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

enum {
	ENTRIES_MAX = 512,
	CLAIM_NONE = ENTRIES_MAX,
	ALIGNMENT = 16,
};

// Pages count once something is in them.
static const uint64_t ROOM = sizeof(void *) == 8 ? (uint64_t)256 << 20 : (uint64_t)48 << 20;

enum entry_state {
	ENTRY_EMPTY,
	ENTRY_CLAIMED, // somebody unpacks it, or has ended before it could give it
	ENTRY_READY,
};

// A section, by what changes when its file does.
struct section_key {
	uint64_t device, inode, file_size, offset;
	int64_t modified, modified_ns, changed, changed_ns;
};

struct entry {
	_Atomic unsigned state; // enum entry_state; the key holds from ENTRY_CLAIMED on
	struct section_key key;
	uint64_t at, size; // in `bytes`
};

// Nothing is ever removed: what one has found stays while it copies.
static struct shared {
	_Atomic unsigned n;
	_Atomic uint64_t used;
	struct entry entries[ENTRIES_MAX];
	uint8_t bytes[];
} * shared;

void unpacked_share(void)
{
	if (shared == NULL) {
		void *memory = mmap(NULL, sizeof(*shared) + (size_t)ROOM, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		shared = memory != MAP_FAILED ? memory : NULL;
	}
}

static bool key_of(struct section_key *key, int fd, uint64_t offset)
{
	struct stat status;
	if (fstat(fd, &status) != 0) {
		return false;
	}
	memset(key, 0, sizeof(*key)); // it is compared as bytes
	key->device = status.st_dev;
	key->inode = status.st_ino;
	key->file_size = (uint64_t)status.st_size;
	key->offset = offset;
	key->modified = status.st_mtim.tv_sec;
	key->modified_ns = status.st_mtim.tv_nsec;
	key->changed = status.st_ctim.tv_sec;
	key->changed_ns = status.st_ctim.tv_nsec;
	return true;
}

static uint8_t *copy_of(const struct entry *entry, size_t *size)
{
	uint8_t *bytes = malloc((size_t)entry->size + 1);
	if (bytes != NULL) {
		memcpy(bytes, shared->bytes + entry->at, (size_t)entry->size);
		bytes[entry->size] = 0;
		*size = (size_t)entry->size;
	}
	return bytes;
}

uint8_t *unpacked_find(int fd, uint64_t offset, size_t *size, unsigned *claim)
{
	struct section_key key;
	*claim = CLAIM_NONE;
	if (shared == NULL || !key_of(&key, fd, offset)) {
		return NULL;
	}
	unsigned n = atomic_load(&shared->n);
	for (unsigned i = 0; i < n && i < ENTRIES_MAX; i++) {
		struct entry *entry = &shared->entries[i];
		unsigned state = atomic_load(&entry->state);
		if (state != ENTRY_EMPTY && memcmp(&entry->key, &key, sizeof(key)) == 0) {
			return state == ENTRY_READY ? copy_of(entry, size) : NULL;
		}
	}
	// Of two that come here at once each keeps its own: a waste of room, no more.
	unsigned i = n < ENTRIES_MAX ? atomic_fetch_add(&shared->n, 1) : ENTRIES_MAX;
	if (i < ENTRIES_MAX) {
		shared->entries[i].key = key;
		atomic_store(&shared->entries[i].state, ENTRY_CLAIMED);
		*claim = i;
	}
	return NULL;
}

void unpacked_keep(unsigned claim, const uint8_t *bytes, size_t size)
{
	if (shared == NULL || claim >= ENTRIES_MAX || size > ROOM ||
	    atomic_load(&shared->used) > ROOM - size) {
		return;
	}
	uint64_t step = ((uint64_t)size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	uint64_t at = atomic_fetch_add(&shared->used, step);
	if (at > ROOM - size) {
		return;
	}
	struct entry *entry = &shared->entries[claim];
	memcpy(shared->bytes + at, bytes, size);
	entry->at = at;
	entry->size = size;
	atomic_store(&entry->state, ENTRY_READY);
}
