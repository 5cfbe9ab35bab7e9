// SPDX-License-Identifier: GPL-3.0-or-later
// A library to preload behind the tracer: an aligned_alloc that asks malloc and free of its own, as uClibc-ng's
// does, through the names that everybody uses.
#include <malloc.h>
#include <stdlib.h>

void *aligned_alloc(size_t alignment, size_t size)
{
	void *volatile scratch = malloc(size + alignment);
	void *block = memalign(alignment, size);

	free(scratch);
	return block;
}
