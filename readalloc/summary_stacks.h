// SPDX-License-Identifier: GPL-3.0-or-later
// What the summary says of the call stacks: how they were found, how many are whole, where the others end.
#ifndef READALLOC_SUMMARY_STACKS_H
#define READALLOC_SUMMARY_STACKS_H

#include <stdio.h>

struct snapshot;

// Counts are of allocations: a stack that allocated twice counts twice. Writes nothing where there were none.
void summary_stacks_write(FILE *out, const struct snapshot *snapshot);

#endif
