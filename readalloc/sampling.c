// SPDX-License-Identifier: GPL-3.0-or-later
// What the blocks of a sample stand for (FORMAT.md, section 3).
#include "sampling.h"

#include <math.h>
#include <stdbool.h>

#include "cost.h"
#include "index_table.h"
#include "snapshot.h"

// Hostile streams have sizes and sums that no number has room for.
static uint64_t whole(double value)
{
	return value < 0x1p63 ? (uint64_t)value : (uint64_t)1 << 63;
}

struct weight sampling_weigh(uint64_t interval, uint64_t size, uint64_t addr, uint32_t seq)
{
	double bytes = (double)size, length = size != 0 ? bytes : 1;
	double taken = -expm1(-length / (double)interval);
	double chance = (double)hash_pair(addr, seq) / ((double)UINT32_MAX + 1);
	return (struct weight){ .bytes = whole(bytes / taken + 0.5),
				.blocks = whole(1 / taken + chance),
				.variance = bytes * bytes * (1 - taken) / (taken * taken) };
}

static double variance_of(const struct snapshot *snapshot, const struct cost *cost,
			  const struct variance *variance, int column)
{
	switch (column) {
	case COST_live_bytes:
	case COST_live_blocks:
		return variance ? variance->live : 0;
	case COST_peak_bytes:
	case COST_peak_blocks:
		// Small blocks have the greatest error: each point found stands for an interval.
		return (double)cost_magnitude(cost->column[COST_peak_bytes]) *
		       (double)snapshot->sampling;
	case COST_total_bytes:
	case COST_total_blocks:
		return variance ? variance->total : 0;
	default:
		return 0;
	}
}

double sampling_error(const struct snapshot *snapshot, const struct cost *cost,
		      const struct variance *of_cost, int column)
{
	double variance = variance_of(snapshot, cost, of_cost, column);
	bool is_blocks = column == COST_live_blocks || column == COST_peak_blocks ||
			 column == COST_total_blocks;
	// What is left of a sum from which all was taken off again may be a little below 0.
	if (snapshot->sampling == 0 || !(variance > 0)) {
		return 0;
	}
	if (!is_blocks) {
		return sqrt(variance);
	}
	double bytes = (double)cost_magnitude(cost->column[column - 1]);
	return bytes > 0 ? sqrt(variance) / bytes * (double)cost_magnitude(cost->column[column])
			 : 0;
}

double sampling_sure_bytes(const struct snapshot *snapshot)
{
	return (double)SAMPLING_SURE * SAMPLING_SURE * (double)snapshot->sampling;
}
