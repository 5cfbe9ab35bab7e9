// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets a relay give back the memory it got as a copy of the traced process.
#include "libdumpalloc/shrink.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "libdumpalloc/maps.h"
#include "libdumpalloc/region.h"

enum {
	RANGES_MAX = 256,
	SIZE_LEAST = 128 << 10, // less is not worth a hole; the loader's own tables are that small
};

// A sanitizer's runtime stands between us and the C library, and needs its tables, which look like
// anything the program has mapped.
void __asan_init(void) __attribute__((weak));
void __tsan_init(void) __attribute__((weak));
void __msan_init(void) __attribute__((weak));

struct range {
	uintptr_t start, end;
};

// Collected first: the list must not change while it is read.
static struct range ranges[RANGES_MAX];
static size_t n_ranges;

struct walk {
	uintptr_t stays[4]; // addresses
	uint64_t file_end;  // end of the last mapping of a file, and of what follows it
};

static bool stays(const struct walk *walk, const struct maps_line *line)
{
	for (size_t i = 0; i < sizeof walk->stays / sizeof walk->stays[0]; i++) {
		if (line->start <= walk->stays[i] && walk->stays[i] < line->end)
			return true;
	}
	return region_overlaps(line->start, line->end);
}

static bool visit(const struct maps_line *line, void *context)
{
	struct walk *walk = context;
	bool is_file = line->name[0] == '/' && !line->is_shared;

	// Zero-initialized data lies right behind a file's own; so may a heap without randomization.
	if (is_file || line->start == walk->file_end) {
		walk->file_end = line->end;
		return true;
	}
	bool is_plain = line->name[0] == '\0' || strcmp(line->name, "[heap]") == 0 ||
			strncmp(line->name, "[anon:", 6) == 0;
	if (!(is_plain || line->is_shared) || stays(walk, line))
		return true;
	if (line->end - line->start >= SIZE_LEAST || line->is_shared)
		ranges[n_ranges++] = (struct range){ (uintptr_t)line->start, (uintptr_t)line->end };
	return n_ranges < RANGES_MAX;
}

void shrink(const void *one, const void *two)
{
	int here;
	struct walk walk = {
		.stays = { (uintptr_t)&here, (uintptr_t)&errno, (uintptr_t)one, (uintptr_t)two },
	};

	if (__asan_init != NULL || __tsan_init != NULL || __msan_init != NULL)
		return;
	maps_visit("/proc/self/maps", visit, &walk);
	for (size_t i = 0; i < n_ranges; i++)
		munmap((void *)ranges[i].start, ranges[i].end - ranges[i].start);
}
