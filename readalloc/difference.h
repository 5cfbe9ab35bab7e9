// SPDX-License-Identifier: GPL-3.0-or-later
// The difference of two runs, or of two parts of one: a snapshot whose costs are those of one less those of the other.
//
// Which stacks are the same difference_keys.h says.
#ifndef READALLOC_DIFFERENCE_H
#define READALLOC_DIFFERENCE_H

#include "snapshot.h"

struct symbols;

struct difference {
	struct snapshot
		snapshot; // stacks with what they have more now, less than 0 where it is less
	struct snapshot increases; // the same for reports that have no negative numbers
	struct difference_inside *inside;
};

// `now` and `base` are borrowed and outlive the difference. Call sites of the base are marked (is_of_base): symbols must
// know whom to ask about them (symbols_set_base).
struct difference *difference_new(const struct snapshot *now, struct symbols *now_symbols,
				  const struct snapshot *base, struct symbols *base_symbols);
void difference_free(struct difference *difference);

#endif
