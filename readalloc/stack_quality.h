// SPDX-License-Identifier: GPL-3.0-or-later
// How far the frames that a walker found without tables hold, by the machine code of the files.
#ifndef READALLOC_STACK_QUALITY_H
#define READALLOC_STACK_QUALITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call_edges.h"

struct snapshot;
struct symbols;

// Of the frames that were found from frames in one module: each pair of call sites counts once.
struct module_quality {
	const struct module *module; // NULL: in code of no known file
	uint64_t n[N_EDGE_VERDICTS];
};

struct stack_quality {
	struct module_quality *modules; // the worst first
	size_t n_modules;
	uint64_t n[N_EDGE_VERDICTS]; // of all of them
	uint64_t n_doubtful_stacks;  // allocations whose stack holds a doubtful frame
	uint64_t n_stacks;           // all
};

// Whether a frame found in that way is looked at.
bool stack_quality_asks(unsigned how);

// Looks at each pair of the whole that the snapshot shows or is a view of once, but for frames behind nothing but doubtful
// ones. The caller frees.
void stack_quality_find(struct stack_quality *quality, const struct snapshot *snapshot,
			struct symbols *symbols);
void stack_quality_free(struct stack_quality *quality);

// Pairs of which something could be said, and those of them that hold.
uint64_t quality_told(const uint64_t n[N_EDGE_VERDICTS]);
uint64_t quality_good(const uint64_t n[N_EDGE_VERDICTS]);

#endif
