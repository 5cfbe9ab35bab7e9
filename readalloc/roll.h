// SPDX-License-Identifier: GPL-3.0-or-later
// The roll of all streams of a run: one row each, and the summary of all.
#ifndef READALLOC_ROLL_H
#define READALLOC_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "snapshot.h"

enum roll_state {
	ROLL_RUNS,    // not at its end
	ROLL_ENDED,   // with its end mark
	ROLL_EXEC,    // the process became another program
	ROLL_CUT,     // without its end mark
	ROLL_DAMAGED, // bytes of it are bad
};

struct roll_row {
	char *name; // of its reports, without suffix; owned by the roll
	char *host; // the device; owned by the roll
	enum roll_state state;
	bool has_leaks; // what is live was not freed at a normal end, or at that of a slice
	uint64_t parent_pid;
	uint64_t duration; // microseconds
	uint64_t n_events, n_lost;
	struct cost total;
};

// Rows that have least live are put together once there are too many: the memory stays bounded.
struct roll {
	struct roll_row *rows;
	size_t n, room;
	struct roll_row others; // their sum
	uint64_t n_others;
};

void roll_free(struct roll *roll);

// Adds a row; what it points to is copied.
void roll_add(struct roll *roll, const struct roll_row *row);

// Writes the summary; sorts the rows. False: writing failed, errno says why.
bool roll_write(struct roll *roll, FILE *out);

#endif
