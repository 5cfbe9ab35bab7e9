// SPDX-License-Identifier: GPL-3.0-or-later
// Costs that may be differences: then those that have become less are negative, as two's complement.
#include "cost.h"

uint64_t cost_whole(const struct snapshot *snapshot, enum cost_column column)
{
	if (snapshot->base == NULL) {
		return snapshot->total.column[column];
	}
	uint64_t whole = 0;
	for (size_t i = 0; i < snapshot->n_charges; i++) {
		whole += cost_magnitude(snapshot->charges[i].cost.column[column]);
	}
	return whole;
}
