// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's first section: what is wrong, and where.
#ifndef READALLOC_SUMMARY_FINDINGS_H
#define READALLOC_SUMMARY_FINDINGS_H

#include <stdio.h>

struct snapshot;
struct symbols;

void summary_findings_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols);

#endif
