// SPDX-License-Identifier: LGPL-2.1-or-later
// Which programs are traced, by their names.
#define _GNU_SOURCE
#include "libdumpalloc/programs.h"

#include <errno.h> // program_invocation_name
#include <stddef.h>
#include <string.h>

#include "libdumpalloc/executable.h"
#include "libdumpalloc/text.h"

enum { PATH_SIZE = 4096 };

static bool is_end(char c)
{
	return c == '\0' || c == ',';
}

// Many put a space behind a comma; no name begins with one.
static const char *skip_spaces(const char *at)
{
	while (*at == ' ')
		at++;
	return at;
}

bool programs_are_valid(const char *patterns)
{
	for (const char *at = patterns;; at++) {
		at = skip_spaces(at);
		at += *at == '!';
		if (is_end(*at))
			return false;
		at += strcspn(at, ",");
		if (*at == '\0')
			return true;
	}
}

// Whether the pattern at `at`, which ends with a comma or the text, fits all of `text`.
static bool fits(const char *at, const char *text)
{
	const char *star = NULL, *retry = NULL;

	for (;;) {
		if (*at == '*') {
			star = ++at;
			retry = text;
		} else if (*text == '\0') {
			return is_end(*at);
		} else if (!is_end(*at) && (*at == '?' || *at == *text)) {
			at++;
			text++;
		} else if (star != NULL) {
			at = star;
			text = ++retry;
		} else {
			return false;
		}
	}
}

bool programs_include(const char *patterns, const char *path, const char *name)
{
	const char *short_name = text_last_part(name);
	bool is_choice = false;

	short_name += *short_name == '-'; // a login shell
	for (const char *at = patterns;; at++) {
		at = skip_spaces(at);
		bool is_excluding = *at == '!';
		at += is_excluding;
		size_t n = strcspn(at, ",");
		if (memchr(at, '/', n) != NULL
			    ? fits(at, path)
			    : fits(at, text_last_part(path)) || fits(at, short_name))
			return !is_excluding;
		is_choice = is_choice || !is_excluding;
		at += n;
		if (*at == '\0')
			return !is_choice;
	}
}

bool programs_include_this(const char *patterns)
{
	char path[PATH_SIZE];

	return programs_include(patterns, executable_path(path, sizeof path),
				program_invocation_name);
}
