// SPDX-License-Identifier: GPL-3.0-or-later
// What is in a checkpoint, section by section.
#ifndef READALLOC_CHECKPOINT_STATE_H
#define READALLOC_CHECKPOINT_STATE_H

#include <stdint.h>

#include "input.h"

struct archive;
struct session;

struct checkpoint_state {
	struct session *session;
	struct input_place place;
	uint8_t *rest; // read and not decoded; owned by whoever read it from an archive
	size_t n_rest;
};

// Writes the state, or reads it into one whose session is new. NULL: well; else what is wrong: of a state that is read only the
// session's end is then possible, and what `rest` has is to be freed.
const char *checkpoint_archive(struct archive *archive, struct checkpoint_state *state);

#endif
