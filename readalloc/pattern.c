// SPDX-License-Identifier: GPL-3.0-or-later
// Patterns for names: globs, and /regular expressions/.
#include "pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

// Whether `c` is in the set that begins behind `[` at `at`; `*end` becomes where the pattern goes on. A [ without ] is
// itself: `*end` is NULL.
static bool set_holds(const char *at, const char *stop, char c, const char **end)
{
	bool is_inverted = at < stop && (*at == '!' || *at == '^');
	bool is_in = false;
	const char *first = at += is_inverted;
	for (; at < stop && (*at != ']' || at == first); at++) {
		unsigned char low = (unsigned char)*at, high = low;
		if (stop - at > 2 && at[1] == '-' && at[2] != ']') {
			high = (unsigned char)at[2];
			at += 2;
		}
		is_in = is_in || ((unsigned char)c >= low && (unsigned char)c <= high);
	}
	*end = at < stop ? at + 1 : NULL;
	return is_in != is_inverted;
}

// Whether the element at `at`, no star, is a pattern for `c`; `*end` becomes where the next one begins.
static bool element_matches(const char *at, const char *stop, char c, const char **end)
{
	*end = at + 1;
	switch (*at) {
	case '?':
		return true;
	case '[': {
		const char *after;
		bool holds = set_holds(at + 1, stop, c, &after);
		if (after == NULL) {
			return c == '[';
		}
		*end = after;
		return holds;
	}
	case '\\':
		if (at + 1 < stop) {
			*end = at + 2;
			return at[1] == c;
		}
		return c == '\\';
	default:
		return *at == c;
	}
}

bool glob_matches(const char *glob, size_t size, const char *text)
{
	const char *at = glob, *stop = glob + size;
	// Where to go on if what follows the last star does not match: one character further in the text.
	const char *retry = NULL, *retry_text = NULL;
	for (;;) {
		const char *next;
		if (at < stop && *at == '*') {
			retry = ++at;
			retry_text = text;
		} else if (*text == '\0' && at == stop) {
			return true;
		} else if (*text != '\0' && at < stop && element_matches(at, stop, *text, &next)) {
			at = next;
			text++;
		} else if (retry != NULL && *retry_text != '\0') {
			at = retry;
			text = ++retry_text;
		} else {
			return false;
		}
	}
}

bool pattern_read(struct pattern *pattern, const char *text, char error[PATTERN_ERROR_SIZE])
{
	size_t size = strlen(text);
	*pattern = (struct pattern){ 0 };
	if (size == 0 || strcmp(text, "//") == 0) {
		snprintf(error, PATTERN_ERROR_SIZE, "the pattern is empty");
		return false;
	}
	if (text[0] != '/' || size < 2 || text[size - 1] != '/') {
		pattern->glob = xstrndup(text, size);
		return true;
	}
	char *expression = xstrndup(text + 1, size - 2);
	int wrong = regcomp(&pattern->regex, expression, REG_EXTENDED | REG_NOSUB);
	free(expression);
	if (wrong != 0) {
		regerror(wrong, &pattern->regex, error, PATTERN_ERROR_SIZE);
		return false;
	}
	return true;
}

void pattern_free(struct pattern *pattern)
{
	if (pattern->glob == NULL) {
		regfree(&pattern->regex);
	}
	free(pattern->glob);
}

bool pattern_matches(const struct pattern *pattern, const char *text)
{
	if (text == NULL) {
		return false;
	}
	if (pattern->glob != NULL) {
		return glob_matches(pattern->glob, strlen(pattern->glob), text);
	}
	return regexec(&pattern->regex, text, 0, NULL, 0) == 0;
}
