// SPDX-License-Identifier: GPL-3.0-or-later
// Name compression of callgrind files: a text is written in full once and by its number from then on.
#include "callgrind_names.h"

#include "callgrind_profile.h"
#include "util.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>

void callgrind_names_free(struct callgrind_names *names)
{
	free(names->keys);
	index_table_free(&names->by_key);
}

// Writes all but the text. True: the text must follow.
static bool write_number(struct callgrind_names *names, FILE *out, const char *keyword,
			 const void *key)
{
	uint32_t hash = hash_pair((uintptr_t)key, 0), step = 0, at;
	while ((at = index_table_next(&names->by_key, hash, &step)) != INDEX_NONE) {
		if (names->keys[at] == key) {
			fprintf(out, "%s=(%" PRIu32 ")", keyword, at + 1);
			return false;
		}
	}
	if (names->n == names->capacity) {
		names->capacity = grown_capacity(names->capacity, names->n + 1);
		names->keys = xrealloc(names->keys, names->capacity, sizeof(*names->keys));
	}
	at = (uint32_t)names->n++;
	names->keys[at] = key;
	index_table_add(&names->by_key, hash, at);
	fprintf(out, "%s=(%" PRIu32 ") ", keyword, at + 1);
	return true;
}

void callgrind_names_write(struct callgrind_names *names, FILE *out, const char *keyword,
			   const char *text)
{
	if (write_number(names, out, keyword, text)) {
		text_escape(out, text, 0);
	}
	fputc('\n', out);
}

void callgrind_names_write_function(struct callgrind_names *names, FILE *out, const char *keyword,
				    const struct profile_function *function)
{
	if (write_number(names, out, keyword, function)) {
		text_escape(out, function->name, 0);
		if (function->level > 1) {
			fprintf(out, "'%" PRIu32, function->level);
		}
	}
	fputc('\n', out);
}
