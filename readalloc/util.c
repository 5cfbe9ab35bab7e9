// SPDX-License-Identifier: GPL-3.0-or-later
// Ends on a bad environment, memory that is never NULL, and escaped text.
#include "util.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// One write, so that lines of several processes on one terminal stay whole.
static void line_write(const char *format, va_list arguments) PRINTF_LIKE(1, 0);

static void line_write(const char *format, va_list arguments)
{
	static const char prefix[] = "readalloc: ";
	char line[2048];
	size_t size = sizeof(prefix) - 1;
	memcpy(line, prefix, size);
	int n = vsnprintf(line + size, sizeof(line) - size - 1, format, arguments);
	if (n > 0) {
		size_t room = sizeof(line) - size - 2;
		size += (size_t)n < room ? (size_t)n : room;
	}
	for (size_t i = 0; i < size; i++) {
		// What the line quotes may come from the input.
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f) {
			line[i] = '?';
		}
	}
	line[size++] = '\n';
	for (size_t at = 0; at < size;) {
		ssize_t done = write(STDERR_FILENO, line + at, size - at);
		if (done <= 0) {
			return;
		}
		at += (size_t)done;
	}
}

void say(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	line_write(format, arguments);
	va_end(arguments);
}

void die(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	line_write(format, arguments);
	va_end(arguments);
	exit(EXIT_SYSTEM);
}

void *xcalloc(size_t n, size_t size)
{
	void *block = calloc(n ? n : 1, size ? size : 1);
	if (!block) {
		die("memory: none left");
	}
	return block;
}

void *xrealloc(void *block, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		die("memory: none left");
	}
	size_t n_bytes = n * size;
	void *grown = realloc(block, n_bytes != 0 ? n_bytes : 1);
	if (!grown) {
		die("memory: none left");
	}
	return grown;
}

char *xstrndup(const void *bytes, size_t size)
{
	char *text = xcalloc(size + 1, 1);
	if (size != 0) {
		memcpy(text, bytes, size);
	}
	return text;
}

size_t grown_capacity(size_t n, size_t n_needed)
{
	size_t grown = n + n / 2 + 64;
	return grown < n_needed ? n_needed : grown;
}

void text_escape(FILE *out, const char *text, int blanks_too)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c == 0x7f || c == '\\' || (blanks_too && c == ' ')) {
			fprintf(out, "\\x%02x", c);
		} else {
			putc(c, out);
		}
	}
}
