// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a rise that slows down is that of something that fills up, or goes on.
#ifndef READALLOC_GROWTH_SHAPE_H
#define READALLOC_GROWTH_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What `n` values in equal distances look like, the bytes of windows for instance. They fill up if both hold:
// - The best exponential approach to a limit, a + b (1 - q^i), leaves less of them unexplained (the sum of squares) than the best
//   broken line, two straight ones that meet at one of them: start-up followed by a slow leak.
// - The limit that the means of the last three quarters tend to (Aitken) is above the last value by less than a third of what
//   the values have risen by. One that has gone through 1.4 of its time constants is that near.
bool growth_shape_fills_up(const uint64_t *values, size_t n);

#endif
