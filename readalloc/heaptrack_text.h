// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of heaptrack's text format: a letter, then numbers in hexadecimal.
#ifndef READALLOC_HEAPTRACK_TEXT_H
#define READALLOC_HEAPTRACK_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct gzip_part;
struct heaptrack_text;

// Begins with the version and the command. `out` is borrowed, and has the errors.
struct heaptrack_text *heaptrack_text_new(FILE *out, const char *command, bool is_packed);
// Ends the last line and frees; `out` stays open.
void heaptrack_text_end(struct heaptrack_text *text);

// The lines that a packed text ends with, which begin in the middle of it; it knows no strings.
struct heaptrack_text *heaptrack_text_new_part(FILE *out);
void heaptrack_text_end_part(struct heaptrack_text *text, struct gzip_part *part);
// Ends a packed text with such lines, which are in the file `fd`. Returns 0, or the number of the error of reading them.
int heaptrack_text_end_with(struct heaptrack_text *text, const struct gzip_part *part, int fd);

// Begins a line, and adds a number to it.
void heaptrack_line(struct heaptrack_text *text, char letter);
void heaptrack_number(struct heaptrack_text *text, uint64_t number);

// The number of a string; 0 for NULL. A string that is new is a line of its own: numbers of new strings are to be had
// before the line they are for begins.
uint32_t heaptrack_string(struct heaptrack_text *text, const char *string);

#endif
