// SPDX-License-Identifier: GPL-3.0-or-later
// Ends on a bad environment, memory that is never NULL, and escaped text.
#include "util.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "utf8.h"

static void (*line_first)(void);

void say_after(void (*first)(void))
{
	line_first = first;
}

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
	line[size] = '\0';
	for (size_t i = 0; i < size;) {
		// What the line quotes may come from the input.
		size_t n_shown = utf8_shown_size(line + i);
		if (n_shown == 0) {
			line[i] = '?';
			n_shown = 1;
		}
		i += n_shown;
	}
	line[size++] = '\n';
	if (line_first) {
		line_first();
	}
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

enum { LARGE_PAGE = 2 << 20 };

void *pages_new(size_t size)
{
	if (size < LARGE_PAGE) {
		return xcalloc(size, 1);
	}
	// Room enough for a part that begins where a large page may; what is around it goes back.
	uint8_t *room = mmap(NULL, size + LARGE_PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED) {
		die("memory: none left");
	}
	size_t before = -(uintptr_t)room % LARGE_PAGE;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t whole = (size + page - 1) / page * page;
	if (before != 0) {
		munmap(room, before);
	}
	munmap(room + before + whole, LARGE_PAGE - before);
	madvise(room + before, whole, MADV_HUGEPAGE);
	return room + before;
}

void *pages_grow(void *pages, size_t size, size_t grown_size)
{
	if (grown_size < LARGE_PAGE) {
		return xrealloc(pages, grown_size, 1);
	}
	void *grown = pages_new(grown_size);
	if (size < LARGE_PAGE) {
		memcpy(grown, pages, size);
		free(pages);
	} else if (mremap(pages, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, grown) != grown) {
		die("memory: none left");
	}
	return grown;
}

void *pages_grow_zeroed(void *pages, size_t size, size_t grown_size)
{
	uint8_t *grown = pages_grow(pages, size, grown_size);
	if (grown_size < LARGE_PAGE) {
		memset(grown + size, 0, grown_size - size);
	}
	return grown;
}

void pages_free(void *pages, size_t size)
{
	if (size < LARGE_PAGE) {
		free(pages);
	} else if (pages) {
		munmap(pages, size);
	}
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

size_t filled_pages(size_t n, size_t size)
{
	size_t n_bytes = n * size;
	if (n_bytes < LARGE_PAGE) {
		return n;
	}
	return (n_bytes + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE / size;
}

size_t grown_to_pages(size_t n, size_t size)
{
	return filled_pages(grown_capacity(n, 0), size);
}

size_t grown_densely(size_t n, size_t n_needed)
{
	size_t grown = n + n / 8 + 64;
	return grown < n_needed ? n_needed : grown;
}

// Writes the character at the start of `text`; its size.
static size_t write_character(FILE *out, const char *text, const char *also)
{
	size_t n = utf8_shown_size(text);
	unsigned char c = (unsigned char)*text;
	if (n == 0 || c == '\\' || strchr(also, c)) {
		fprintf(out, "\\x%02x", c);
		return 1;
	}
	if (n == 1) {
		putc(c, out);
	} else {
		fwrite(text, 1, n, out);
	}
	return n;
}

void text_escape_also(FILE *out, const char *text, const char *also)
{
	while (*text) {
		text += write_character(out, text, also);
	}
}

void text_escape_short(FILE *out, const char *text, size_t n_max)
{
	for (size_t i = 0; *text && i < n_max; i++) {
		text += write_character(out, text, "");
	}
	fputs(*text ? "..." : "", out);
}

void text_escape(FILE *out, const char *text, int blanks_too)
{
	text_escape_also(out, text, blanks_too ? " " : "");
}

char *path_plain(const char *path)
{
	char *plain = xcalloc(strlen(path) + 2, 1);
	size_t n = 0;
	while (*path != '\0') {
		size_t size = strcspn(path, "/");
		if (size == 2 && memcmp(path, "..", 2) == 0) {
			while (n > 0 && plain[--n] != '/') {
			}
		} else if (size > 0 && !(size == 1 && path[0] == '.')) {
			plain[n++] = '/';
			memcpy(plain + n, path, size);
			n += size;
		}
		path += size + (path[size] == '/');
	}
	plain[n] = '\0';
	return plain;
}
