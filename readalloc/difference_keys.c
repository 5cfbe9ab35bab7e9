// SPDX-License-Identifier: GPL-3.0-or-later
// Stacks of several runs by their functions: equal ones have the same number.
#include "difference_keys.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "function_name.h"
#include "index_table.h"
#include "snapshot.h"
#include "snapshot_symbols.h"
#include "symbols.h"
#include "text_store.h"
#include "util.h"

// A stack: its outer frames, and the innermost one.
struct key {
	uint32_t outer;
	const char *function, *file;
};

// Number 0 is the empty stack. Equal texts are equal pointers.
struct difference_keys {
	struct text_store *texts;
	struct key *keys;
	size_t n, room;
	struct index_table index;
};

struct difference_keys *difference_keys_new(void)
{
	struct difference_keys *keys = xcalloc(1, sizeof(*keys));
	keys->texts = text_store_new();
	keys->n = keys->room = 1;
	keys->keys = xcalloc(1, sizeof(*keys->keys));
	return keys;
}

void difference_keys_free(struct difference_keys *keys)
{
	text_store_free(keys->texts);
	index_table_free(&keys->index);
	free(keys->keys);
	free(keys);
}

static uint32_t key_intern(struct difference_keys *keys, const struct key *key)
{
	uint32_t hash =
		hash_pair(hash_pair((uintptr_t)key->function, (uintptr_t)key->file), key->outer);
	uint32_t step = 0, at;
	while ((at = index_table_next(&keys->index, hash, &step)) != INDEX_NONE) {
		const struct key *known = &keys->keys[at];
		if (known->outer == key->outer && known->function == key->function &&
		    known->file == key->file) {
			return at;
		}
	}
	if (keys->n == keys->room) {
		keys->room = grown_capacity(keys->n, 0);
		keys->keys = xrealloc(keys->keys, keys->room, sizeof(*keys->keys));
	}
	keys->keys[keys->n] = *key;
	index_table_add(&keys->index, hash, (uint32_t)keys->n);
	return (uint32_t)keys->n++;
}

static const char *name_of(const char *path)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;
	return slash != NULL ? slash + 1 : path;
}

static const char *kept(struct difference_keys *keys, const char *text, size_t size)
{
	char *copy = xstrndup(text, size);
	const char *kept = text_store_keep(keys->texts, copy);
	free(copy);
	return kept;
}

static bool is_same_build(const struct module *one, const struct module *two)
{
	return one->build_id_size != 0 && one->build_id_size == two->build_id_size &&
	       memcmp(one->build_id, two->build_id, one->build_id_size) == 0;
}

static bool has_build(const struct snapshot *snapshot, const struct module *module)
{
	const struct module *last = NULL;
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		const struct module *other = snapshot->sites[i].module;
		if (other != NULL && other != last && is_same_build(module, other)) {
			return true;
		}
		last = other;
	}
	return false;
}

// What code without a name is known by.
static const char *place_of(struct difference_keys *keys, const struct site *site,
			    const struct snapshot *other)
{
	char text[256];
	const char *name = site->module != NULL ? name_of(site->module->path) : "";
	if (site->module == NULL || has_build(other, site->module)) {
		snprintf(text, sizeof(text), "%.200s+0x%" PRIx64, name, site->offset);
	} else {
		snprintf(text, sizeof(text), "%.200s", name);
	}
	return text_store_keep(keys->texts, text);
}

static struct key frame_key(struct difference_keys *keys, const struct site *site,
			    const struct symbol *symbol, const struct snapshot *other)
{
	if (symbol->function == NULL) {
		return (struct key){ 0, place_of(keys, site, other), NULL };
	}
	const char *file = name_of(symbol->home);
	return (struct key){
		0,
		kept(keys, symbol->function, function_name_stable(symbol->function)),
		file != NULL ? kept(keys, file, strlen(file)) : NULL,
	};
}

// Of two parts of one run.
static struct key site_key(struct difference_keys *keys, const struct site *site)
{
	char text[96];
	snprintf(text, sizeof(text), "%p+0x%" PRIx64 ".%d.%u", (const void *)site->module,
		 site->offset, site->is_exact, site->n_hidden);
	return (struct key){ 0, text_store_keep(keys->texts, text), NULL };
}

uint32_t *difference_keys_of(struct difference_keys *keys, const struct snapshot *snapshot,
			     struct symbols *symbols, const struct snapshot *other)
{
	// The frames of site i, innermost first: frames[first[i]] up to first[i + 1].
	size_t n = 0, room = snapshot->n_sites + 1;
	struct key *frames = xcalloc(room, sizeof(*frames));
	size_t *first = xcalloc(snapshot->n_sites + 1, sizeof(*first));
	bool is_same_run = snapshot->is_same_run || other->is_same_run;
	if (!is_same_run) {
		snapshot_resolve(snapshot, symbols);
	}
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		const struct site *site = &snapshot->sites[i];
		if (is_same_run) {
			frames[n++] = site_key(keys, site);
			first[i + 1] = n;
			continue;
		}
		struct symbol_list list = symbols_find(symbols, site);
		if (n + list.n > room) {
			room = grown_capacity(room, n + list.n);
			frames = xrealloc(frames, room, sizeof(*frames));
		}
		for (size_t k = 0; k < list.n; k++) {
			frames[n++] = frame_key(keys, site, &list.frames[k], other);
		}
		first[i + 1] = n;
	}
	uint32_t *of_node = xcalloc(snapshot->n_nodes, sizeof(*of_node));
	for (size_t i = 1; i < snapshot->n_nodes; i++) {
		const struct stack_node *node = &snapshot->nodes[i];
		uint32_t key = of_node[node->parent];
		for (size_t k = first[node->site + 1]; k-- > first[node->site];) {
			struct key inner = frames[k];
			inner.outer = key;
			key = key_intern(keys, &inner);
		}
		of_node[i] = key;
	}
	free(frames);
	free(first);
	return of_node;
}
