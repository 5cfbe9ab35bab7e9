// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's lists of call stacks, those that cost most first.
#ifndef READALLOC_SUMMARY_RANKING_H
#define READALLOC_SUMMARY_RANKING_H

#include <stddef.h>
#include <stdio.h>

#include "snapshot.h"

struct row_sort;
struct symbols;

enum { RANKING_MAX = 10 };

// One list; its maker sets all but `top`, `n` and `n_stacks`.
struct ranking {
	const struct row_sort *sort; // where they are to be sorted otherwise
	enum cost_column bytes, blocks;
	const char *title;     // of the section
	const char *unchanged; // said where a difference has none
	const char *nothing;   // said where there is no stack
	size_t n_max;          // at most RANKING_MAX
	const struct charge *top[RANKING_MAX];
	size_t n;
	size_t n_stacks; // that cost anything at all
};

// Puts the charge where it belongs, if it is among the first.
void ranking_add(struct ranking *ranking, const struct charge *charge);

void ranking_write(FILE *out, const struct ranking *ranking, const struct snapshot *snapshot,
		   struct symbols *symbols);

#endif
