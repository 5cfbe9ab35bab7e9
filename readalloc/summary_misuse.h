// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's section on frees that are wrong.
#ifndef READALLOC_SUMMARY_MISUSE_H
#define READALLOC_SUMMARY_MISUSE_H

#include <stdio.h>

struct snapshot;
struct symbols;

// Nothing where there are none.
void summary_misuse_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols);

#endif
