// SPDX-License-Identifier: LGPL-2.1-or-later
// Memory of the library's own, in whole pages from the kernel.
#include "libdumpalloc/pages.h"

#include <sys/mman.h>

void *pages_map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory != MAP_FAILED ? memory : NULL;
}
