// SPDX-License-Identifier: GPL-3.0-or-later
// Devices that are called: each is tried until it has a stream, and again when that is over.
#ifndef READALLOC_DIAL_H
#define READALLOC_DIAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

struct crowd;
struct dial;
struct directory_list;

enum { DIAL_PAUSE_MS = 300 };

struct dials {
	struct dial *dials;
	size_t n;
};

// Finds the addresses of `places`. False, after having said why: one has none.
bool dials_open(struct dials *dials, const struct directory_list *places);
void dials_close(struct dials *dials);

// Fills `polled`, one for each, with what is waited for.
void dials_poll(const struct dials *dials, struct pollfd *polled);

// Gives connections that have come about to `crowd`, and calls whoever is to be called.
void dials_turn(struct dials *dials, const struct pollfd *polled, struct crowd *crowd);

#endif
