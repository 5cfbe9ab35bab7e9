// SPDX-License-Identifier: GPL-3.0-or-later
// Names of functions as people mean them.
#ifndef READALLOC_FUNCTION_NAME_H
#define READALLOC_FUNCTION_NAME_H

#include <stdbool.h>
#include <stddef.h>

struct pattern;
struct symbol;

// How many bytes of a function's name stand before its arguments: those in parentheses at its end, if it has any.
size_t function_name_bare(const char *name);

// Whether a pattern is meant for the function: as it is shown, as the linker has it, or without its arguments.
bool function_matches(const struct pattern *pattern, const struct symbol *symbol);

#endif
