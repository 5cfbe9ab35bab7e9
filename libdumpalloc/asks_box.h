// SPDX-License-Identifier: LGPL-2.1-or-later
// What the relay has been asked, and only the traced process can record: a box in the region.
#ifndef LIBDUMPALLOC_ASKS_BOX_H
#define LIBDUMPALLOC_ASKS_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "libdumpalloc/atomics.h"
#include "libdumpalloc/wire.h"

enum { ASKS_TEXT_MAX = 256, ASKS_MAX = 8 };

// The relay puts, one thread of the process at a time takes. Numbers are taken by the process alone: with one thread it
// takes them without an atomic addition.
struct asks_box {
	_Atomic uint32_t n_put, n_taken, is_taking;
	struct ask {
		uint32_t type; // enum wire_extended
		char text[ASKS_TEXT_MAX];
	} asks[ASKS_MAX];
};

static inline bool asks_box_is_empty(const struct asks_box *box)
{
	return atomic_load_explicit(&box->n_put, memory_order_relaxed) ==
	       atomic_load_explicit(&box->n_taken, memory_order_relaxed);
}

// False: the box is full.
bool asks_box_put(struct asks_box *box, enum wire_extended type, const char *text);

// Hands what is there to `take`, in order; nothing while another thread does.
void asks_box_take(struct asks_box *box, void (*take)(const struct ask *ask, void *context),
		   void *context);

#endif
