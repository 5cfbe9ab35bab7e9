// SPDX-License-Identifier: GPL-3.0-or-later
// Frees that are wrong: of a block freed before, by a function that does not go with the one that allocated it, or as one of a size
// that it has not.
#include "misuse.h"

#include <stdlib.h>

#include "archive.h"
#include "archive_parts.h"
#include "operators.h"
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

bool kinds_match_seldom(unsigned allocator, unsigned release)
{
	enum operator_family made = operator_family(allocator);
	enum operator_family released = operator_family(release);
	switch (allocator) {
	case WIRE_KIND_MMAP:
	case WIRE_KIND_MMAP_FILE:
	case WIRE_KIND_MREMAP:
	case WIRE_KIND_BRK:
		return release == WIRE_KIND_MUNMAP;
	default:
		// Kinds of later versions may go with anything.
		return made == released || allocator > WIRE_KIND_NEW_ARRAY_ALIGNED ||
		       allocator == WIRE_KIND_NONE;
	}
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

void misuses_wrong(struct misuses *misuses, const struct event *event, uint32_t stack,
		   const struct misused_block *block, bool is_match)
{
	misuses->n_mismatched++;
	misuse_add(misuses, &(struct misuse){ .type = is_match ? MISUSE_SIZE : MISUSE_MISMATCH,
					      .kind = event->kind,
					      .charge = block->charge,
					      .stack = stack,
					      .first_stack = STACK_UNKNOWN,
					      .seq = event->seq,
					      .addr = event->addr,
					      .size = is_match ? block->size : 0,
					      .told = is_match ? event->size : 0,
					      .n = 1 });
}

bool misuses_unmatched(struct misuses *misuses, const struct event *event, uint32_t stack,
		       uint64_t known_since)
{
	struct freed_block *freed = misuses_freed_at(misuses, event->addr);
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

static void misuse_archive(struct archive *archive, struct misuse *misuse, size_t n_charges,
			   size_t n_nodes)
{
	uint64_t type = misuse->type;
	archive_up_to(archive, &type, MISUSE_SIZE);
	misuse->type = (enum misuse_type)type;
	archive_u8(archive, &misuse->kind);
	archive_u8(archive, &misuse->first_kind);
	archive_index(archive, &misuse->charge, n_charges, true);
	archive_index(archive, &misuse->stack, n_nodes, true);
	archive_index(archive, &misuse->first_stack, n_nodes, true);
	archive_u64(archive, &misuse->n);
	archive_u64(archive, &misuse->seq);
	archive_u64(archive, &misuse->addr);
	archive_u64(archive, &misuse->size);
	archive_u64(archive, &misuse->told);
}

// Those that there are, each with its place.
static void freed_archive(struct archive *archive, struct freed_block *list, size_t n_charges,
			  size_t n_nodes)
{
	const uint32_t n_places = (uint32_t)1 << FREED_BITS;
	size_t n = 0;
	for (uint32_t i = 0; i < n_places; i++) {
		n += list[i].addr != 0;
	}
	archive_count(archive, &n);
	uint32_t i = 0;
	for (; n != 0 && archive_is_well(archive); n--, i++) {
		while (!archive->is_reading && list[i].addr == 0) {
			i++;
		}
		archive_index(archive, &i, n_places, false);
		archive_u64(archive, &list[i].addr);
		archive_index(archive, &list[i].charge, n_charges, true);
		archive_u32(archive, &list[i].seq);
		archive_index(archive, &list[i].stack, n_nodes, true);
		archive_u8(archive, &list[i].kind);
	}
}

void misuses_archive(struct archive *archive, struct misuses *misuses, size_t n_charges,
		     size_t n_nodes)
{
	archive_u64(archive, &misuses->n_double);
	archive_u64(archive, &misuses->n_mismatched);
	archive_index(archive, &misuses->n, MISUSES_MAX + 1, false);
	for (uint32_t i = 0; i < misuses->n; i++) {
		misuse_archive(archive, &misuses->list[i], n_charges, n_nodes);
	}
	freed_archive(archive, misuses->freed, n_charges, n_nodes);
}
