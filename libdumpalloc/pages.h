// SPDX-License-Identifier: LGPL-2.1-or-later
// Memory of the library's own, in whole pages from the kernel.
#ifndef LIBDUMPALLOC_PAGES_H
#define LIBDUMPALLOC_PAGES_H

#include <stddef.h>

// `size` bytes, zero, of this process alone, to be given back by munmap; what is not touched takes no memory. NULL: errno says why.
void *pages_map(size_t size);

#endif
