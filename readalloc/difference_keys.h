// SPDX-License-Identifier: GPL-3.0-or-later
// Stacks of several runs by their functions: equal ones have the same number.
#ifndef READALLOC_DIFFERENCE_KEYS_H
#define READALLOC_DIFFERENCE_KEYS_H

#include <stdint.h>

struct snapshot;
struct symbols;

struct difference_keys;

struct difference_keys *difference_keys_new(void);
void difference_keys_free(struct difference_keys *keys);

// The number of each node's stack; STACK_ROOT for the root. Of two parts of one run (is_same_run in either of them) stacks are
// equal if their call sites are, and nobody is asked for names. Code without a name is known by its offset in modules that
// `other` has, too. The caller frees it.
uint32_t *difference_keys_of(struct difference_keys *keys, const struct snapshot *snapshot,
			     struct symbols *symbols, const struct snapshot *other);

#endif
