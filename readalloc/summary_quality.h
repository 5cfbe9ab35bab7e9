// SPDX-License-Identifier: GPL-3.0-or-later
// What the summary says of frames found without tables: how far they hold, and beyond which modules they do not.
#ifndef READALLOC_SUMMARY_QUALITY_H
#define READALLOC_SUMMARY_QUALITY_H

#include <stdio.h>

struct snapshot;
struct symbols;

// Writes the section; nothing where no such frame could be looked at.
void summary_quality_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols);

#endif
