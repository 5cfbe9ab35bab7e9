// SPDX-License-Identifier: GPL-3.0-or-later
// The report `events`: every event in order, one line each, with its frames.
#ifndef READALLOC_REPORT_EVENTS_H
#define READALLOC_REPORT_EVENTS_H

#include <stdint.h>
#include <stdio.h>

struct event;
struct model;
struct symbols;

// Writes the lines of `event`, which was applied to `model` just before; `walker` is the stream's. Errors stay
// in `out`.
void report_events_write(FILE *out, const struct event *event, struct model *model, uint64_t walker,
			 struct symbols *symbols);

#endif
