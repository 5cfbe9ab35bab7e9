// SPDX-License-Identifier: GPL-3.0-or-later
// A text that is written as a file is and kept in memory.
#include "text_buffer.h"

#include "util.h"

FILE *text_buffer_open(struct text_buffer *buffer)
{
	*buffer = (struct text_buffer){ 0 };
	buffer->out = open_memstream(&buffer->text, &buffer->size);
	if (buffer->out == NULL) {
		die("memory: none left");
	}
	return buffer->out;
}

char *text_buffer_close(struct text_buffer *buffer)
{
	if (fclose(buffer->out) != 0) {
		die("memory: none left");
	}
	return buffer->text;
}
