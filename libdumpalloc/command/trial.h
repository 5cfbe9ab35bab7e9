// SPDX-License-Identifier: LGPL-2.1-or-later
// One traced run of selftest's child, and the stream that came of it.
#ifndef LIBDUMPALLOC_COMMAND_TRIAL_H
#define LIBDUMPALLOC_COMMAND_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libdumpalloc/command/selftest.h"

struct trial {
	// What is wanted.
	const char *library;
	bool is_to_peer;      // to a peer on the loopback instead of a file
	bool is_killed;       // the child kills itself at its end
	const char *variable; // one more of the environment, NULL: none
	const char *value;
	// What came of it. `fault` NULL: the rest holds. In `reason`, "" none, the cause the system gives.
	const char *fault;
	char reason[256];
	const char *advice; // what to do about this fault, NULL: as about others of its part
	struct selftest_calls calls;
	uint8_t *stream; // the caller frees it
	size_t size;
};

void trial_run(struct trial *trial);

#endif
