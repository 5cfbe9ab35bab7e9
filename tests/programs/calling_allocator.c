// SPDX-License-Identifier: GPL-3.0-or-later
// A library to preload behind the tracer: an aligned_alloc that asks malloc and free of its own, as uClibc-ng's
// does, through the names that everybody uses.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

void *aligned_alloc(size_t alignment, size_t size)
{
	void *volatile scratch = malloc(size + alignment);
	void *(*next)(size_t, size_t) =
		(void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
	void *block = next(alignment, size);

	free(scratch);
	return block;
}
