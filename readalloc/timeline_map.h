// SPDX-License-Identifier: GPL-3.0-or-later
// The timeline of other charges, each made of any number of those there were.
#ifndef READALLOC_TIMELINE_MAP_H
#define READALLOC_TIMELINE_MAP_H

#include <stdbool.h>
#include <stdint.h>

struct timeline;

// The timeline in which what was charge i is part of charge `charge_of[i]`, or of none where that is CHARGE_HIDDEN. With
// `is_whole` none is, and the curve stays; else it has one point for each state. To be freed by timeline_free; nothing
// may watch it.
struct timeline *timeline_map(const struct timeline *timeline, const uint32_t *charge_of,
			      bool is_whole);

#endif
