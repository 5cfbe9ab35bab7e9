// SPDX-License-Identifier: GPL-3.0-or-later
// A text that is written as a file is and kept in memory.
#ifndef READALLOC_TEXT_BUFFER_H
#define READALLOC_TEXT_BUFFER_H

#include <stddef.h>
#include <stdio.h>

struct text_buffer {
	FILE *out;
	char *text;
	size_t size;
};

// Begins an empty text in `buffer`, which may not be moved, and returns what to write to.
FILE *text_buffer_open(struct text_buffer *buffer);

// Ends it. The caller frees the text.
char *text_buffer_close(struct text_buffer *buffer);

#endif
