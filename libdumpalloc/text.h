// SPDX-License-Identifier: LGPL-2.1-or-later
// Builds short texts in a caller's buffer, without stdio, locale or malloc.
#ifndef LIBDUMPALLOC_TEXT_H
#define LIBDUMPALLOC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// `at` is the caller's and always ends with a NUL.
struct text {
	char *at;
	size_t size;
	size_t length;
	bool is_cut; // something did not fit
};

// `size` is at least 1.
struct text text_start(char *buffer, size_t size);

// The string, as much of it as fits.
void text_copy(char *buffer, size_t size, const char *string);

void text_char(struct text *text, char c);
void text_put(struct text *text, const char *string);
// The strings up to one that is NULL.
void text_put_all(struct text *text, ...) __attribute__((sentinel));
void text_put_n(struct text *text, const char *bytes, size_t n);
void text_hex(struct text *text, uintptr_t number);
void text_number(struct text *text, uint64_t number);
// The words for an errno value; "error N" for one without.
void text_error(struct text *text, int error);
// Those for errno. False, for who gives up then.
bool text_errno(struct text *text);

// Of a path what follows its last slash, or all of it.
const char *text_last_part(const char *path);

// Parses all of `string` as a decimal number of at most `max`. False: it is not one.
bool text_parse_number(const char *string, uint32_t max, uint32_t *number);

#endif
