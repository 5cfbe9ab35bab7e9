// SPDX-License-Identifier: GPL-3.0-or-later
// Sizes and times as people write them.
#ifndef READALLOC_QUANTITY_H
#define READALLOC_QUANTITY_H

#include <stdbool.h>

// What may stand behind a number, and by what it multiplies; the last one has the name NULL, and without a unit the number
// is multiplied by its factor.
struct quantity_unit {
	const char *name;
	double factor;
};

extern const struct quantity_unit quantity_sizes[]; // bytes; k, M, G, T are powers of 1024
extern const struct quantity_unit
	quantity_times[]; // microseconds; us, ms, s, m, min, h, d; s if none is given

// Reads a number, not below 0, and its unit at `*at`, and moves that behind them. False: there is none.
bool quantity_read(const char **at, const struct quantity_unit *units, double *value);

#endif
