// SPDX-License-Identifier: GPL-3.0-or-later
// What the blocks of a sample stand for (FORMAT.md, section 3).
#ifndef READALLOC_SAMPLING_H
#define READALLOC_SAMPLING_H

#include <stdint.h>

// One recorded block stands for so many bytes and blocks. `variance`: of its bytes, to be added up with those of
// all others that are recorded, is that of the sum of their bytes as an estimate of what there was.
struct weight {
	uint64_t bytes, blocks;
	double variance;
};

// `interval`: mean bytes between two points, not 0; how a fraction of a block is rounded is decided by chance, so that rounded
// ones add up to what is meant: by the address and the low half of the number of the allocation, always the same way.
struct weight sampling_weigh(uint64_t interval, uint64_t size, uint64_t addr, uint32_t seq);

struct cost;
struct snapshot;
struct variance;

// The standard error of a column, 0 where all was recorded; `of_cost` are the variances that go with the cost, NULL none. Those of the peak are upper bounds; blocks are taken to be of
// one size. Of temporary blocks a sample knows nothing.
double sampling_error(const struct snapshot *snapshot, const struct cost *cost,
		      const struct variance *of_cost, int column);

// What of the bytes is noise, if they are an estimate: less than three standard errors.
enum { SAMPLING_SURE = 3 };

// The bytes that are sure to be more than noise, whatever the size of their blocks.
double sampling_sure_bytes(const struct snapshot *snapshot);

#endif
