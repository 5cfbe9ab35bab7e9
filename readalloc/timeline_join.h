// SPDX-License-Identifier: GPL-3.0-or-later
// Several states of a timeline made one.
#ifndef READALLOC_TIMELINE_JOIN_H
#define READALLOC_TIMELINE_JOIN_H

#include <stdint.h>

struct entry_list;
struct entry_place;

// Joins the entries from one place to another, which are of several states, into one state: the last entry of each charge is
// kept, with the deepest dip of all. They go down to `to`, which moves behind them. `last` has room for each charge.
void timeline_join(struct entry_list *list, struct entry_place from, struct entry_place end,
		   struct entry_place *to, uint32_t *last);

#endif
