// SPDX-License-Identifier: GPL-3.0-or-later
// Ends on a bad environment, memory that is never NULL, and escaped text.
#ifndef READALLOC_UTIL_H
#define READALLOC_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PRINTF_LIKE(text_at, first_at) __attribute__((__format__(printf, text_at, first_at)))

enum exit_code {
	EXIT_WELL = 0,
	EXIT_DAMAGED = 1,
	EXIT_USAGE = 2,
	EXIT_SYSTEM = 3,
	EXIT_GATE = 4, // a run is outside the limits of --fail-if
};

// Prints one line `readalloc: MESSAGE` to standard error.
void say(const char *format, ...) PRINTF_LIKE(1, 2);

// Has `first` called before each such line; NULL: nothing.
void say_after(void (*first)(void));

// The same as say, then ends with EXIT_SYSTEM.
_Noreturn void die(const char *format, ...) PRINTF_LIKE(1, 2);

// libbfd.so has functions of its own under the names xcalloc and xrealloc, with other arguments; hidden, ours
// do not take their place.
#pragma GCC visibility push(hidden)
// Memory of `n * size` bytes, zeroed; ends the program where there is none. The caller frees.
void *xcalloc(size_t n, size_t size);
// The same block with room for `n * size` bytes; new bytes are not set.
void *xrealloc(void *block, size_t n, size_t size);
#pragma GCC visibility pop

// The same as xcalloc of bytes for large tables that are read at random, in the largest pages there are; pages_free with
// the same size ends them.
void *pages_new(size_t size);
void pages_free(void *pages, size_t size);

// Such memory with room for more; large pages are moved, not copied. New bytes are not set, or are 0.
void *pages_grow(void *pages, size_t size, size_t grown_size);
void *pages_grow_zeroed(void *pages, size_t size, size_t grown_size);

// A NUL-terminated copy of `size` bytes.
char *xstrndup(const void *bytes, size_t size);

// A copy of `path` without "." and, by their names alone, without what ".." leads back from. The caller frees.
char *path_plain(const char *path);

// The capacity, at least `n_needed`, to which a table of `n` grows: amortised, so that adding is cheap.
size_t grown_capacity(size_t n, size_t n_needed);

// At least `n` elements of `size` bytes for a table that grows by pages_grow: it has large pages to its end.
size_t filled_pages(size_t n, size_t size);

// The same of the capacity to which it grows.
size_t grown_to_pages(size_t n, size_t size);

// The same as grown_capacity for a table whose free room is set to 0, and so takes memory: an eighth of it at most is free.
size_t grown_densely(size_t n, size_t n_needed);

// Writes `text` with backslashes and what is not to be shown (utf8.h) as \xNN, blanks too if `blanks_too`. The result is
// valid UTF-8.
void text_escape(FILE *out, const char *text, int blanks_too);

// The same with any of the characters `also`, which are ASCII.
void text_escape_also(FILE *out, const char *text, const char *also);

// As text_escape, but of `n_max` characters at most, and "..." where there are more.
void text_escape_short(FILE *out, const char *text, size_t n_max);

#endif
