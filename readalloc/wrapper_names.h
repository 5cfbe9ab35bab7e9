// SPDX-License-Identifier: GPL-3.0-or-later
// The functions that are known to only pass an allocation on, by their names.
#ifndef READALLOC_WRAPPER_NAMES_H
#define READALLOC_WRAPPER_NAMES_H

#include <stdbool.h>

// `name` is without parameters. Whether it is such a function.
bool wrapper_names_have(const char *name);

// Whether it is one of the C library that allocates for itself, wherever it is called.
bool wrapper_names_keep(const char *name);

#endif
