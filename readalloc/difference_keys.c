// SPDX-License-Identifier: GPL-3.0-or-later
// Stacks of several runs by their functions: equal ones have the same number.
#include "difference_keys.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "culprit.h"
#include "difference_names.h"
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
	struct difference_names *names; // NULL: both are parts of one run
	struct key *keys;
	size_t n, room;
	struct index_table index;
};

static struct difference_keys *keys_new(const struct snapshot *now, struct symbols *now_symbols,
					const struct snapshot *base, struct symbols *base_symbols)
{
	struct difference_keys *keys = xcalloc(1, sizeof(*keys));
	keys->texts = text_store_new();
	keys->n = keys->room = 1;
	keys->keys = xcalloc(1, sizeof(*keys->keys));
	if (!now->is_same_run && !base->is_same_run) {
		snapshot_resolve(now, now_symbols);
		snapshot_resolve(base, base_symbols);
		keys->names =
			difference_names_new(keys->texts, now, now_symbols, base, base_symbols);
	}
	return keys;
}

static void keys_free(struct difference_keys *keys)
{
	difference_names_free(keys->names);
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
			    const struct symbol *symbol, bool is_bare, const struct snapshot *other)
{
	struct key key = { 0, NULL, NULL };
	key.function = symbol->function == NULL
			       ? place_of(keys, site, other)
			       : difference_names_of(keys->names, symbol, is_bare, &key.file);
	return key;
}

// Of two parts of one run.
static struct key site_key(struct difference_keys *keys, const struct site *site)
{
	char text[96];
	snprintf(text, sizeof(text), "%p+0x%" PRIx64 ".%d.%u", (const void *)site->module,
		 site->offset, site->is_exact, site->n_hidden);
	return (struct key){ 0, text_store_keep(keys->texts, text), NULL };
}

// The frames of a run's call sites: those of site i, innermost first, are frames[first[i]] up to frames[first[i + 1]].
struct site_frames {
	struct key_frame {
		struct key key;
		bool is_library;
	} * frames;
	size_t *first;
};

static struct site_frames site_frames_of(struct difference_keys *keys,
					 const struct snapshot *snapshot, struct symbols *symbols,
					 const struct snapshot *other)
{
	size_t n = 0, room = snapshot->n_sites + 1;
	struct site_frames all = { xcalloc(room, sizeof(*all.frames)),
				   xcalloc(room, sizeof(*all.first)) };
	for (size_t i = 0; i < snapshot->n_sites; i++) {
		const struct site *site = &snapshot->sites[i];
		if (keys->names == NULL) {
			all.frames[n++] = (struct key_frame){ site_key(keys, site), false };
			all.first[i + 1] = n;
			continue;
		}
		struct symbol_list list = symbols_find(symbols, site);
		if (n + list.n + snapshot->n_sites - i > room) {
			room = grown_capacity(room, n + list.n + snapshot->n_sites - i);
			all.frames = xrealloc(all.frames, room, sizeof(*all.frames));
		}
		bool is_bare = difference_names_is_bare(keys->names, site);
		for (size_t k = is_bare ? list.n - 1 : 0; k < list.n; k++) {
			const struct symbol *symbol = &list.frames[k];
			all.frames[n++] = (struct key_frame){
				frame_key(keys, site, symbol, is_bare, other),
				culprit_is_of_library(site, symbol),
			};
		}
		all.first[i + 1] = n;
	}
	return all;
}

// The number of a stack that has one more frame than another.
static uint32_t key_within(struct difference_keys *keys, uint32_t outer, const struct key *frame)
{
	struct key inner = *frame;
	inner.outer = outer;
	return key_intern(keys, &inner);
}

// The same of a stack without the library's frames, in which a function that calls itself stands once.
static uint32_t key_brief(struct difference_keys *keys, uint32_t outer,
			  const struct key_frame *frame)
{
	const struct key *above = &keys->keys[outer];
	bool is_again = outer != 0 && above->function == frame->key.function &&
			above->file == frame->key.file;
	return frame->is_library || is_again ? outer : key_within(keys, outer, &frame->key);
}

// Of each node of a run: its stack's number, and the one without what builds do in their own ways.
struct node_keys {
	uint32_t *whole, *brief;
};

static struct node_keys node_keys_of(struct difference_keys *keys, const struct snapshot *snapshot,
				     struct symbols *symbols, const struct snapshot *other)
{
	struct site_frames all = site_frames_of(keys, snapshot, symbols, other);
	struct node_keys nodes = { xcalloc(snapshot->n_nodes, sizeof(*nodes.whole)),
				   xcalloc(snapshot->n_nodes, sizeof(*nodes.brief)) };
	for (size_t i = 1; i < snapshot->n_nodes; i++) {
		const struct stack_node *node = &snapshot->nodes[i];
		uint32_t whole = nodes.whole[node->parent], brief = nodes.brief[node->parent];
		for (size_t k = all.first[node->site + 1]; k-- > all.first[node->site];) {
			whole = key_within(keys, whole, &all.frames[k].key);
			brief = keys->names != NULL ? key_brief(keys, brief, &all.frames[k])
						    : whole;
		}
		nodes.whole[i] = whole;
		nodes.brief[i] = brief;
	}
	free(all.frames);
	free(all.first);
	return nodes;
}

enum { IN_NOW = 1, IN_BASE = 2, IN_BOTH = IN_NOW | IN_BASE };

static void charges_mark(const struct snapshot *snapshot, const struct node_keys *nodes,
			 unsigned char run, unsigned char *seen)
{
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		seen[nodes->whole[snapshot->charges[i].stack]] |= run;
	}
}

// Of the stacks that are the same but for what builds do in their own ways, some are in one run alone.
static void charges_split(const struct snapshot *snapshot, const struct node_keys *nodes,
			  const unsigned char *seen, unsigned char *is_split)
{
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		uint32_t stack = snapshot->charges[i].stack;
		is_split[nodes->brief[stack]] |= seen[nodes->whole[stack]] != IN_BOTH;
	}
}

// A stack that is nothing but the library's stays itself.
static uint32_t *keys_chosen(const struct snapshot *snapshot, struct node_keys *nodes,
			     const unsigned char *is_split)
{
	for (size_t i = 1; i < snapshot->n_nodes; i++) {
		uint32_t brief = nodes->brief[i];
		if (brief != 0 && is_split[brief]) {
			nodes->whole[i] = brief;
		}
	}
	free(nodes->brief);
	return nodes->whole;
}

void difference_keys_find(const struct snapshot *now, struct symbols *now_symbols,
			  const struct snapshot *base, struct symbols *base_symbols,
			  uint32_t **now_keys, uint32_t **base_keys)
{
	struct difference_keys *keys = keys_new(now, now_symbols, base, base_symbols);
	struct node_keys now_nodes = node_keys_of(keys, now, now_symbols, base);
	struct node_keys base_nodes = node_keys_of(keys, base, base_symbols, now);
	unsigned char *seen = xcalloc(keys->n, 1), *is_split = xcalloc(keys->n, 1);
	if (keys->names != NULL) {
		charges_mark(now, &now_nodes, IN_NOW, seen);
		charges_mark(base, &base_nodes, IN_BASE, seen);
		charges_split(now, &now_nodes, seen, is_split);
		charges_split(base, &base_nodes, seen, is_split);
	}
	*now_keys = keys_chosen(now, &now_nodes, is_split);
	*base_keys = keys_chosen(base, &base_nodes, is_split);
	free(seen);
	free(is_split);
	keys_free(keys);
}
