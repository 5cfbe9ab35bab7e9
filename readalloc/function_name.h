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

// The function itself in its name: without its arguments, their types and those of the template, what it returns, the
// scopes it is in, and variants. `*size` becomes its length. It is empty where the name is not one of a function.
const char *function_name_plain(const char *name, size_t *size);

// How many bytes of it stay the same when code is built anew: without what compilers put behind a name for a part or a
// variant of a function, as .isra.0 or .cold.
size_t function_name_stable(const char *name);

// Whether a pattern is meant for the function: as it is shown, as the linker has it, or without its arguments.
bool function_matches(const struct pattern *pattern, const struct symbol *symbol);

#endif
