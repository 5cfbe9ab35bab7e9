// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of heaptrack's text format: a letter, then numbers in hexadecimal.
#include "heaptrack_text.h"

#include <stdlib.h>
#include <string.h>

#include "gzip.h"
#include "index_table.h"
#include "text_store.h"
#include "util.h"

// As the heaptrack whose format it is says it: release 1.4.0, and its third format, in which strings have their length.
#define VERSION "v 10400 3"

enum { NUMBER_SIZE = 20, BUFFER_SIZE = 1 << 16 };

struct heaptrack_text {
	FILE *out;
	struct gzip *gzip; // NULL: as it is
	struct text_store *texts;
	const char **strings; // equal texts are equal pointers
	size_t n_strings, room;
	struct index_table by_string;
	size_t n; // bytes in the buffer
	char buffer[BUFFER_SIZE];
};

static void buffer_write(struct heaptrack_text *text)
{
	if (text->gzip != NULL) {
		gzip_write(text->gzip, text->buffer, text->n);
	} else {
		fwrite(text->buffer, 1, text->n, text->out);
	}
	text->n = 0;
}

static void bytes_put(struct heaptrack_text *text, const char *bytes, size_t n)
{
	while (n != 0) {
		if (text->n == sizeof(text->buffer)) {
			buffer_write(text);
		}
		size_t room = sizeof(text->buffer) - text->n;
		size_t piece = n < room ? n : room;
		memcpy(text->buffer + text->n, bytes, piece);
		text->n += piece;
		bytes += piece;
		n -= piece;
	}
}

// What is shown of a string, in one line. The caller frees it.
static char *string_shown(const char *string, size_t *size)
{
	char *shown = NULL;
	FILE *out = open_memstream(&shown, size);
	if (out == NULL) {
		die("memory: none left");
	}
	text_escape(out, string, 0);
	if (fclose(out) != 0) {
		die("memory: none left");
	}
	return shown;
}

struct heaptrack_text *heaptrack_text_new(FILE *out, const char *command, bool is_packed)
{
	struct heaptrack_text *text = xcalloc(1, sizeof(*text));
	text->out = out;
	text->gzip = is_packed ? gzip_new(out, GZIP_FAST) : NULL;
	text->texts = text_store_new();
	size_t size;
	char *shown = string_shown(command, &size);
	bytes_put(text, VERSION "\nX ", strlen(VERSION "\nX "));
	bytes_put(text, shown, size);
	free(shown);
	return text;
}

struct heaptrack_text *heaptrack_text_new_part(FILE *out)
{
	struct heaptrack_text *text = xcalloc(1, sizeof(*text));
	text->out = out;
	text->gzip = gzip_new_part(out, GZIP_FAST);
	return text;
}

static void text_free(struct heaptrack_text *text)
{
	if (text->texts != NULL) {
		text_store_free(text->texts);
	}
	index_table_free(&text->by_string);
	free(text->strings);
	free(text);
}

void heaptrack_text_end(struct heaptrack_text *text)
{
	bytes_put(text, "\n", 1);
	buffer_write(text);
	if (text->gzip != NULL) {
		gzip_end(text->gzip);
	}
	text_free(text);
}

void heaptrack_text_end_part(struct heaptrack_text *text, struct gzip_part *part)
{
	bytes_put(text, "\n", 1);
	buffer_write(text);
	gzip_end_part(text->gzip, part);
	text_free(text);
}

int heaptrack_text_end_with(struct heaptrack_text *text, const struct gzip_part *part, int fd)
{
	buffer_write(text);
	int error = gzip_end_with(text->gzip, part, fd);
	text_free(text);
	return error;
}

// Makes room for `n` bytes in the buffer.
static inline char *room_make(struct heaptrack_text *text, size_t n)
{
	if (sizeof(text->buffer) - text->n < n) {
		buffer_write(text);
	}
	return text->buffer + text->n;
}

void heaptrack_line(struct heaptrack_text *text, char letter)
{
	char *to = room_make(text, 2);
	to[0] = '\n';
	to[1] = letter;
	text->n += 2;
}

void heaptrack_number(struct heaptrack_text *text, uint64_t number)
{
	char *to = room_make(text, NUMBER_SIZE);
	unsigned n = ((unsigned)__builtin_clzll(number | 1) ^ 63) / 4 + 1; // digits
	to[0] = ' ';
	for (unsigned i = n; i != 0; i--) {
		to[i] = "0123456789abcdef"[number & 15];
		number >>= 4;
	}
	text->n += n + 1;
}

uint32_t heaptrack_string(struct heaptrack_text *text, const char *string)
{
	if (string == NULL || string[0] == '\0') {
		return 0;
	}
	const char *kept = text_store_keep(text->texts, string);
	uint32_t hash = hash_pair((uintptr_t)kept, 0), step = 0, at;
	while ((at = index_table_next(&text->by_string, hash, &step)) != INDEX_NONE) {
		if (text->strings[at] == kept) {
			return at + 1;
		}
	}
	if (text->n_strings == text->room) {
		text->room = grown_capacity(text->room, 0);
		text->strings = xrealloc(text->strings, text->room, sizeof(*text->strings));
	}
	text->strings[text->n_strings] = kept;
	index_table_add(&text->by_string, hash, (uint32_t)text->n_strings);
	size_t size;
	char *shown = string_shown(kept, &size);
	heaptrack_line(text, 's');
	heaptrack_number(text, size);
	bytes_put(text, " ", 1);
	bytes_put(text, shown, size);
	free(shown);
	return (uint32_t)++text->n_strings;
}
