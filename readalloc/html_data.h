// SPDX-License-Identifier: GPL-3.0-or-later
// The data in the page of the html report: a JSON object for html/data.js alone, no format for others.
#ifndef READALLOC_HTML_DATA_H
#define READALLOC_HTML_DATA_H

#include <stdio.h>

#include "snapshot.h"

struct symbols;

// Numbers are packed (packed_numbers.h), texts stand once each. `<` occurs nowhere. `metric` is shown first.
void html_data_write(FILE *out, const struct snapshot *snapshot, struct symbols *symbols,
		     enum cost_column metric);

#endif
