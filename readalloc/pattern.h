// SPDX-License-Identifier: GPL-3.0-or-later
// Patterns for names: globs, and /regular expressions/.
#ifndef READALLOC_PATTERN_H
#define READALLOC_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct pattern {
	char *glob; // NULL: it is a regular expression
	regex_t regex;
};

enum { PATTERN_ERROR_SIZE = 160 };

// Whether the `size` bytes at `glob` are a pattern for the whole of `text`: * stands for any number of characters, ? for
// one, [a-z] and [!a-z] for one of a set, and a backslash takes the special meaning of what follows. Takes at most
// steps in proportion to the product of both sizes.
bool glob_matches(const char *glob, size_t size, const char *text);

// Reads `text`: /EXPRESSION/ is an extended regular expression, which may match anywhere in a name; all else is a glob.
// False: it is none, and `error` says why.
bool pattern_read(struct pattern *pattern, const char *text, char error[PATTERN_ERROR_SIZE]);
void pattern_free(struct pattern *pattern);

// `text` may be NULL, which nothing matches.
bool pattern_matches(const struct pattern *pattern, const char *text);

#endif
