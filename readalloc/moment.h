// SPDX-License-Identifier: GPL-3.0-or-later
// A moment of a run, as the user names it: by the time, by a tag, by a snapshot or by the number of an event.
#ifndef READALLOC_MOMENT_H
#define READALLOC_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "pattern.h"

struct event;

struct moment {
	enum moment_type {
		MOMENT_NONE, // not named
		MOMENT_TIME,
		MOMENT_EVENT,
		MOMENT_TAG,
		MOMENT_SNAPSHOT,
	} type;
	const char *option, *text; // as they were given
	// Of a time microseconds since the stream's start; of an event its number; of a snapshot which one, from 1 on, 0: the
	// pattern says it.
	uint64_t number;
	struct pattern pattern; // of a tag's text, or a snapshot's name
};

// Reads TIME, tag:PATTERN, snapshot:N, snapshot:PATTERN or event:N; both texts are borrowed. False, after having said
// why: it is none. The line names `option`.
bool moment_read(struct moment *moment, const char *option, const char *text);
void moment_free(struct moment *moment);

// Whether it is there with this event, which comes at `time` (the greatest so far) and, if it is a snapshot, as the
// `n_snapshots`th of the run.
bool moment_is_at(const struct moment *moment, const struct event *event, uint64_t time,
		  uint64_t n_snapshots);

// Whether it is clear before anything is read that `to` is not after `from`.
bool moments_are_reversed(const struct moment *from, const struct moment *to);

#endif
