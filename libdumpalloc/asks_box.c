// SPDX-License-Identifier: LGPL-2.1-or-later
// What the relay has been asked, and only the traced process can record: a box in the region.
#include "libdumpalloc/asks_box.h"

#include "libdumpalloc/text.h"

bool asks_box_put(struct asks_box *box, enum wire_extended type, const char *text)
{
	uint32_t n = atomic_load_explicit(&box->n_put, memory_order_relaxed);
	struct ask *ask = &box->asks[n % ASKS_MAX];

	if (n - atomic_load(&box->n_taken) >= ASKS_MAX)
		return false;
	text_copy(ask->text, sizeof ask->text, text);
	ask->type = type;
	atomic_store_explicit(&box->n_put, n + 1, memory_order_release);
	return true;
}

void asks_box_take(struct asks_box *box, void (*take)(const struct ask *ask, void *context),
		   void *context)
{
	uint32_t n;

	if (atomic_exchange(&box->is_taking, 1) != 0)
		return;
	while ((n = atomic_load_explicit(&box->n_taken, memory_order_relaxed)) !=
	       atomic_load(&box->n_put)) {
		take(&box->asks[n % ASKS_MAX], context);
		atomic_store_explicit(&box->n_taken, n + 1, memory_order_release);
	}
	atomic_store_explicit(&box->is_taking, 0, memory_order_release);
}
