// SPDX-License-Identifier: GPL-3.0-or-later
// Frees that are wrong: of a block freed before, or by a function that does not go with the one that allocated it.
#include "misuse.h"

#include <stdlib.h>

#include "live_table.h"
#include "util.h"

void misuses_init(struct misuses *misuses)
{
	*misuses = (struct misuses){ .freed = xcalloc((size_t)1 << FREED_BITS,
						      sizeof(*misuses->freed)) };
}

void misuses_free(struct misuses *misuses)
{
	free(misuses->freed);
	*misuses = (struct misuses){ 0 };
}

void misuses_forget(struct misuses *misuses)
{
	misuses->n = 0;
	misuses->n_double = misuses->n_mismatched = 0;
}

bool kinds_match(unsigned allocator, unsigned release)
{
	switch (allocator) {
	case WIRE_KIND_NEW:
		return release == WIRE_KIND_DELETE;
	case WIRE_KIND_NEW_ARRAY:
		return release == WIRE_KIND_DELETE_ARRAY;
	case WIRE_KIND_MMAP:
	case WIRE_KIND_MMAP_FILE:
	case WIRE_KIND_MREMAP:
	case WIRE_KIND_BRK:
		return release == WIRE_KIND_MUNMAP;
	default:
		// Kinds of later versions may go with anything.
		return (release != WIRE_KIND_DELETE && release != WIRE_KIND_DELETE_ARRAY) ||
		       allocator > WIRE_KIND_BRK || allocator == WIRE_KIND_NONE;
	}
}

static struct freed_block *freed_at(struct misuses *misuses, uint64_t addr)
{
	return &misuses->freed[live_hash(addr) >> (64 - FREED_BITS)];
}

static void misuse_add(struct misuses *misuses, const struct misuse *misuse)
{
	for (uint32_t i = 0; i < misuses->n; i++) {
		struct misuse *known = &misuses->list[i];
		if (known->type == misuse->type && known->charge == misuse->charge &&
		    known->kind == misuse->kind && known->stack == misuse->stack &&
		    known->first_stack == misuse->first_stack) {
			known->n++;
			return;
		}
	}
	if (misuses->n < MISUSES_MAX) {
		misuses->list[misuses->n++] = *misuse;
	}
}

void misuses_freed(struct misuses *misuses, const struct event *event, uint32_t stack,
		   uint32_t charge, unsigned allocator)
{
	*freed_at(misuses, event->addr) = (struct freed_block){
		.addr = event->addr,
		.charge = charge,
		.seq = (uint32_t)event->seq,
		.stack = stack,
		.kind = event->kind,
	};
	if (!kinds_match(allocator, event->kind)) {
		misuses->n_mismatched++;
		misuse_add(misuses, &(struct misuse){ .type = MISUSE_MISMATCH,
						      .kind = event->kind,
						      .charge = charge,
						      .stack = stack,
						      .first_stack = STACK_UNKNOWN,
						      .seq = event->seq,
						      .addr = event->addr,
						      .n = 1 });
	}
}

bool misuses_unmatched(struct misuses *misuses, const struct event *event, uint32_t stack,
		       uint64_t known_since)
{
	struct freed_block *freed = freed_at(misuses, event->addr);
	if (event->addr == 0) {
		return false;
	}
	if (freed->addr != event->addr || (int32_t)(freed->seq - (uint32_t)known_since) < 0) {
		*freed = (struct freed_block){
			.addr = event->addr,
			.charge = CHARGE_UNKNOWN,
			.seq = (uint32_t)event->seq,
			.stack = stack,
			.kind = event->kind,
		};
		return false;
	}
	misuses->n_double++;
	misuse_add(misuses, &(struct misuse){ .type = MISUSE_DOUBLE,
					      .kind = event->kind,
					      .first_kind = freed->kind,
					      .charge = freed->charge,
					      .stack = stack,
					      .first_stack = freed->stack,
					      .seq = event->seq,
					      .addr = event->addr,
					      .n = 1 });
	return true;
}
