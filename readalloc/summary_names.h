// SPDX-License-Identifier: GPL-3.0-or-later
// What the summary says of names: how many are missing, which files are the cause, and what to do.
#ifndef READALLOC_SUMMARY_NAMES_H
#define READALLOC_SUMMARY_NAMES_H

#include <stdio.h>

struct symbols;

// Speaks of the call sites that were looked up so far. Writes nothing where all have functions and lines.
void summary_names_write(FILE *out, const struct symbols *symbols);

#endif
