// SPDX-License-Identifier: GPL-3.0-or-later
// Reads files of suppressions.
#include "suppression.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

enum { SUPPRESSIONS_MAX = 100000, FRAMES_MAX = 1024 };

static const char byte_order_mark[] = "\xef\xbb\xbf";

struct reader {
	FILE *file;
	const char *path;
	char *line; // without blanks around it
	size_t room;
	unsigned long number; // of the line
	struct suppressions *suppressions;
};

static bool wrong(const struct reader *reader, const char *reason)
{
	say("%s:%lu: %s", reader->path, reader->number, reason);
	return false;
}

// The next line that is neither empty nor a comment. False: there is none.
static bool line_next(struct reader *reader, char **line)
{
	while (getline(&reader->line, &reader->room, reader->file) >= 0) {
		reader->number++;
		char *at = reader->line;
		// Some editors begin a file so.
		if (reader->number == 1 &&
		    strncmp(at, byte_order_mark, sizeof(byte_order_mark) - 1) == 0) {
			at += sizeof(byte_order_mark) - 1;
		}
		at += strspn(at, " \t\r\n");
		size_t size = strlen(at);
		while (size != 0 && strchr(" \t\r\n", at[size - 1]) != NULL) {
			at[--size] = '\0';
		}
		if (size != 0 && *at != '#') {
			*line = at;
			return true;
		}
	}
	return false;
}

// A glob of ours that means the same as one in which only the characters of `special` are special; with a star at its
// ends where that is wanted.
static char *glob_convert(const char *text, const char *special, bool has_star_before,
			  bool has_star_after)
{
	size_t size = strlen(text);
	char *glob = xcalloc(2 * size + 3, 1), *to = glob;
	if (has_star_before) {
		*to++ = '*';
	}
	for (size_t i = 0; i < size; i++) {
		if (strchr("*?[\\", text[i]) != NULL && strchr(special, text[i]) == NULL) {
			*to++ = '\\';
		}
		*to++ = text[i];
	}
	if (has_star_after) {
		*to = '*';
	}
	return glob;
}

static struct suppression *suppression_add(struct suppressions *suppressions)
{
	suppressions->list =
		xrealloc(suppressions->list, suppressions->n + 1, sizeof(*suppressions->list));
	struct suppression *new = &suppressions->list[suppressions->n++];
	*new = (struct suppression){ 0 };
	return new;
}

// LeakSanitizer's pattern may match anywhere in a name unless it has ^ or $ at its ends.
static bool leak_read(struct reader *reader, const char *pattern)
{
	size_t size = strlen(pattern);
	bool has_start = size != 0 && pattern[0] == '^';
	bool has_end = size > (size_t)has_start && pattern[size - 1] == '$';
	char *middle = xstrndup(pattern + has_start, size - has_start - has_end);
	bool is_good = middle[0] != '\0';
	if (is_good) {
		struct suppression *new = suppression_add(reader->suppressions);
		new->name = xstrndup(pattern, size);
		new->glob = glob_convert(middle, "*", !has_start, !has_end);
	}
	free(middle);
	return is_good || wrong(reader, "the pattern of leak: is empty");
}

static bool frame_read(struct reader *reader, struct suppression *suppression, const char *line)
{
	static const char *const prefixes[] = {
		[SUPPRESSION_FUN] = "fun:",
		[SUPPRESSION_OBJ] = "obj:",
		[SUPPRESSION_SRC] = "src:",
	};
	struct suppression_frame frame = { SUPPRESSION_ANY, NULL };
	for (int i = SUPPRESSION_FUN; i <= SUPPRESSION_SRC; i++) {
		size_t size = strlen(prefixes[i]);
		if (strncmp(line, prefixes[i], size) == 0 && line[size] != '\0') {
			frame.match = (enum suppression_match)i;
			frame.glob = glob_convert(line + size, "*?", false, false);
		}
	}
	if (frame.match == SUPPRESSION_ANY && strcmp(line, "...") != 0) {
		return wrong(reader, "not a frame: fun:NAME, obj:FILE, src:FILE:LINE and ... are");
	}
	if (suppression->n_frames == FRAMES_MAX) {
		free(frame.glob);
		return wrong(reader, "more than 1024 frames");
	}
	suppression->frames = xrealloc(suppression->frames, suppression->n_frames + 1,
				       sizeof(*suppression->frames));
	suppression->frames[suppression->n_frames++] = frame;
	return true;
}

// The words before the first colon are the tools, the one behind it the error.
static bool is_for_leaks(const char *line)
{
	const char *colon = strchr(line, ':');
	return colon != NULL && strstr(line, "Memcheck") != NULL &&
	       strstr(line, "Memcheck") < colon && strcmp(colon + 1, "Leak") == 0;
}

// What stands behind an opening brace.
static bool block_read(struct reader *reader)
{
	struct suppression *new = suppression_add(reader->suppressions);
	char *line;
	if (!line_next(reader, &line) || strcmp(line, "}") == 0) {
		return wrong(reader, "a suppression begins with its name");
	}
	new->name = xstrndup(line, strlen(line));
	if (!line_next(reader, &line) || strchr(line, ':') == NULL) {
		return wrong(reader, "not of the form TOOL:ERROR, as Memcheck:Leak");
	}
	bool is_leak = is_for_leaks(line), is_first = true;
	while (line_next(reader, &line)) {
		if (strcmp(line, "}") == 0) {
			if (is_leak && new->n_frames == 0) {
				return wrong(reader, "a suppression has at least one frame");
			}
			reader->suppressions->n -= !is_leak;
			if (!is_leak) {
				free(new->name);
			}
			return true;
		}
		bool is_kinds = is_first && strncmp(line, "match-leak-kinds:", 17) == 0;
		is_first = false;
		if (is_leak && !is_kinds && !frame_read(reader, new, line)) {
			return false;
		}
	}
	return wrong(reader, "the file ends within a suppression: } is missing");
}

static bool file_read(struct reader *reader)
{
	char *line;
	while (line_next(reader, &line)) {
		if (reader->suppressions->n == SUPPRESSIONS_MAX) {
			return wrong(reader, "more than 100000 suppressions");
		}
		bool is_leak = strncmp(line, "leak:", 5) == 0;
		if (!is_leak && strcmp(line, "{") != 0) {
			return wrong(reader, "not a suppression: { begins one of Valgrind's, "
					     "leak:PATTERN is one of LeakSanitizer's");
		}
		if (is_leak ? !leak_read(reader, line + 5) : !block_read(reader)) {
			return false;
		}
	}
	if (ferror(reader->file)) {
		say("%s: %s", reader->path, strerror(errno));
		return false;
	}
	return true;
}

bool suppressions_read(struct suppressions *suppressions, const char *path)
{
	struct reader reader = { .path = path, .suppressions = suppressions };
	reader.file = fopen(path, "r");
	if (reader.file == NULL) {
		say("%s: %s", path, strerror(errno));
		return false;
	}
	bool is_good = file_read(&reader);
	free(reader.line);
	fclose(reader.file);
	return is_good;
}

void suppressions_free(struct suppressions *suppressions)
{
	for (size_t i = 0; i < suppressions->n; i++) {
		struct suppression *suppression = &suppressions->list[i];
		for (size_t k = 0; k < suppression->n_frames; k++) {
			free(suppression->frames[k].glob);
		}
		free(suppression->frames);
		free(suppression->name);
		free(suppression->glob);
	}
	free(suppressions->list);
	*suppressions = (struct suppressions){ 0 };
}
