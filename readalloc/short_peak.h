// SPDX-License-Identifier: GPL-3.0-or-later
// A peak that stands out: whether the heap is that full for a short time alone, and what is more in it than usual.
#ifndef READALLOC_SHORT_PEAK_H
#define READALLOC_SHORT_PEAK_H

#include <stdbool.h>
#include <stdint.h>

struct snapshot;

// The heap stands out where it is fuller than two thirds of the peak: what is there twice for a moment does, if it is more than
// half of all, and a table that is made larger by doubling does not. The snapshot has a timeline and a census.

// Whether it stands out for less than a tenth of the time and after less than a tenth of the changes; where it does so only once,
// it may be a fifth of one and two thirds of the other: much is allocated in a short time, or little in a long one. At the end the
// heap must not stand out.
bool short_peak_is(const struct snapshot *snapshot);

// By how many bytes each charge has more at the peak than in the mean over the time in which the heap does not stand out; 0
// where it has less. The caller frees.
uint64_t *short_peak_excess(const struct snapshot *snapshot);

#endif
