// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with the use of the heap, or looks so: the places to look at first.
#ifndef READALLOC_SUSPECTS_H
#define READALLOC_SUSPECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "culprit.h"

struct misuse;
struct stray;

// In the order in which they are told. All but the first three put stacks together that have one culprit, and leave out those
// that are the library's alone.
enum suspect_type {
	SUSPECT_MISUSE,  // a wrong free
	SUSPECT_STRAY,   // a free of what was never allocated, if that is sure (stray.h)
	SUSPECT_FAILURE, // calls that got no memory
	// Stacks that grow (growth_sites.h), unless it is by less than 4 KiB and less than 1 % of the peak.
	SUSPECT_GROWTH,
	// Blocks still live after the program's normal end or at the end that was set to a slice, but for those that the
	// library keeps; none where there is no such end.
	SUSPECT_LEAK,
	// Of a peak that stands out for a short time (short_peak.h), what was more then than usual by at least a sixth of it and 4 KiB.
	SUSPECT_PEAK,
	// Blocks of which the allocator made at least 5/3 of what was asked for, where that, taken on what was live at the
	// peak, is at least a tenth of the peak and 4 KiB.
	SUSPECT_WASTE,
	// Blocks released within 16 events (CENSUS_SHORT_LIFE), at least 1000 and a tenth of all.
	SUSPECT_CHURN,
};

struct suspect {
	enum suspect_type type;
	struct culprit culprit;
	uint32_t
		stack; // a node: the stack with the greatest part in it; UINT32_MAX: none was recorded
	uint32_t charge; // index of its charge; UINT32_MAX: none
	size_t n_stacks;
	bool is_least; // there may be more stacks, each with less: the numbers are the least there is
	uint64_t
		amount; // what it is ranked by; bytes a minute of growth, bytes or blocks of the others
	uint64_t bytes, blocks; // of the costs that the type is about
	double grown;           // SUSPECT_GROWTH: bytes, as the slope says
	double confidence;      // SUSPECT_GROWTH
	// SUSPECT_GROWTH: whether all of it is that of containers (growth.h), and then their steps and sizes.
	bool is_container;
	double steps, from_bytes, to_bytes;
	const struct misuse *misuse; // SUSPECT_MISUSE
	const struct stray *stray;   // SUSPECT_STRAY
	uint64_t size;               // SUSPECT_FAILURE: the greatest that was asked for
	uint32_t kind;               // SUSPECT_FAILURE: enum wire_kind
};

enum { SUSPECTS_MAX = 10, SUSPECTS_OF_TYPE_MAX = 3 };

struct suspects {
	struct suspect list[SUSPECTS_MAX];
	size_t n;
};

struct snapshot;
struct symbols;

// What needs an analysis that the snapshot does not have is left out.
void suspects_find(struct suspects *suspects, const struct snapshot *snapshot,
		   struct symbols *symbols);

#endif
