// SPDX-License-Identifier: GPL-3.0-or-later
// The functions, files and lines that the sites of a snapshot stand for.
#include "callgrind_private.h"

#include "site_name.h"
#include "snapshot_symbols.h"
#include "symbols.h"
#include "text_store.h"
#include "util.h"

static uint32_t add_function(struct profile *profile, const char *object, const char *file,
			     const char *name, uint32_t level)
{
	struct profile_inside *inside = profile->inside;
	if (profile->n_functions == inside->functions_room) {
		inside->functions_room =
			grown_capacity(inside->functions_room, profile->n_functions + 1);
		profile->functions = xrealloc(profile->functions, inside->functions_room,
					      sizeof(*profile->functions));
	}
	profile->functions[profile->n_functions] = (struct profile_function){
		.object = object,
		.file = file,
		.name = name,
		.level = level,
		.next_level = FUNCTION_NONE,
	};
	return (uint32_t)profile->n_functions++;
}

uint32_t profile_function_of(struct profile *profile, const char *object, const char *file,
			     const char *name)
{
	struct profile_inside *inside = profile->inside;
	object = text_store_keep(inside->texts, object);
	file = text_store_keep(inside->texts, file);
	name = text_store_keep(inside->texts, name);
	uint32_t hash = hash_pair(hash_pair((uintptr_t)object, (uintptr_t)file), (uintptr_t)name);
	uint32_t step = 0, at;
	while ((at = index_table_next(&inside->by_name, hash, &step)) != INDEX_NONE) {
		const struct profile_function *function = &profile->functions[at];
		if (function->object == object && function->file == file &&
		    function->name == name) {
			return at;
		}
	}
	at = add_function(profile, object, file, name, 1);
	index_table_add(&inside->by_name, hash, at);
	return at;
}

uint32_t profile_function_at(struct profile *profile, uint32_t function, uint32_t level)
{
	while (profile->functions[function].level < level) {
		struct profile_function *outer = &profile->functions[function];
		if (outer->next_level == FUNCTION_NONE) {
			uint32_t inner = add_function(profile, outer->object, outer->file,
						      outer->name, outer->level + 1);
			profile->functions[function].next_level = inner;
		}
		function = profile->functions[function].next_level;
	}
	return function;
}

uint32_t profile_file(struct profile *profile, const char *file)
{
	struct profile_inside *inside = profile->inside;
	file = text_store_keep(inside->texts, file);
	uint32_t hash = hash_pair((uintptr_t)file, 0), step = 0, at;
	while ((at = index_table_next(&inside->by_file, hash, &step)) != INDEX_NONE) {
		if (profile->files[at] == file) {
			return at;
		}
	}
	at = inside->by_file.n;
	if (at == inside->files_room) {
		inside->files_room = grown_capacity(inside->files_room, 0);
		profile->files =
			xrealloc(profile->files, inside->files_room, sizeof(*profile->files));
	}
	profile->files[at] = file;
	index_table_add(&inside->by_file, hash, at);
	return at;
}

static struct place find_place(struct profile *profile, const struct site *site,
			       const struct symbol *symbol)
{
	const char *object = site->module != NULL ? site->module->path : NULL;
	char unknown[SITE_NAME_SIZE];
	site_name(site, unknown);
	const char *file = symbol->file != NULL ? symbol->file : UNKNOWN_FILE;
	return (struct place){
		profile_function_of(profile,
				    object != NULL && object[0] != '\0' ? object : UNKNOWN_FILE,
				    symbol->home != NULL ? symbol->home : file,
				    symbol->function != NULL ? symbol->function : unknown),
		profile_file(profile, file),
		symbol->line,
	};
}

void profile_places(struct profile *profile, const struct snapshot *snapshot,
		    struct symbols *symbols)
{
	struct profile_inside *inside = profile->inside;
	snapshot_resolve(snapshot, symbols);

	size_t n = 0, capacity = 0;
	inside->first_place = xcalloc(snapshot->n_sites + 1, sizeof(*inside->first_place));
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		const struct site *site = &snapshot->sites[i];
		struct symbol_list list = symbols_find(symbols, site);
		if (n + list.n > capacity) {
			capacity = grown_capacity(capacity, n + list.n);
			inside->places =
				xrealloc(inside->places, capacity, sizeof(*inside->places));
		}
		for (size_t k = 0; k < list.n; k++) {
			inside->places[n++] = find_place(profile, site, &list.frames[k]);
		}
		inside->first_place[i + 1] = n;
	}
}
