// SPDX-License-Identifier: LGPL-2.1-or-later
// What the hooks of the C++ allocation operators share.
#ifndef LIBDUMPALLOC_HOOKS_CXX_H
#define LIBDUMPALLOC_HOOKS_CXX_H

#include "libdumpalloc/hooks.h"

// size_t is `unsigned long` where addresses have 64 bits, `unsigned int` elsewhere.
#ifdef __LP64__
#define SIZED(before, after) before##m##after
#else
#define SIZED(before, after) before##j##after
#endif

#define STRING_OF(symbol) #symbol
#define STRING(symbol)    STRING_OF(symbol)

// Without a C++ library to be found a request is malloc's, which throws nothing. `alignment` 0: any.
void *hooks_new_without_library(size_t size, size_t alignment);

#endif
