// SPDX-License-Identifier: GPL-3.0-or-later
// Each function of the stacks with its callers and those it calls, as text: a view of the report tree.
#ifndef READALLOC_TREE_FUNCTIONS_H
#define READALLOC_TREE_FUNCTIONS_H

#include <stdint.h>
#include <stdio.h>

struct frames;
struct report_options;
struct snapshot;

// What has less than `least` of the metric, which is `whole` in all, is counted together.
void tree_functions_write(FILE *out, const struct snapshot *snapshot, struct frames *frames,
			  const struct report_options *options, uint64_t whole, uint64_t least);

#endif
