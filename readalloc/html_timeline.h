// SPDX-License-Identifier: GPL-3.0-or-later
// The heap over time in the page of the html report.
#ifndef READALLOC_HTML_TIMELINE_H
#define READALLOC_HTML_TIMELINE_H

#include <stddef.h>
#include <stdio.h>

struct memory_curve;
struct timeline;

// At most so many entries, or one for each charge where there are more charges, whatever the timeline has: states are
// joined by twos until it is so.
enum { HTML_ENTRIES_MAX = 1 << 18 };

// Writes `timeline`, of `n_charges` charges, as a JSON object.
void html_timeline_write(FILE *out, const struct timeline *timeline, size_t n_charges);

// Writes the process's resident memory over time as a JSON object.
void html_memory_write(FILE *out, const struct memory_curve *memory);

#endif
