// SPDX-License-Identifier: GPL-3.0-or-later
// Functions that only pass an allocation on: their callers are who wants the memory.
#ifndef READALLOC_WRAPPERS_H
#define READALLOC_WRAPPERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pattern.h"

struct snapshot;
struct symbols;

struct wrappers {
	bool has_no_builtin; // only those of the list count
	struct pattern *list;
	size_t n;
};

// Adds functions by a pattern. False, after having said why: it is none.
bool wrappers_add(struct wrappers *wrappers, const char *option, const char *text);
void wrappers_free(struct wrappers *wrappers);

// Whether there are any.
bool wrappers_have(const struct wrappers *wrappers);

// What of a stack is left without the wrappers at its inner end.
struct bare_stack {
	uint32_t node;    // the innermost frame that is left
	uint8_t n_hidden; // of its site's inlined frames
};

// Finds it for each charge; `bare` has room for all. A stack of nothing else stays as it is.
void wrappers_find(const struct wrappers *wrappers, const struct snapshot *snapshot,
		   struct symbols *symbols, struct bare_stack *bare);

#endif
