// SPDX-License-Identifier: GPL-3.0-or-later
// Which allocations count, by what only their events tell: the thread and the size.
#ifndef READALLOC_SELECTION_H
#define READALLOC_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct filters;

struct selection {
	const struct filters *filters; // borrowed
	// By the thread's position: the filters that match its number or its name.
	struct selection_thread {
		uint64_t bits;
		uint32_t tid;
		bool is_known;
	} * threads;
	size_t n_threads;
};

void selection_free(struct selection *selection);

// Whether the allocation counts; `selection` is a struct selection.
bool selection_admits(void *selection, const struct event *event);

// To be called with each note: a thread may have a new name.
void selection_note(struct selection *selection, const struct event *event);

#endif
