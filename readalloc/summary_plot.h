// SPDX-License-Identifier: GPL-3.0-or-later
// The heap over time as a picture of characters.
#ifndef READALLOC_SUMMARY_PLOT_H
#define READALLOC_SUMMARY_PLOT_H

#include <stdio.h>

struct snapshot;

// A column stands for a share of the time; it is filled up to the least that was live in it, and dotted up to the most.
// Nothing without a timeline, or where no time has passed.
void summary_plot_write(FILE *out, const struct snapshot *snapshot);

#endif
