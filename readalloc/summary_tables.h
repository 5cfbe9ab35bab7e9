// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's tables: by size, module, allocator function and thread.
#ifndef READALLOC_SUMMARY_TABLES_H
#define READALLOC_SUMMARY_TABLES_H

#include <stdio.h>

struct row_sort;
struct snapshot;

// Each has a bounded number of rows, those with most bytes allocated; what is left is counted in one more. A table of one
// row is not written, and none that needs a census where there is no whole one.
// A table that has no such column keeps its own order.
void summary_tables_write(FILE *out, const struct snapshot *snapshot, const struct row_sort *sort);

// For the totals: blocks that lived shortly, and what the allocator adds.
void summary_census_write(FILE *out, const struct snapshot *snapshot);

#endif
