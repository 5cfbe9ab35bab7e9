// SPDX-License-Identifier: GPL-3.0-or-later
// What analyses of the whole run tell, in the page of the html report.
#ifndef READALLOC_HTML_ANALYSES_H
#define READALLOC_HTML_ANALYSES_H

#include <stdio.h>

struct snapshot;

// Writes sizes of blocks and the rounding and short lives of each charge (census.h), and the charges that grow all the time
// (growth.h), as members of a JSON object, each with a comma in front; those of analyses that were not made are left out.
void html_analyses_write(FILE *out, const struct snapshot *snapshot);

#endif
