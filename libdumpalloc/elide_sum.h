// SPDX-License-Identifier: LGPL-2.1-or-later
// What elided allocations add up to, by stack, kind, size class and thread.
#ifndef LIBDUMPALLOC_ELIDE_SUM_H
#define LIBDUMPALLOC_ELIDE_SUM_H

#include <stdbool.h>
#include <stdint.h>

#include "libdumpalloc/elide_read.h"

struct encoder;

// An elided allocation, and what of its release matters.
struct elide_pair {
	uint32_t thread;
	enum wire_kind kind;
	size_t size, usable;
	bool is_temporary, is_short;
};

// Memory for the sums. False: there is none.
bool elide_sum_start(void);

// Adds the pair; `stack` is that of its allocation.
void elide_sum_add(const struct elide_pair *pair, struct elide_stack *stack);

// There may be no room for one pair more: the sums are to be written first.
bool elide_sum_is_full(void);

// The next sum that is to be written, as a record of `encoder`. False: there is none any more, and all begins anew.
bool elide_sum_next(struct encoder *encoder, sequence_word seq);

#endif
