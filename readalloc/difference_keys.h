// SPDX-License-Identifier: GPL-3.0-or-later
// Stacks of several runs by their functions: equal ones have the same number.
#ifndef READALLOC_DIFFERENCE_KEYS_H
#define READALLOC_DIFFERENCE_KEYS_H

#include <stdint.h>

struct snapshot;
struct symbols;

// The number of each node's stack in both runs, 0 for STACK_ROOT. Of two parts of one run (is_same_run in either of them)
// stacks are equal if their call sites are, and nobody is asked for names. Of two runs they are if their functions are
// (difference_names.h); code without a name is known by its offset in modules that both have. Where some of the stacks that
// only differ in frames of the C and C++ libraries, or in how often a function called itself, are in one run alone, they are
// one in both: builds inline, clone and loop there in their own ways. The caller frees both arrays.
void difference_keys_find(const struct snapshot *now, struct symbols *now_symbols,
			  const struct snapshot *base, struct symbols *base_symbols,
			  uint32_t **now_keys, uint32_t **base_keys);

#endif
