// SPDX-License-Identifier: GPL-3.0-or-later
// Frees of addresses at which no block was ever seen: inside a block, or nowhere near one.
#ifndef READALLOC_STRAY_H
#define READALLOC_STRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "snapshot.h"

enum {
	STRAYS_MAX = 16, // different ones that are kept
	STRAYS_LOOKED_UP_MAX =
		64, // so many are looked for inside blocks, which takes a look at all of them
};

struct strays {
	struct stray list[STRAYS_MAX];
	uint32_t n;
	uint64_t n_all;
};

struct model;

void strays_forget(struct strays *strays);

// Notes the free `event`, whose stack is the node `stack`, of an address where `model` knows of no block, neither live nor
// freed before.
void strays_add(struct strays *strays, const struct model *model, const struct event *event,
		uint32_t stack);

// Whether the stray free is wrong for sure, as the stream has all that was allocated before it; where it is inside a block,
// only what came after that block may be missing.
bool stray_is_sure(const struct stray *stray, const struct snapshot *snapshot);

#endif
