// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's totals: what is live or leaked, the peak, all that was allocated, and what is not as in a whole stream.
#ifndef READALLOC_SUMMARY_TOTALS_H
#define READALLOC_SUMMARY_TOTALS_H

#include <stdint.h>
#include <stdio.h>

#include "snapshot.h"

// Of a run, or a part of it.
void summary_totals_write(FILE *out, const struct snapshot *snapshot);

// Of a difference, of which nothing but costs is known.
void summary_changes_write(FILE *out, const struct snapshot *snapshot);

// For the rest of the summary: a line of the totals that counts something.
void summary_count_write(FILE *out, const char *label, uint64_t n, const char *meaning);

// The standard error of the bytes of a cost; nothing where they are no estimate.
void summary_error_write(FILE *out, const struct snapshot *snapshot, const struct cost *cost,
			 const struct variance *variance, enum cost_column bytes);

// What is mapped is live, and not leaked: the sum of that.
uint64_t summary_mapped(const struct snapshot *snapshot, enum cost_column column);

#endif
