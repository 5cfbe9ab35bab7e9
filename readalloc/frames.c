// SPDX-License-Identifier: GPL-3.0-or-later
// The source-level frames of a snapshot's stacks, equal ones under one number.
#include "frames.h"

#include <stdlib.h>
#include <string.h>

#include "../libdumpalloc/wire.h"
#include "index_table.h"
#include "site_name.h"
#include "snapshot.h"
#include "snapshot_symbols.h"
#include "symbols.h"
#include "text_store.h"
#include "util.h"

struct frames_inside {
	struct text_store *texts;
	struct index_table by_name;
	// The frames of site i, innermost first: ids[first[i]] up to first[i + 1].
	uint32_t *ids;
	size_t *first;
	// The stack last asked for, filled from its end.
	uint32_t *stack;
	size_t stack_room;
};

static uint32_t name_intern(struct frames *frames, struct frame_name name)
{
	struct frames_inside *inside = frames->inside;
	name.function = text_store_keep(inside->texts, name.function);
	name.file = text_store_keep(inside->texts, name.file);
	name.object = text_store_keep(inside->texts, name.object);
	uint32_t hash = hash_pair(hash_pair((uintptr_t)name.function, (uintptr_t)name.file),
				  (uintptr_t)name.object ^ name.line);
	uint32_t step = 0, at;
	while ((at = index_table_next(&inside->by_name, hash, &step)) != INDEX_NONE) {
		const struct frame_name *known = &frames->names[at];
		if (known->function == name.function && known->file == name.file &&
		    known->object == name.object && known->line == name.line) {
			return at;
		}
	}
	if (frames->n == frames->room) {
		frames->room = grown_capacity(frames->n, 0);
		frames->names = xrealloc(frames->names, frames->room, sizeof(*frames->names));
	}
	frames->names[frames->n] = name;
	index_table_add(&inside->by_name, hash, (uint32_t)frames->n);
	return (uint32_t)frames->n++;
}

static uint32_t symbol_intern(struct frames *frames, const struct site *site,
			      const struct symbol *symbol)
{
	char unknown[SITE_NAME_SIZE];
	site_name(site, unknown);
	const char *path = site->module != NULL ? site->module->path : NULL;
	return name_intern(frames, (struct frame_name){
					   symbol->function != NULL ? symbol->function : unknown,
					   symbol->file,
					   symbol->file != NULL ? symbol->line : 0,
					   path != NULL && path[0] != '\0' ? path : NULL,
				   });
}

static void sites_resolve(struct frames *frames, const struct snapshot *snapshot,
			  struct symbols *symbols)
{
	struct frames_inside *inside = frames->inside;
	snapshot_resolve(snapshot, symbols);

	size_t n = 0, room = 0;
	inside->first = xcalloc(snapshot->n_sites + 1, sizeof(*inside->first));
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		struct symbol_list list = symbols_find(symbols, &snapshot->sites[i]);
		if (n + list.n > room) {
			room = grown_capacity(room, n + list.n);
			inside->ids = xrealloc(inside->ids, room, sizeof(*inside->ids));
		}
		for (size_t k = 0; k < list.n; k++) {
			inside->ids[n++] =
				symbol_intern(frames, &snapshot->sites[i], &list.frames[k]);
		}
		inside->first[i + 1] = n;
	}
}

struct frames *frames_new(const struct snapshot *snapshot, struct symbols *symbols)
{
	struct frames *frames = xcalloc(1, sizeof(*frames));
	frames->inside = xcalloc(1, sizeof(*frames->inside));
	frames->inside->texts = text_store_new();
	sites_resolve(frames, snapshot, symbols);
	return frames;
}

void frames_free(struct frames *frames)
{
	text_store_free(frames->inside->texts);
	index_table_free(&frames->inside->by_name);
	free(frames->inside->ids);
	free(frames->inside->first);
	free(frames->inside->stack);
	free(frames->inside);
	free(frames->names);
	free(frames);
}

// Makes room in front of the `n` frames at the end of the stack.
static void stack_grow(struct frames_inside *inside, size_t n)
{
	size_t room = grown_capacity(inside->stack_room, 0);
	uint32_t *grown = xcalloc(room, sizeof(*grown));
	if (n != 0) {
		memcpy(grown + room - n, inside->stack + inside->stack_room - n,
		       n * sizeof(*grown));
	}
	free(inside->stack);
	inside->stack = grown;
	inside->stack_room = room;
}

static void stack_push(struct frames_inside *inside, size_t *n, uint32_t id)
{
	if (*n == inside->stack_room) {
		stack_grow(inside, *n);
	}
	++*n;
	inside->stack[inside->stack_room - *n] = id;
}

const uint32_t *frames_of(struct frames *frames, const struct snapshot *snapshot,
			  const struct charge *charge, unsigned additions, size_t *n)
{
	struct frames_inside *inside = frames->inside;
	*n = 0;
	if (additions & FRAMES_ALLOCATOR) {
		stack_push(inside, n,
			   name_intern(frames,
				       (struct frame_name){ .function = kind_name(charge->kind) }));
	}
	for (uint32_t node = charge->stack; node != STACK_ROOT;
	     node = snapshot->nodes[node].parent) {
		uint32_t site = snapshot->nodes[node].site;
		for (size_t i = inside->first[site]; i < inside->first[site + 1]; i++) {
			stack_push(inside, n, inside->ids[i]);
		}
	}
	if (charge->stack == STACK_ROOT) {
		stack_push(inside, n,
			   name_intern(frames, (struct frame_name){ .function = "(no stack)" }));
	} else if (charge->cut != WIRE_CUT_WHOLE) {
		stack_push(inside, n,
			   name_intern(frames, (struct frame_name){ .function = "(stack cut)" }));
	}
	return inside->stack + inside->stack_room - *n;
}
