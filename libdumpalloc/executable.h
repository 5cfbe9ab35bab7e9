// SPDX-License-Identifier: LGPL-2.1-or-later
// What the file of the calling process's program is named.
#ifndef LIBDUMPALLOC_EXECUTABLE_H
#define LIBDUMPALLOC_EXECUTABLE_H

#include <stddef.h>

// The path of the program's file by /proc, also where the file is deleted. Its length; 0: there is no /proc, and `path` is
// empty. Both functions are async-signal-safe, allocate nothing and leave errno.
size_t executable_link(char *path, size_t size);

// The same; without /proc as the program was named to the kernel, in `path` or with the caller's arguments. Empty: by neither.
const char *executable_path(char *path, size_t size);

// That without its folder; "unknown" without either.
void executable_name(char *name, size_t size);

#endif
