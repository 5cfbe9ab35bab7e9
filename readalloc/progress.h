// SPDX-License-Identifier: GPL-3.0-or-later
// How far the reading is, in one line of the terminal that is written over and over.
#ifndef READALLOC_PROGRESS_H
#define READALLOC_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool is_wanted;
	bool is_shown; // the line stands on the terminal
	uint64_t last_ms, last_events;
};

struct progress_state {
	bool is_many;       // of a run over many streams
	uint64_t n_streams; // of these, that are being read, or may go on
	uint64_t n_events;
	uint64_t live_bytes;
	uint64_t n_behind; // bytes that could be read at once
};

enum { PROGRESS_MS = 500 }; // between two lines

// `is_wanted`: by the user; nothing is ever written where standard error is no terminal. Until progress_end what is said takes
// the line away first, also in processes that are forked.
void progress_start(struct progress *progress, bool is_wanted);

// Whether it is time for a line.
bool progress_is_due(const struct progress *progress);

void progress_show(struct progress *progress, const struct progress_state *state);

// Takes the line away, so that something else may be written.
void progress_hide(struct progress *progress);

// The same for good.
void progress_end(struct progress *progress);

#endif
