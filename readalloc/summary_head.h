// SPDX-License-Identifier: GPL-3.0-or-later
// The summary's head: what ran, and what of it is shown.
#ifndef READALLOC_SUMMARY_HEAD_H
#define READALLOC_SUMMARY_HEAD_H

#include <stdio.h>

struct snapshot;

void summary_head_write(FILE *out, const struct snapshot *snapshot);

#endif
