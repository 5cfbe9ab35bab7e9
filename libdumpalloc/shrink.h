// SPDX-License-Identifier: LGPL-2.1-or-later
// Lets a relay give back the memory it got as a copy of the traced process.
#ifndef LIBDUMPALLOC_SHRINK_H
#define LIBDUMPALLOC_SHRINK_H

// Unmaps the heap, the stacks, the anonymous and the shared mappings of the traced process, of
// which the relay is a copy: otherwise every page the process changes would exist twice, and shared
// segments would look used. Kept are the mappings that hold `one` and `two` (NULL: none), the region, files (code and data), the memory behind a
// file's data, this thread's stack and thread-local storage. From then on malloc, dlsym and a
// function that is not bound yet must not be called.
void shrink(const void *one, const void *two);

#endif
