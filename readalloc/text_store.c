// SPDX-License-Identifier: GPL-3.0-or-later
// Texts kept once each, so that equal texts are equal pointers.
#include "text_store.h"

#include "index_table.h"
#include "util.h"

#include <stdlib.h>
#include <string.h>

struct text_store {
	char **texts;
	size_t n, capacity;
	struct index_table by_text;
};

struct text_store *text_store_new(void)
{
	return xcalloc(1, sizeof(struct text_store));
}

void text_store_free(struct text_store *store)
{
	for (size_t i = 0; i < store->n; i++) {
		free(store->texts[i]);
	}
	free(store->texts);
	index_table_free(&store->by_text);
	free(store);
}

static uint32_t hash_text(const char *text)
{
	uint64_t hash = 0xCBF29CE484222325; // FNV-1a
	for (const char *c = text; *c != '\0'; c++) {
		hash = (hash ^ (unsigned char)*c) * 0x100000001B3;
	}
	return hash_pair(hash, 0);
}

const char *text_store_keep(struct text_store *store, const char *text)
{
	if (text == NULL) {
		return NULL;
	}
	uint32_t hash = hash_text(text), step = 0, at;
	while ((at = index_table_next(&store->by_text, hash, &step)) != INDEX_NONE) {
		if (strcmp(store->texts[at], text) == 0) {
			return store->texts[at];
		}
	}
	if (store->n == store->capacity) {
		store->capacity = grown_capacity(store->capacity, store->n + 1);
		store->texts = xrealloc(store->texts, store->capacity, sizeof(*store->texts));
	}
	at = (uint32_t)store->n++;
	store->texts[at] = xstrndup(text, strlen(text));
	index_table_add(&store->by_text, hash, at);
	return store->texts[at];
}
